#include "engine/statistics.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "pipeline/subjects.hpp"
#include "storage/job_repository.hpp"
#include "storage/statistics_repository.hpp"

namespace vitrine {
namespace {

constexpr int jobs_max = 10'000;
constexpr std::size_t slow_max = 10;
constexpr int poor_answers_max = 20;
constexpr int categories_max = 10;
constexpr std::chrono::hours day{24};

/// The nearest rank (Hyndman and Fan, "Sample Quantiles", 1996, definition 1). Sorts `times`.
Statistics::Latency latency_of(std::vector<double>& times) {
    if (times.empty()) return {};
    std::ranges::sort(times);
    const auto at = [&](double fraction) {
        const auto rank = static_cast<std::size_t>(std::ceil(fraction * double(times.size())));
        return times[std::max<std::size_t>(rank, 1) - 1];
    };
    return {.count = std::ssize(times), .p50 = at(0.5), .p95 = at(0.95), .p99 = at(0.99)};
}

double ms_between(Timestamp from, Timestamp to) {
    return std::max(0.0, std::chrono::duration<double, std::milli>(to - from).count());
}

/// The stages that a job has passed, by name.
std::vector<std::pair<std::string, double>> stages_of(const Job& job) {
    std::vector<std::pair<std::string, double>> stages;
    const auto end = job.finished_at.value_or(job.created_at);
    if (job.started_at) stages.emplace_back("crop", ms_between(*job.started_at, job.labelling_at.value_or(end)));
    if (job.labelling_at) stages.emplace_back("label", ms_between(*job.labelling_at, job.finishing_at.value_or(end)));
    if (job.finishing_at) stages.emplace_back("finish", ms_between(*job.finishing_at, end));
    return stages;
}

void add_latencies(Statistics& statistics, const std::vector<Job>& jobs, std::vector<double> searches) {
    std::map<std::string, std::vector<double>> times;
    times["search"] = std::move(searches);
    for (const auto& job : jobs) {
        if (job.state != JobState::Succeeded && job.state != JobState::PartiallySucceeded) continue;
        times[job.kind].push_back(ms_between(job.created_at, job.finished_at.value_or(job.created_at)));
        for (const auto& [stage, ms] : stages_of(job)) times[stage].push_back(ms);
    }
    for (auto& [name, values] : times) statistics.latency[name] = latency_of(values);
}

void add_slow(Statistics& statistics, const std::vector<Job>& running, const std::vector<Job>& ended, Timestamp now) {
    auto& slow = statistics.slow;
    for (const auto& job : running) {
        slow.push_back({.kind = job.kind,
                        .job_id = job.id,
                        .what = "running",
                        .ms = ms_between(job.started_at.value_or(job.created_at), now)});
    }
    for (const auto& job : ended) {
        const auto stages = stages_of(job);
        const auto longest = std::ranges::max_element(stages, {}, &std::pair<std::string, double>::second);
        if (longest == stages.end()) continue;
        slow.push_back({.kind = job.kind, .job_id = job.id, .what = longest->first, .ms = longest->second});
    }
    const auto kept = std::min(slow.size(), slow_max);
    std::ranges::partial_sort(slow, slow.begin() + std::ptrdiff_t(kept), std::ranges::greater{}, &Statistics::Slow::ms);
    slow.resize(kept);
}

void add_hours(Statistics& statistics, const std::vector<statistics_repository::HourOfKind>& ended, Timestamp now) {
    const auto this_hour = std::chrono::floor<std::chrono::hours>(now);
    for (auto hour = this_hour - day + std::chrono::hours(1); hour <= this_hour; hour += std::chrono::hours(1)) {
        Statistics::Hour line{.at = hour};
        for (const auto& part : ended) {
            if (part.hour != hour.time_since_epoch().count()) continue;
            const bool queried = part.kind == job_kind::query;
            if (!queried && part.kind != job_kind::index) continue;
            auto& count = part.failed ? line.failed : queried ? line.queried : line.indexed;
            count += part.jobs;
        }
        statistics.throughput.push_back(line);
    }
}

} // namespace

std::vector<Job> ended_jobs(Database& database, Timestamp since) {
    auto jobs =
        database.read([since](Transaction& tx) { return statistics_repository::ended_since(tx, since, jobs_max); });
    std::ranges::reverse(jobs);
    return jobs;
}

Statistics statistics_of(Database& database, Timestamp now) {
    return database.read([now](Transaction& tx) {
        Statistics statistics;
        statistics.jobs = job_repository::count_by_state(tx);
        statistics.queue = statistics_repository::queue_at(tx, now);
        const auto ended = statistics_repository::ended_since(tx, now - day, jobs_max);
        add_hours(statistics, statistics_repository::ended_by_hour(tx, now - day), now);
        add_latencies(statistics, ended, statistics_repository::search_times(tx, now - day, jobs_max));
        add_slow(statistics, statistics_repository::oldest_running(tx, int(slow_max)), ended, now);
        statistics.queries = statistics_repository::count_queries(tx);
        statistics.queries_without_answer = statistics_repository::count_poor_answers(tx, Statistics::poor_score);
        statistics.recent_poor_answers =
            statistics_repository::poor_answers(tx, Statistics::poor_score, poor_answers_max);
        statistics.top_categories = statistics_repository::top_categories(tx, categories_max);
        return statistics;
    });
}

} // namespace vitrine
