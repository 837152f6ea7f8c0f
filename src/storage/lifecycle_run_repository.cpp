#include "storage/lifecycle_run_repository.hpp"

#include <limits>

#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"

namespace vitrine::lifecycle_run_repository {

using soci::into;
using soci::use;

void plan(Transaction& tx, const std::string& kind, Timestamp first_due) {
    const long long due = to_column(first_due);
    run_prepared(tx, "INSERT INTO schedules (kind, due_at) VALUES (:kind, :due) ON CONFLICT (kind) DO NOTHING",
                 use(kind, "kind"), use(due, "due"));
}

bool take_due(Transaction& tx, const std::string& kind, Timestamp now, Timestamp next) {
    const long long at = to_column(now);
    const long long due = to_column(next);
    return change_prepared(tx, "UPDATE schedules SET due_at = :next WHERE kind = :kind AND due_at <= :now",
                           use(due, "next"), use(kind, "kind"), use(at, "now")) == 1;
}

std::optional<Timestamp> due_at(Transaction& tx, const std::string& kind) {
    long long due = 0;
    if (!run_prepared(tx, "SELECT due_at FROM schedules WHERE kind = :kind", use(kind, "kind"), into(due))) {
        return std::nullopt;
    }
    return moment_from(due);
}

void hold(Transaction& tx, const std::string& kind) {
    if (!is_postgres(tx)) return;
    int locked = 0;
    run_prepared(tx, "SELECT 1 FROM (SELECT pg_advisory_xact_lock(709140330, hashtext(CAST(:kind AS TEXT)))) AS held",
                 use(kind, "kind"), into(locked));
}

std::optional<JobId> unfinished(Transaction& tx, const std::string& kind) {
    long long id = 0;
    const bool found = run_prepared(tx,
                                    "SELECT r.job_id FROM lifecycle_runs r JOIN jobs j ON j.id = r.job_id "
                                    "WHERE r.kind = :kind AND j.state IN ('queued', 'running') "
                                    "ORDER BY r.job_id DESC LIMIT 1",
                                    use(kind, "kind"), into(id));
    return found ? std::optional(JobId{id}) : std::nullopt;
}

void save_report(Transaction& tx, JobId job, const std::string& kind, const std::string& report, Timestamp now) {
    const long long id = job.value;
    const long long at = to_column(now);
    run_prepared(tx,
                 "INSERT INTO lifecycle_runs (job_id, kind, report, updated_at) VALUES (:job, :kind, :report, :now) "
                 "ON CONFLICT (job_id) DO UPDATE SET report = excluded.report, updated_at = excluded.updated_at",
                 use(id, "job"), use(kind, "kind"), use(report, "report"), use(at, "now"));
}

std::optional<std::string> report_of(Transaction& tx, JobId job) {
    const long long id = job.value;
    std::string report;
    if (!run_prepared(tx, "SELECT report FROM lifecycle_runs WHERE job_id = :job", use(id, "job"), into(report))) {
        return std::nullopt;
    }
    return report;
}

std::vector<LifecycleRun> newest(Transaction& tx, const std::string& kind, int limit) {
    long long id = 0, started = 0, finished = 0;
    soci::indicator has_finished = soci::i_null;
    std::string its_kind, state, report;
    std::vector<LifecycleRun> runs;
    for_each_row(
        tx,
        "SELECT r.job_id, r.kind, j.state, r.report, j.created_at, j.finished_at FROM lifecycle_runs r "
        "JOIN jobs j ON j.id = r.job_id WHERE (:kind = '' OR r.kind = :kind) ORDER BY r.job_id DESC LIMIT :limit",
        [&] {
            runs.push_back(
                {.job = {id},
                 .kind = its_kind,
                 .state = job_state_from(state).value_or(JobState::Failed),
                 .report = report,
                 .started = moment_from(started),
                 .finished = has_finished == soci::i_ok ? std::optional(moment_from(finished)) : std::nullopt});
        },
        use(kind, "kind"), use(limit, "limit"), into(id), into(its_kind), into(state), into(report), into(started),
        into(finished, has_finished));
    return runs;
}

} // namespace vitrine::lifecycle_run_repository
