#include "storage/task_repository.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <tuple>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"
#include "storage/stored_sentence.hpp"

namespace vitrine::task_repository {
namespace {

using soci::into;
using soci::use;

TaskState state_from(const std::string& name) {
    if (const auto state = task_state_from(name)) return *state;
    throw Error(ErrorCode::Corrupted,
                fmt::format("A task is in the unknown state '{}'; restore the database from a backup.", name));
}

struct Row {
    long long id = 0, job_id = 0, run_after = 0, lease_until = 0, created_at = 0, started_at = 0, finished_at = 0;
    long long waited_ms = 0, worked_ms = 0;
    int job_attempt = 0, priority = 0, attempts = 0, max_attempts = 0;
    std::string kind, subject, state, lease_owner, error;
    soci::indicator has_lease = soci::i_null, has_started = soci::i_null, has_finished = soci::i_null;

    [[nodiscard]] Task to_task() const {
        Task task;
        task.id = {id};
        task.job_id = {job_id};
        task.job_attempt = job_attempt;
        task.kind = kind;
        task.subject = subject;
        task.state = state_from(state);
        task.priority = priority;
        task.attempts = attempts;
        task.max_attempts = max_attempts;
        task.run_after = moment_from(run_after);
        task.lease_owner = lease_owner;
        if (has_lease == soci::i_ok) task.lease_until = moment_from(lease_until);
        task.error = error;
        task.created_at = moment_from(created_at);
        if (has_started == soci::i_ok) task.started_at = moment_from(started_at);
        if (has_finished == soci::i_ok) task.finished_at = moment_from(finished_at);
        task.waited = Milliseconds{waited_ms};
        task.worked = Milliseconds{worked_ms};
        return task;
    }
};

const std::string columns =
    "id, job_id, job_attempt, kind, subject, state, priority, attempts, max_attempts, run_after, lease_owner, "
    "lease_until, error, created_at, started_at, finished_at, waited_ms, worked_ms";

/// Calls `each` for every row of a query that gives the columns above and then those of `bound`.
template <class Each, class... Bound>
void for_each_task(Transaction& tx, std::string_view query, Row& row, Each each, const Bound&... bound) {
    for_each_row(tx, query, each, into(row.id), into(row.job_id), into(row.job_attempt), into(row.kind),
                 into(row.subject), into(row.state), into(row.priority), into(row.attempts), into(row.max_attempts),
                 into(row.run_after), into(row.lease_owner), into(row.lease_until, row.has_lease), into(row.error),
                 into(row.created_at), into(row.started_at, row.has_started), into(row.finished_at, row.has_finished),
                 into(row.waited_ms), into(row.worked_ms), bound...);
}

std::string claim_query(std::string_view row_locks) {
    return fmt::format(
        "UPDATE tasks SET state = 'running', attempts = attempts + 1, lease_owner = :worker, "
        "lease_until = :lease_until, started_at = :now, waited_ms = waited_ms + (:now - run_after) "
        "WHERE id IN (SELECT id FROM tasks WHERE state = 'ready' AND priority = :priority AND run_after <= :now "
        "             ORDER BY run_after, id LIMIT :limit {}) "
        "RETURNING {}, (SELECT CASE WHEN jobs.state = 'queued' THEN 1 ELSE 0 END FROM jobs WHERE jobs.id = "
        "tasks.job_id)",
        row_locks, columns);
}

const std::string claim_for_sqlite = claim_query("");
// Rows that another worker is claiming at this moment are passed over instead of waited for.
const std::string claim_for_postgres = claim_query("FOR UPDATE SKIP LOCKED");

// In the order of the index of running tasks: ordered by id, the whole table would be read.
const std::string select_abandoned = fmt::format(
    "SELECT {} FROM tasks WHERE state = 'running' AND lease_until <= :ended ORDER BY lease_until, id", columns);
// A row that somebody is changing at this moment is not abandoned.
const std::string lock_abandoned = select_abandoned + " FOR UPDATE SKIP LOCKED";
const std::string select_of_job = fmt::format("SELECT {} FROM tasks WHERE job_id = :job ORDER BY id", columns);

constexpr std::string_view end_changes =
    "UPDATE tasks SET state = :state, error = :error, lease_owner = '', lease_until = NULL, finished_at = :now, "
    "waited_ms = waited_ms + CASE WHEN :began > started_at THEN :began - started_at ELSE 0 END, "
    "worked_ms = worked_ms + (CAST(:now AS BIGINT) - CAST(:began AS BIGINT)), started_at = :began ";
// COALESCE, which changes nothing, hides the state from PostgreSQL's planner: in a new database, of which it knows no
// figures yet, it would look through the index of running tasks instead of taking the one row by its id.
constexpr std::string_view still_held =
    "tasks.id = :id AND COALESCE(tasks.state, '') = 'running' AND attempts = :attempts AND lease_owner = :worker";

const std::string end_for_sqlite = fmt::format("{} WHERE {}", end_changes, still_held);
// The job's row is locked first, and until the commit: whoever ends the job meanwhile waits and then sees the tasks
// that follow this one, or has ended it already, which this one then sees. Everybody locks a job before its tasks.
const std::string end_for_postgres =
    fmt::format("WITH job AS (SELECT id AS held_id, priority AS job_priority, state AS job_state FROM jobs "
                "WHERE id = :job FOR NO KEY UPDATE), "
                "ended AS ({} FROM job WHERE tasks.job_id = held_id AND {} "
                "RETURNING fan_out_id, job_priority, job_state), "
                "counted AS (UPDATE fan_outs SET pending = pending - 1, "
                "joined_at = CASE WHEN pending = 1 THEN CAST(:now AS BIGINT) ELSE NULL END FROM ended "
                "WHERE fan_outs.id = ended.fan_out_id AND ended.job_state IN ('queued', 'running') AND pending > 0 "
                "RETURNING pending, held_back, then_kind, then_subject) "
                "SELECT fan_out_id, job_priority, job_state, COALESCE(pending, -1), COALESCE(held_back, 0), "
                "COALESCE(then_kind, ''), COALESCE(then_subject, '') FROM ended LEFT JOIN counted ON TRUE",
                end_changes, still_held);

/// The priorities that have a ready task, highest first. Claiming level by level, not by one ORDER BY over all of them,
/// keeps a claim from stepping over every task of a high priority that is due only later.
std::vector<int> ready_priorities(Transaction& tx) {
    std::vector<int> priorities;
    int priority = 0;
    for_each_row(
        tx,
        "WITH RECURSIVE levels(priority) AS (SELECT MAX(priority) FROM tasks WHERE state = 'ready' UNION ALL "
        "SELECT (SELECT MAX(tasks.priority) FROM tasks WHERE state = 'ready' AND tasks.priority < levels.priority) "
        "FROM levels WHERE levels.priority IS NOT NULL) SELECT priority FROM levels WHERE priority IS NOT NULL",
        [&] { priorities.push_back(priority); }, into(priority));
    std::ranges::sort(priorities, std::greater());
    return priorities;
}

void claim_level(Transaction& tx, const Claim& claim, int priority, Claimed& claimed) {
    const auto& query = is_postgres(tx) ? claim_for_postgres : claim_for_sqlite;
    const long long now = to_column(claim.now);
    const long long lease_until = to_column(claim.lease_until);
    const int limit = claim.limit - static_cast<int>(claimed.tasks.size());
    const auto first = static_cast<std::ptrdiff_t>(claimed.tasks.size());
    Row row;
    int job_is_queued = 0;
    for_each_task(
        tx, query, row,
        [&] {
            claimed.tasks.push_back(row.to_task());
            if (job_is_queued != 0) claimed.starting_jobs.push_back(JobId{row.job_id});
        },
        into(job_is_queued), use(claim.worker, "worker"), use(lease_until, "lease_until"), use(now, "now"),
        use(priority, "priority"), use(limit, "limit"));
    // RETURNING gives its rows in no promised order.
    std::sort(claimed.tasks.begin() + first, claimed.tasks.end(),
              [](const Task& a, const Task& b) { return std::tie(a.run_after, a.id) < std::tie(b.run_after, b.id); });
}

CountedDown counted_down(int pending, int held, Join then) {
    if (pending < 0) return {}; // of no fan-out, or of one that is closed
    if (pending == 0) return {.join = std::move(then), .holds_back = false};
    return {.join = std::nullopt, .holds_back = held > 0};
}

} // namespace

Claimed claim(Transaction& tx, const Claim& claim) {
    Claimed claimed;
    for (const int level : ready_priorities(tx)) {
        if (static_cast<int>(claimed.tasks.size()) >= claim.limit) break;
        claim_level(tx, claim, level, claimed);
    }
    auto& jobs = claimed.starting_jobs;
    std::sort(jobs.begin(), jobs.end());
    jobs.erase(std::unique(jobs.begin(), jobs.end()), jobs.end());
    return claimed;
}

std::optional<Ended> end(Transaction& tx, const Task& task, TaskState state, const std::string& error, Timestamp now) {
    const long long id = task.id.value;
    const long long job = task.job_id.value;
    const long long at = to_column(now);
    const long long began = to_column(std::min(task.started_at.value_or(now), now));
    const std::string name{to_string(state)};
    const std::string sentence = stored_sentence(error);
    long long fan_out = 0;
    int pending = -1, held = 0;
    Join then;
    std::string job_state;
    soci::indicator has_fan_out = soci::i_null;
    Ended result;
    if (is_postgres(tx)) {
        const bool ended =
            run_prepared(tx, end_for_postgres, use(job, "job"), use(name, "state"), use(sentence, "error"),
                         use(at, "now"), use(began, "began"), use(id, "id"), use(task.attempts, "attempts"),
                         use(task.lease_owner, "worker"), into(fan_out, has_fan_out), into(result.job_priority),
                         into(job_state), into(pending), into(held), into(then.kind), into(then.subject));
        if (!ended) return std::nullopt;
    } else {
        const long long changed = change_prepared(tx, end_for_sqlite, use(name, "state"), use(sentence, "error"),
                                                  use(at, "now"), use(began, "began"), use(id, "id"),
                                                  use(task.attempts, "attempts"), use(task.lease_owner, "worker"));
        if (changed == 0) return std::nullopt;
        run_prepared(tx,
                     "SELECT tasks.fan_out_id, jobs.priority, jobs.state FROM tasks JOIN jobs ON jobs.id = "
                     "tasks.job_id WHERE tasks.id = :id",
                     use(id, "id"), into(fan_out, has_fan_out), into(result.job_priority), into(job_state));
    }
    if (has_fan_out == soci::i_ok) result.fan_out_id = FanOutId{fan_out};
    const auto state_of_job = job_state_from(job_state);
    if (state_of_job && is_final(*state_of_job)) {
        result.job_ended_as = state_of_job;
    } else if (is_postgres(tx)) {
        result.counted = counted_down(pending, held, std::move(then));
    } else if (result.fan_out_id) {
        result.counted = count_down(tx, *result.fan_out_id, 1, now);
    }
    return result;
}

std::optional<Timestamp> give_back(Transaction& tx, const Task& task, const Return& how, Timestamp now) {
    const long long id = task.id.value;
    const long long at = to_column(now);
    const long long began = to_column(std::min(task.started_at.value_or(now), now));
    const long long run_after = to_column(how.run_after);
    const int granted = how.counts_as_attempt ? 0 : 1;
    const std::string why = stored_sentence(how.why);
    long long due = 0;
    // `attempts` never falls, so that (id, attempts) names one attempt for good. Nothing runs before it is due, but for
    // what was hurried while it ran.
    const bool ours = run_prepared(
        tx,
        "UPDATE tasks SET state = 'ready', error = :why, lease_owner = '', lease_until = NULL, "
        "run_after = CASE WHEN run_after > started_at AND run_after < :run_after THEN run_after ELSE :run_after END, "
        "max_attempts = max_attempts + :granted, "
        "waited_ms = waited_ms + CASE WHEN :began > started_at THEN :began - started_at ELSE 0 END, "
        "worked_ms = worked_ms + (CAST(:now AS BIGINT) - CAST(:began AS BIGINT)), started_at = :began "
        "WHERE id = :id AND COALESCE(state, '') = 'running' AND attempts = :attempts AND lease_owner = :worker "
        "RETURNING run_after",
        into(due), use(why, "why"), use(run_after, "run_after"), use(granted, "granted"), use(began, "began"),
        use(at, "now"), use(id, "id"), use(task.attempts, "attempts"), use(task.lease_owner, "worker"));
    return ours ? std::optional(moment_from(due)) : std::nullopt;
}

bool extend(Transaction& tx, const Task& task, Timestamp until) {
    const long long id = task.id.value;
    const long long lease_until = to_column(until);
    return change_prepared(
               tx,
               "UPDATE tasks SET lease_until = :until "
               "WHERE id = :id AND COALESCE(state, '') = 'running' AND attempts = :attempts AND lease_owner = :worker",
               use(lease_until, "until"), use(id, "id"), use(task.attempts, "attempts"),
               use(task.lease_owner, "worker")) == 1;
}

bool hurry(Transaction& tx, JobId job, const std::string& kind, Timestamp now) {
    const long long id = job.value;
    const long long run_after = to_column(now);
    return change_prepared(tx,
                           "UPDATE tasks SET run_after = CASE WHEN state = 'ready' THEN CAST(:now AS BIGINT) "
                           "ELSE started_at + 1 END WHERE job_id = :job AND kind = :kind "
                           "AND ((state = 'ready' AND run_after > :now) OR state = 'running')",
                           use(run_after, "now"), use(id, "job"), use(kind, "kind")) > 0;
}

std::vector<Task> abandoned(Transaction& tx, Timestamp now, bool all) {
    const long long ended = all ? std::numeric_limits<long long>::max() : to_column(now);
    std::vector<Task> tasks;
    Row row;
    for_each_task(
        tx, is_postgres(tx) ? lock_abandoned : select_abandoned, row, [&] { tasks.push_back(row.to_task()); },
        use(ended, "ended"));
    std::sort(tasks.begin(), tasks.end(), [](const Task& a, const Task& b) { return a.id < b.id; });
    return tasks;
}

std::vector<Held> held_by(Transaction& tx, const std::string& worker) {
    std::vector<Held> held;
    long long id = 0;
    int attempts = 0;
    // Every running task has a lease; saying so makes the index of running tasks the way to find them.
    for_each_row(
        tx,
        "SELECT id, attempts FROM tasks WHERE state = 'running' AND lease_until >= 0 AND lease_owner = :worker "
        "ORDER BY lease_until, id",
        [&] {
            held.push_back({TaskId{id}, attempts});
        },
        use(worker, "worker"), into(id), into(attempts));
    std::sort(held.begin(), held.end());
    return held;
}

void cancel_unfinished(Transaction& tx, JobId job, const std::string& why, Timestamp now) {
    const long long id = job.value;
    const long long at = to_column(now);
    const std::string sentence = stored_sentence(why);
    constexpr std::string_view cancel =
        "UPDATE tasks SET state = 'cancelled', error = :why, lease_owner = '', lease_until = NULL, "
        "finished_at = :now, worked_ms = worked_ms + "
        "CASE WHEN state = 'running' AND started_at < :now THEN :now - started_at ELSE 0 END "
        "WHERE job_id = :job AND state IN ('ready', 'running')";
    constexpr std::string_view close =
        "UPDATE fan_outs SET pending = 0, joined_at = :now WHERE job_id = :job AND pending > 0";
    if (is_postgres(tx)) { // one round trip instead of two
        static const std::string both = fmt::format("WITH closed AS ({}) {}", close, cancel);
        run_prepared(tx, both, use(sentence, "why"), use(at, "now"), use(id, "job"));
    } else {
        run_prepared(tx, cancel, use(sentence, "why"), use(at, "now"), use(id, "job"));
        run_prepared(tx, close, use(at, "now"), use(id, "job"));
    }
}

std::optional<Timestamp> next_due(Transaction& tx) {
    std::optional<Timestamp> earliest;
    for (const int priority : ready_priorities(tx)) {
        long long due = 0;
        const bool found = run_prepared(tx,
                                        "SELECT run_after FROM tasks WHERE state = 'ready' AND priority = :priority "
                                        "ORDER BY run_after, id LIMIT 1",
                                        use(priority, "priority"), into(due));
        if (found) earliest = std::min(earliest.value_or(Timestamp::max()), moment_from(due));
    }
    return earliest;
}

bool is_any_due(Transaction& tx, int priority_min, Timestamp now) {
    const long long at = to_column(now);
    int any = 0;
    return run_prepared(tx,
                        "SELECT 1 FROM tasks WHERE state = 'running' AND lease_until >= 0 AND priority >= :priority "
                        "UNION ALL SELECT 1 FROM tasks WHERE state = 'ready' AND priority >= :priority AND "
                        "run_after <= :now LIMIT 1",
                        use(priority_min, "priority"), use(at, "now"), into(any));
}

std::vector<Task> tasks_of(Transaction& tx, JobId job) {
    const long long id = job.value;
    std::vector<Task> tasks;
    Row row;
    for_each_task(
        tx, select_of_job, row, [&] { tasks.push_back(row.to_task()); }, use(id, "job"));
    return tasks;
}

std::map<TaskState, std::int64_t> count_by_state(Transaction& tx) {
    std::map<TaskState, std::int64_t> counts;
    std::string state;
    long long tasks = 0;
    for_each_row(
        tx, "SELECT state, COUNT(*) FROM tasks GROUP BY state ORDER BY state",
        [&] { counts[state_from(state)] = tasks; }, into(state), into(tasks));
    return counts;
}

} // namespace vitrine::task_repository
