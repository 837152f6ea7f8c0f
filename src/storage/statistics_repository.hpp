#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/job.hpp>
#include <vitrine/statistics.hpp>

#include "storage/database.hpp"

/// What statistics are made of: read alone, over the tables of jobs, tasks and queries.
namespace vitrine::statistics_repository {

/// The newest `limit` of the jobs that ended since `since`, newest first: id, kind, state and moments alone.
[[nodiscard]] std::vector<Job> ended_since(Transaction& tx, Timestamp since, int limit);

/// The running jobs that were accepted first, at most `limit`; as above.
[[nodiscard]] std::vector<Job> oldest_running(Transaction& tx, int limit);

/// How many jobs of a kind ended in each hour since `since`.
struct HourOfKind {
    std::int64_t hour = 0; ///< since the Unix epoch
    std::string kind;
    bool failed = false;
    std::int64_t jobs = 0;
};

/// Jobs of all kinds that ended by themselves; who was cancelled did nothing.
[[nodiscard]] std::vector<HourOfKind> ended_by_hour(Transaction& tx, Timestamp since);

[[nodiscard]] Statistics::Queue queue_at(Transaction& tx, Timestamp now);

/// How long the searches of the newest queries since `since` took, in milliseconds; at most `limit`.
[[nodiscard]] std::vector<double> search_times(Transaction& tx, Timestamp since, int limit);

[[nodiscard]] std::int64_t count_queries(Transaction& tx);
[[nodiscard]] std::int64_t count_poor_answers(Transaction& tx, double poor_score);

/// Of the queries answered from `begin` until before `end`: how long they took as a whole in milliseconds, how many had
/// a best score below `poor_score`, and what they asked for, most frequent first.
[[nodiscard]] std::vector<double> query_times(Transaction& tx, Timestamp begin, Timestamp end);
[[nodiscard]] std::int64_t count_poor_answers(Transaction& tx, double poor_score, Timestamp begin, Timestamp end);
[[nodiscard]] std::vector<Statistics::CategoryCount> asked_categories(Transaction& tx, Timestamp begin, Timestamp end,
                                                                      int limit);

/// Newest first.
[[nodiscard]] std::vector<Statistics::PoorAnswer> poor_answers(Transaction& tx, double poor_score, int limit);

/// Of the best product of each stored query; most frequent first.
[[nodiscard]] std::vector<Statistics::CategoryCount> top_categories(Transaction& tx, int limit);

} // namespace vitrine::statistics_repository
