#include "engine/evaluation.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/csv_reader.hpp"
#include "engine/evidence_table.hpp"
#include "engine/followed_job.hpp"
#include "engine/labelled_queries.hpp"
#include "engine/parallel_repeat.hpp"
#include "engine/picture_file.hpp"

namespace vitrine {
namespace {

using SteadyClock = std::chrono::steady_clock;

double milliseconds_since(SteadyClock::time_point start) {
    return std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count();
}

/// Products' categories, each asked of the shop once. Safe from any thread.
class Categories {
public:
    explicit Categories(Shop& shop) : shop_(shop) {}

    /// Empty when the product is unknown or has none.
    std::string of(const std::string& product_id) {
        {
            const std::scoped_lock lock(mutex_);
            if (const auto found = known_.find(product_id); found != known_.end()) return found->second;
        }
        const auto detail = shop_.product(product_id); // outside the lock: two may ask at once, and agree
        auto category = detail ? detail->product.category : std::string();
        const std::scoped_lock lock(mutex_);
        return known_.emplace(product_id, std::move(category)).first->second;
    }

private:
    Shop& shop_;
    std::mutex mutex_;
    std::map<std::string, std::string> known_; ///< guarded by mutex_
};

/// One run. `step` may be called from several threads at once: each takes a row
/// and follows its queries to the end.
class Evaluation {
public:
    Evaluation(Shop& shop, std::istream& csv, const EvaluationOptions& options,
               const std::function<void(const EvaluationCounts&)>& progress, const std::stop_token& stop)
        : shop_(shop), picture_bytes_max_(shop.limits().picture_bytes_max), options_(options), progress_(progress),
          stop_(stop), categories_(shop), reader_(csv, CsvLimits{}), columns_(reader_.header(), options.by_box) {
        if (options.evidence != nullptr) evidence_.emplace(*options.evidence);
    }

    /// False at the end of the file or after a stop.
    bool step() {
        const auto row = take_row();
        if (!row) return false;
        std::vector<LabelledQuery> queries;
        try {
            queries = columns_.queries(*row);
        } catch (const Error& error) {
            record_failure(*row, {}, error.what());
        }
        for (const auto& query : queries) ask(*row, query);
        return true;
    }

    /// When every `step` has ended.
    EvaluationReport take_report() {
        report_.scores = tally_.scores();
        report_.latency_ms = {percentile(latencies_, 50), percentile(latencies_, 95), percentile(latencies_, 99)};
        std::ranges::sort(report_.errors, {}, &RowError::line);
        return std::move(report_);
    }

private:
    struct Submitted {
        SteadyClock::time_point start;
        JobId job;
    };

    std::optional<CsvRow> take_row() {
        const std::scoped_lock lock(reading_);
        if (stop_.stop_requested()) {
            interrupt();
            return std::nullopt;
        }
        return reader_.next();
    }

    void ask(const CsvRow& row, const LabelledQuery& query) {
        JudgedRanking miss; // what it counts as when anything below fails
        try {
            miss = judge(query.wanted, {});
            if (!follow_to_answer(submit(row, query.box), query.wanted, row.line)) interrupt();
        } catch (const Error& error) {
            if (error.retryable()) throw; // a store is down: the next query would fare no better
            record_failure(row, miss, error.what());
        }
    }

    Submitted submit(const CsvRow& row, const std::optional<Box>& box) {
        const auto bytes =
            read_picture_file(inside_folder(options_.images_folder, columns_.image(row)), picture_bytes_max_);
        QueryOptions query;
        query.top = options_.top;
        query.box = box;
        try {
            const auto start = SteadyClock::now();
            return {start, shop_.submit_query(bytes, query)};
        } catch (const Error& error) {
            rethrow_naming(columns_.image(row), error);
        }
    }

    // False when the wait was stopped.
    bool follow_to_answer(const Submitted& submitted, const Wanted& wanted, std::size_t line) {
        if (!follow(shop_, submitted.job, stop_)) return false;
        const auto answer = shop_.query_answer(submitted.job);
        const auto latency_ms = milliseconds_since(submitted.start);
        if (!answer) throw Error(ErrorCode::BadInput, why_not_succeeded(shop_, submitted.job));
        record(judge(wanted, answer->products), latency_ms);
        if (evidence_) {
            const std::scoped_lock lock(reporting_);
            evidence_->add(line, *answer, [&](const std::string& product_id) { return is_right(wanted, product_id); });
        }
        return true;
    }

    bool is_right(const Wanted& wanted, const std::string& product_id) {
        return wanted.product_ids.empty() ? categories_.of(product_id) == wanted.category
                                          : wanted.product_ids.contains(product_id);
    }

    JudgedRanking judge(const Wanted& wanted, const std::vector<QueryResult>& products) {
        JudgedRanking ranking;
        ranking.wanted = static_cast<int>(wanted.product_ids.size());
        for (const auto& product : products) ranking.right.push_back(is_right(wanted, product.product_id));
        if (const auto right = right_categories(wanted); !right.empty()) {
            ranking.category_right = !products.empty() && right.contains(categories_.of(products.front().product_id));
        }
        return ranking;
    }

    std::set<std::string> right_categories(const Wanted& wanted) {
        if (!wanted.category.empty()) return {wanted.category};
        std::set<std::string> categories;
        for (const auto& id : wanted.product_ids) categories.insert(categories_.of(id));
        categories.erase("");
        return categories;
    }

    void interrupt() {
        const std::scoped_lock lock(reporting_);
        report_.interrupted = true;
    }

    void record(const JudgedRanking& ranking, double latency_ms) {
        const std::scoped_lock lock(reporting_);
        ++report_.queries;
        ++report_.answered;
        tally_.add(ranking);
        latencies_.push_back(latency_ms);
        progress_(report_);
    }

    void record_failure(const CsvRow& row, const JudgedRanking& miss, const std::string& error) {
        const std::scoped_lock lock(reporting_);
        ++report_.queries;
        ++report_.failed;
        tally_.add(miss);
        if (report_.errors.size() < options_.errors_kept) {
            report_.errors.push_back({row.line, error});
        } else {
            ++report_.errors_left_out;
        }
        progress_(report_);
    }

    Shop& shop_;
    const std::int64_t picture_bytes_max_;
    const EvaluationOptions& options_;
    const std::function<void(const EvaluationCounts&)>& progress_;
    const std::stop_token& stop_;
    Categories categories_;

    std::mutex reading_; ///< guards reader_; taken before reporting_
    CsvReader reader_;
    const LabelledQueries columns_;

    std::mutex reporting_; ///< guards the members below and calls of progress_
    std::optional<EvidenceTable> evidence_;
    EvaluationReport report_;
    RetrievalTally tally_;
    std::vector<double> latencies_;
};

} // namespace

EvaluationReport evaluate(Shop& shop, std::istream& csv, const EvaluationOptions& options,
                          const std::function<void(const EvaluationCounts&)>& progress, const std::stop_token& stop) {
    const auto start = SteadyClock::now();
    Evaluation evaluation(shop, csv, options, progress, stop);
    const int queries = options.queries_in_flight > 0 ? options.queries_in_flight : shop.limits().work_at_once;
    repeat_in_parallel(queries, [&evaluation] { return evaluation.step(); });
    auto report = evaluation.take_report();
    report.seconds = milliseconds_since(start) / 1000.0;
    return report;
}

} // namespace vitrine
