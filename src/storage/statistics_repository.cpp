#include "storage/statistics_repository.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"

namespace vitrine::statistics_repository {
namespace {

using soci::into;
using soci::use;

struct OptionalMoment {
    long long value = 0;
    soci::indicator indicator = soci::i_null;

    [[nodiscard]] std::optional<Timestamp> get() const {
        return indicator == soci::i_ok ? std::optional(moment_from(value)) : std::nullopt;
    }
};

template <class... Bound>
std::vector<Job> select(Transaction& tx, std::string_view query, const Bound&... bound) {
    long long id = 0;
    long long created_at = 0;
    std::string kind;
    std::string state;
    OptionalMoment started, labelling, finishing, finished;
    std::vector<Job> jobs;
    for_each_row(
        tx, query,
        [&] {
            Job& job = jobs.emplace_back();
            job.id = {id};
            job.kind = kind;
            job.state = job_state_from(state).value_or(JobState::Failed);
            job.created_at = moment_from(created_at);
            job.started_at = started.get();
            job.labelling_at = labelling.get();
            job.finishing_at = finishing.get();
            job.finished_at = finished.get();
        },
        bound..., into(id), into(kind), into(state), into(created_at), into(started.value, started.indicator),
        into(labelling.value, labelling.indicator), into(finishing.value, finishing.indicator),
        into(finished.value, finished.indicator));
    return jobs;
}

} // namespace

std::vector<Job> ended_since(Transaction& tx, Timestamp since, int limit) {
    const long long from = to_column(since);
    return select(tx,
                  "SELECT id, kind, state, created_at, started_at, labelling_at, finishing_at, finished_at FROM jobs "
                  "WHERE finished_at >= :since ORDER BY finished_at DESC LIMIT :limit",
                  use(from, "since"), use(limit, "limit"));
}

std::vector<Job> oldest_running(Transaction& tx, int limit) {
    return select(tx,
                  "SELECT id, kind, state, created_at, started_at, labelling_at, finishing_at, finished_at FROM jobs "
                  "WHERE state = 'running' ORDER BY id LIMIT :limit",
                  use(limit, "limit"));
}

std::vector<HourOfKind> ended_by_hour(Transaction& tx, Timestamp since) {
    const long long from = to_column(since);
    long long hour = 0;
    long long jobs = 0;
    int failed = 0;
    std::string kind;
    std::vector<HourOfKind> hours;
    for_each_row(
        tx,
        "SELECT finished_at / 3600000 AS hour, kind, CASE WHEN state = 'failed' THEN 1 ELSE 0 END AS failed, COUNT(*) "
        "FROM jobs WHERE finished_at >= :since AND state <> 'cancelled' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        [&] { hours.push_back({.hour = hour, .kind = kind, .failed = failed != 0, .jobs = jobs}); }, use(from, "since"),
        into(hour), into(kind), into(failed), into(jobs));
    return hours;
}

Statistics::Queue queue_at(Transaction& tx, Timestamp now) {
    const long long moment = to_column(now);
    long long ready = 0;
    long long oldest = 0;
    soci::indicator has_oldest = soci::i_null;
    long long delayed = 0;
    long long running = 0;
    run_prepared(tx, "SELECT COUNT(*), MIN(run_after) FROM tasks WHERE state = 'ready' AND run_after <= :now",
                 use(moment, "now"), into(ready), into(oldest, has_oldest));
    run_prepared(tx, "SELECT COUNT(*) FROM tasks WHERE state = 'ready' AND run_after > :now", use(moment, "now"),
                 into(delayed));
    run_prepared(tx, "SELECT COUNT(*) FROM tasks WHERE state = 'running'", into(running));
    return {.ready = ready,
            .running = running,
            .delayed = delayed,
            .oldest_ready = Milliseconds(has_oldest == soci::i_ok ? std::max(0LL, moment - oldest) : 0)};
}

std::vector<double> search_times(Transaction& tx, Timestamp since, int limit) {
    const long long from = to_column(since);
    double ms = 0.0;
    std::vector<double> times;
    for_each_row(
        tx, "SELECT search_ms FROM query_metrics WHERE created_at >= :since ORDER BY created_at DESC LIMIT :limit",
        [&] { times.push_back(ms); }, use(from, "since"), use(limit, "limit"), into(ms));
    return times;
}

std::int64_t count_queries(Transaction& tx) {
    long long queries = 0;
    run_prepared(tx, "SELECT COUNT(*) FROM query_metrics", into(queries));
    return queries;
}

std::int64_t count_poor_answers(Transaction& tx, double poor_score) {
    long long queries = 0;
    run_prepared(tx, "SELECT COUNT(*) FROM query_metrics WHERE best_score < :poor", use(poor_score, "poor"),
                 into(queries));
    return queries;
}

std::vector<double> query_times(Transaction& tx, Timestamp begin, Timestamp end) {
    const long long from = to_column(begin), before = to_column(end);
    double ms = 0.0;
    std::vector<double> times;
    for_each_row(
        tx, "SELECT total_ms FROM query_metrics WHERE created_at >= :begin AND created_at < :end",
        [&] { times.push_back(ms); }, use(from, "begin"), use(before, "end"), into(ms));
    return times;
}

std::int64_t count_poor_answers(Transaction& tx, double poor_score, Timestamp begin, Timestamp end) {
    const long long from = to_column(begin), before = to_column(end);
    long long queries = 0;
    run_prepared(tx,
                 "SELECT COUNT(*) FROM query_metrics WHERE created_at >= :begin AND created_at < :end "
                 "AND best_score < :poor",
                 use(from, "begin"), use(before, "end"), use(poor_score, "poor"), into(queries));
    return queries;
}

std::vector<Statistics::CategoryCount> asked_categories(Transaction& tx, Timestamp begin, Timestamp end, int limit) {
    const long long from = to_column(begin), before = to_column(end);
    std::string category;
    long long count = 0;
    std::vector<Statistics::CategoryCount> categories;
    for_each_row(
        tx,
        "SELECT category, COUNT(*) FROM query_metrics WHERE created_at >= :begin AND created_at < :end "
        "GROUP BY category ORDER BY COUNT(*) DESC, category LIMIT :limit",
        [&] { categories.push_back({.category = category, .count = count}); }, use(from, "begin"), use(before, "end"),
        use(limit, "limit"), into(category), into(count));
    return categories;
}

std::vector<Statistics::PoorAnswer> poor_answers(Transaction& tx, double poor_score, int limit) {
    long long id = 0;
    long long created_at = 0;
    double best_score = 0.0;
    std::string labels;
    std::vector<Statistics::PoorAnswer> answers;
    for_each_row(
        tx,
        "SELECT job_id, best_score, labels, created_at FROM query_metrics WHERE best_score < :poor "
        "ORDER BY created_at DESC LIMIT :limit",
        [&] {
            const auto list = nlohmann::json::parse(labels, nullptr, false);
            answers.push_back(
                {.job_id = {id}, .best_score = best_score, .labels = {}, .created_at = moment_from(created_at)});
            for (const auto& label : list) {
                if (label.is_string()) answers.back().labels.push_back(label.get<std::string>());
            }
        },
        use(poor_score, "poor"), use(limit, "limit"), into(id), into(best_score), into(labels), into(created_at));
    return answers;
}

std::vector<Statistics::CategoryCount> top_categories(Transaction& tx, int limit) {
    std::string category;
    long long count = 0;
    std::vector<Statistics::CategoryCount> categories;
    for_each_row(
        tx,
        "SELECT p.category, COUNT(*) AS queries FROM query_results r JOIN products p ON p.id = r.product_id "
        "WHERE r.rank = 1 AND p.category <> '' GROUP BY p.category ORDER BY queries DESC, p.category LIMIT :limit",
        [&] { categories.push_back({.category = category, .count = count}); }, use(limit, "limit"), into(category),
        into(count));
    return categories;
}

} // namespace vitrine::statistics_repository
