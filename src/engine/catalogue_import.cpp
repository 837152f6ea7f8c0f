#include "engine/catalogue_import.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <utility>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/retry_policy.hpp"
#include "engine/followed_job.hpp"
#include "engine/parallel_repeat.hpp"
#include "engine/picture_file.hpp"

namespace vitrine {
namespace {

enum class RowEnd { Indexed, Unchanged, Unfinished };

/// One run. `step` may be called from several threads at once: each takes a row
/// and follows it to its end.
class Import {
public:
    Import(Shop& shop, std::istream& csv, const ImportOptions& options,
           const std::function<void(const ImportCounts&)>& progress, const std::stop_token& stop)
        : shop_(shop), limits_(shop.limits()), options_(options),
          patience_(limits_.can_be_away ? options.patience : Milliseconds{0}), progress_(progress), stop_(stop),
          reader_(csv) {}

    /// False at the end of the catalogue or after a stop.
    bool step() {
        const auto row = take_row();
        if (!row) return false;
        try {
            if (!row->error.empty()) throw Error(ErrorCode::BadInput, row->error);
            record(index_patiently(*row));
        } catch (const Error& error) {
            if (error.retryable()) throw; // a store stays away: the next row would fare no better
            record_failure(row->line, error.what());
        }
        return true;
    }

    /// When every `step` has ended.
    ImportReport take_report() {
        std::ranges::sort(report_.errors, {}, &RowError::line);
        return std::move(report_);
    }

private:
    std::optional<CatalogueRow> take_row() {
        const std::scoped_lock lock(reading_);
        if (stop_.stop_requested()) {
            interrupt();
            return std::nullopt;
        }
        auto row = reader_.next();
        if (row) count_row();
        return row;
    }

    /// While a store is away the row is tried again: what was accepted of it before is found again and followed.
    RowEnd index_patiently(const CatalogueRow& row) {
        constexpr RetryPolicy pauses{.initial = Milliseconds{500}, .max = Milliseconds{5'000}};
        std::mt19937_64 random{std::random_device{}()};
        std::optional<std::chrono::steady_clock::time_point> give_up;
        for (int attempt = 1;; ++attempt) {
            try {
                const RowEnd end = index(row);
                if (give_up) end_wait();
                return end;
            } catch (const Error& error) {
                const auto now = std::chrono::steady_clock::now();
                if (!give_up) give_up = now + patience_;
                if (!error.retryable() || now >= *give_up) throw;
                begin_wait(error.what());
                if (!sleep(pauses.backoff(attempt, error.retry_after(), random))) return RowEnd::Unfinished;
            }
        }
    }

    /// False when stopped meanwhile.
    [[nodiscard]] bool sleep(Milliseconds time) const {
        std::mutex mutex;
        std::condition_variable_any stopped;
        std::unique_lock lock(mutex);
        stopped.wait_for(lock, stop_, time, [] { return false; });
        return !stop_.stop_requested();
    }

    void begin_wait(const std::string& why) {
        const std::scoped_lock lock(reporting_);
        if (!std::exchange(is_waiting_, true) && options_.waiting) options_.waiting(why);
    }

    void end_wait() {
        const std::scoped_lock lock(reporting_);
        is_waiting_ = false;
    }

    RowEnd index(const CatalogueRow& row) {
        const auto added = add(row);
        if (added.unchanged || !added.job) return RowEnd::Unchanged;
        const auto state = follow(shop_, *added.job, stop_);
        if (!state) return RowEnd::Unfinished;
        if (*state == JobState::Succeeded || *state == JobState::PartiallySucceeded) return RowEnd::Indexed;
        throw Error(ErrorCode::BadInput, fmt::format("{}: {}", row.image, why_not_succeeded(shop_, *added.job)));
    }

    // Apart from `index`, so that no picture's bytes are held while its job is
    // waited for.
    AddedProduct add(const CatalogueRow& row) {
        const auto bytes =
            read_picture_file(inside_folder(options_.images_folder, row.image), limits_.picture_bytes_max);
        try {
            return shop_.add_product(row.product, bytes, fmt::format("{}-{}", run_, row.line));
        } catch (const Error& error) {
            rethrow_naming(row.image, error);
        }
    }

    void count_row() {
        const std::scoped_lock lock(reporting_);
        ++report_.rows;
    }

    void interrupt() {
        const std::scoped_lock lock(reporting_);
        report_.interrupted = true;
    }

    void record(RowEnd end) {
        const std::scoped_lock lock(reporting_);
        if (end == RowEnd::Unfinished) {
            report_.interrupted = true;
            return;
        }
        ++(end == RowEnd::Indexed ? report_.indexed : report_.unchanged);
        progress_(report_);
    }

    void record_failure(std::size_t line, const std::string& error) {
        const std::scoped_lock lock(reporting_);
        ++report_.failed;
        if (report_.errors.size() < options_.errors_kept) {
            report_.errors.push_back({line, error});
        } else {
            ++report_.errors_left_out;
        }
        progress_(report_);
    }

    Shop& shop_;
    const ShopLimits limits_;
    const ImportOptions& options_;
    const std::string run_ = fmt::format("import-{:08x}{:08x}", std::random_device{}(), std::random_device{}());
    const Milliseconds patience_;
    const std::function<void(const ImportCounts&)>& progress_;
    const std::stop_token& stop_;

    std::mutex reading_; ///< guards reader_; taken before reporting_
    CatalogueReader reader_;

    std::mutex reporting_; ///< guards what follows, and calls of progress_ and options_.waiting
    ImportReport report_;
    bool is_waiting_ = false;
};

} // namespace

ImportReport import_catalogue(Shop& shop, std::istream& csv, const ImportOptions& options,
                              const std::function<void(const ImportCounts&)>& progress, const std::stop_token& stop) {
    const auto start = std::chrono::steady_clock::now();
    Import import(shop, csv, options, progress, stop);
    const int rows = options.rows_in_flight > 0 ? options.rows_in_flight : 4 * shop.limits().work_at_once;
    repeat_in_parallel(rows, [&import] { return import.step(); });
    auto report = import.take_report();
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return report;
}

} // namespace vitrine
