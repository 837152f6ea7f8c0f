#include "storage/task_repository.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"
#include "storage/row_list.hpp"

namespace vitrine::task_repository {
namespace {

using nlohmann::json;
using soci::into;
using soci::use;

// Of one task and of a list of them. `more` and `values`: columns beyond those of a ready task.
std::string insert_one_query(std::string_view more, std::string_view values) {
    return fmt::format("INSERT INTO tasks (job_id, job_attempt, fan_out_id, kind, subject, priority, max_attempts, "
                       "run_after, created_at{}) VALUES (:job, :job_attempt, :fan_out, :kind, :subject, :priority, "
                       ":max_attempts, :run_after, :created_at{}) "
                       "ON CONFLICT (job_id, job_attempt, kind, subject) DO NOTHING",
                       more, values);
}

std::string insert_many_query(SqlSession::Dialect dialect, std::string_view more, std::string_view values) {
    return fmt::format("INSERT INTO tasks (job_id, job_attempt, fan_out_id, kind, subject, priority, max_attempts, "
                       "run_after, created_at{}) SELECT CAST(value ->> 'job' AS BIGINT), "
                       "CAST(value ->> 'job_attempt' AS INTEGER), CAST(value ->> 'fan_out' AS BIGINT), "
                       "value ->> 'kind', value ->> 'subject', CAST(value ->> 'priority' AS INTEGER), "
                       "CAST(value ->> 'max_attempts' AS INTEGER), CAST(value ->> 'run_after' AS BIGINT), "
                       "CAST(:created_at AS BIGINT){} FROM {} WHERE TRUE "
                       "ON CONFLICT (job_id, job_attempt, kind, subject) DO NOTHING",
                       more, values, row_list(dialect));
}

constexpr std::string_view columns_taken = ", state, attempts, lease_owner, lease_until, started_at";
constexpr std::string_view values_taken =
    ", 'running', 1, CAST(:worker AS TEXT), CAST(:lease_until AS BIGINT), CAST(:created_at AS BIGINT)";

const std::string insert_one = insert_one_query("", "");
constexpr std::string_view columns_ended = ", state, attempts, started_at, finished_at";
constexpr std::string_view values_ended = ", 'succeeded', 1, CAST(:created_at AS BIGINT), CAST(:created_at AS BIGINT)";
const std::string insert_one_ended = insert_one_query(columns_ended, values_ended);
const InsertOne insert_one_taken(insert_one_query(columns_taken, values_taken));
const TextPerDialect insert_many([](SqlSession::Dialect dialect) { return insert_many_query(dialect, "", ""); });
const TextPerDialect insert_many_ended([](SqlSession::Dialect dialect) {
    return insert_many_query(dialect, columns_ended, values_ended);
});
const TextPerDialect insert_many_taken([](SqlSession::Dialect dialect) {
    return insert_many_query(dialect, columns_taken, values_taken) + " RETURNING id, kind, subject";
});

/// Runs a text of insert_one_query by `run`; `more` binds what it has beyond a ready task.
template <class Run, class... More>
auto insert_one_by(Run run, const Addition& task, Timestamp now, const More&... more) {
    const long long job = task.job_id.value;
    const long long fan_out = task.fan_out_id.value_or(FanOutId{}).value;
    auto has_fan_out = task.fan_out_id ? soci::i_ok : soci::i_null;
    const long long run_after = to_column(task.run_after);
    const long long created_at = to_column(now);
    return run(use(job, "job"), use(task.job_attempt, "job_attempt"), use(fan_out, has_fan_out, "fan_out"),
               use(task.kind, "kind"), use(task.subject, "subject"), use(task.priority, "priority"),
               use(task.max_attempts, "max_attempts"), use(run_after, "run_after"), use(created_at, "created_at"),
               more...);
}

std::string rows_of(const std::vector<Addition>& tasks) {
    std::string rows = "[";
    for (const Addition& task : tasks) {
        fmt::format_to(std::back_inserter(rows),
                       R"({}{{"job":{},"job_attempt":{},"fan_out":{},"kind":{},"subject":{},"priority":{},)"
                       R"("max_attempts":{},"run_after":{}}})",
                       rows.size() > 1 ? "," : "", task.job_id.value, task.job_attempt,
                       task.fan_out_id ? fmt::format("{}", task.fan_out_id->value) : "null", json(task.kind).dump(),
                       json(task.subject).dump(), task.priority, task.max_attempts, to_column(task.run_after));
    }
    return rows + ']';
}

Task taken_task(long long id, const Addition& added, const Taker& taker) {
    Task task;
    task.id = {id};
    task.job_id = added.job_id;
    task.job_attempt = added.job_attempt;
    task.kind = added.kind;
    task.subject = added.subject;
    task.state = TaskState::Running;
    task.priority = added.priority;
    task.attempts = 1;
    task.max_attempts = added.max_attempts;
    task.run_after = added.run_after;
    task.lease_owner = taker.worker;
    task.lease_until = taker.lease_until;
    task.created_at = task.started_at.emplace(taker.now);
    return task;
}

} // namespace

bool insert(Transaction& tx, const Addition& task, Timestamp now) {
    const auto change = [&](const auto&... bound) { return change_prepared(tx, insert_one, bound...); };
    return insert_one_by(change, task, now) == 1;
}

bool insert_ended(Transaction& tx, const Addition& task, Timestamp now) {
    const auto change = [&](const auto&... bound) { return change_prepared(tx, insert_one_ended, bound...); };
    return insert_one_by(change, task, now) == 1;
}

void insert_all_ended(Transaction& tx, const std::vector<Addition>& tasks, Timestamp now) {
    if (!is_postgres(tx)) { // it has no round trips, and a statement is cheaper there than JSON
        for (const Addition& task : tasks) static_cast<void>(insert_ended(tx, task, now));
        return;
    }
    if (tasks.empty()) return;
    if (tasks.size() == 1) {
        const auto add = [&](const auto&... bound) { run_soon(tx, insert_one_ended, bound...); };
        return insert_one_by(add, tasks.front(), now);
    }
    const std::string rows = rows_of(tasks);
    const long long created_at = to_column(now);
    run_soon(tx, insert_many_ended.of(tx), use(rows, "rows"), use(created_at, "created_at"));
}

int insert_all(Transaction& tx, const std::vector<Addition>& tasks, Timestamp now) {
    if (tasks.empty()) return 0;
    if (tasks.size() == 1) return insert(tx, tasks.front(), now) ? 1 : 0;
    const std::string rows = rows_of(tasks);
    const long long created_at = to_column(now);
    return static_cast<int>(change_prepared(tx, insert_many.of(tx), use(rows, "rows"), use(created_at, "created_at")));
}

std::vector<Task> insert_taken(Transaction& tx, const std::vector<Addition>& tasks, const Taker& taker) {
    std::vector<Task> taken;
    if (tasks.empty()) return taken;
    const long long lease_until = to_column(taker.lease_until);
    if (tasks.size() == 1) {
        const auto insert = [&](const auto&... bound) { return insert_one_taken.run(tx, bound...); };
        const auto made = insert_one_by(insert, tasks.front(), taker.now, use(taker.worker, "worker"),
                                        use(lease_until, "lease_until"));
        if (made) taken.push_back(taken_task(*made, tasks.front(), taker));
        return taken;
    }
    const std::string rows = rows_of(tasks);
    const long long created_at = to_column(taker.now);
    long long id = 0;
    std::string kind, subject;
    std::map<std::pair<std::string, std::string>, long long> ids; // RETURNING gives its rows in no promised order
    for_each_row(
        tx, insert_many_taken.of(tx), [&] { ids.emplace(std::pair(kind, subject), id); }, use(rows, "rows"),
        use(created_at, "created_at"), use(taker.worker, "worker"), use(lease_until, "lease_until"), into(id),
        into(kind), into(subject));
    for (const Addition& task : tasks) {
        const auto made = ids.find({task.kind, task.subject});
        if (made == ids.end()) continue;
        taken.push_back(taken_task(made->second, task, taker));
        ids.erase(made); // one named twice was made once
    }
    return taken;
}

} // namespace vitrine::task_repository
