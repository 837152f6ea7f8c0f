#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <vitrine/ids.hpp>
#include <vitrine/job.hpp>
#include <vitrine/time.hpp>

namespace vitrine {

/// How the work goes: what an operator and a shop look at. Of jobs the last 24 hours, of which the newest 10,000.
struct Statistics {
    /// Tasks by what they wait for.
    struct Queue {
        std::int64_t ready = 0; ///< due now
        std::int64_t running = 0;
        std::int64_t delayed = 0;     ///< due later: put off, or behind others of their job
        Milliseconds oldest_ready{0}; ///< for how long the oldest has been due; 0 when none is
    };

    /// What ended in one hour.
    struct Hour {
        Timestamp at{}; ///< its beginning
        std::int64_t indexed = 0;
        std::int64_t queried = 0;
        std::int64_t failed = 0; ///< of both kinds; not among the others
    };

    /// Of one kind of duration, in milliseconds.
    struct Latency {
        std::int64_t count = 0;
        double p50 = 0.0, p95 = 0.0, p99 = 0.0;
    };

    /// What takes or took long.
    struct Slow {
        std::string kind; ///< of the job: "index", "query"
        JobId job_id;
        std::string what; ///< "running", or the stage that took the longest: "crop", "label", "finish"
        double ms = 0.0;
    };

    /// A query whose best product is not convincing.
    struct PoorAnswer {
        JobId job_id;
        double best_score = 0.0;
        std::vector<std::string> labels;
        Timestamp created_at{};
    };

    struct CategoryCount {
        std::string category;
        std::int64_t count = 0;
    };

    std::map<JobState, std::int64_t> jobs; ///< all there are, by state
    Queue queue;
    std::vector<Hour> throughput;            ///< the last 24 hours, oldest first; hours without an end are there, too
    std::map<std::string, Latency> latency;  ///< "query" and "index" as wholes; "crop", "label", "search", "finish"
    std::vector<Slow> slow;                  ///< slowest first, at most 10
    std::int64_t queries = 0;                ///< ever answered
    std::int64_t queries_without_answer = 0; ///< of these, with a best score below `poor_score`
    std::vector<PoorAnswer> recent_poor_answers; ///< newest first, at most 20
    std::vector<CategoryCount> top_categories;   ///< of the best product of each stored query, at most 10

    static constexpr double poor_score = 0.3;
};

/// What was asked in one month, from the QueryMetrics alone: they stay when photos, labels and results are gone.
struct QueryMonth {
    Timestamp begin{}; ///< its first moment, UTC
    std::int64_t queries = 0;
    std::int64_t without_answer = 0;                   ///< with a best score below Statistics::poor_score
    Statistics::Latency latency;                       ///< of whole queries
    std::vector<Statistics::CategoryCount> categories; ///< asked for, most frequent first, at most 20; "": not known
};

} // namespace vitrine
