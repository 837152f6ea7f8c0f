#include "storage/task_repository.hpp"

#include <string_view>

#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"

namespace vitrine::task_repository {

using soci::into;
using soci::use;

FanOutId open_fan_out(Transaction& tx, JobId job, int pending, const Join& then) {
    const long long job_id = job.value;
    long long id = 0;
    run_prepared(tx,
                 "INSERT INTO fan_outs (job_id, pending, then_kind, then_subject) "
                 "VALUES (:job, :pending, :kind, :subject) RETURNING id",
                 use(job_id, "job"), use(pending, "pending"), use(then.kind, "kind"), use(then.subject, "subject"),
                 into(id));
    return {id};
}

void note_held_back(Transaction& tx, FanOutId fan_out, int children) {
    const long long id = fan_out.value;
    run_prepared(tx, "UPDATE fan_outs SET held_back = :children WHERE id = :id", use(children, "children"),
                 use(id, "id"));
}

CountedDown count_down(Transaction& tx, FanOutId fan_out, int children, Timestamp now) {
    constexpr std::string_view count = "UPDATE fan_outs SET pending = pending - :children, "
                                       "joined_at = CASE WHEN pending = :children THEN CAST(:now AS BIGINT) ELSE NULL "
                                       "END WHERE id = :id AND pending > 0";
    const long long id = fan_out.value;
    const long long at = to_column(now);
    int pending = 0, held = 0;
    Join then;
    if (is_postgres(tx)) { // one round trip instead of two
        static const std::string count_and_tell =
            std::string(count) + " RETURNING pending, held_back, then_kind, then_subject";
        const bool counted = run_prepared(tx, count_and_tell, use(children, "children"), use(at, "now"), use(id, "id"),
                                          into(pending), into(held), into(then.kind), into(then.subject));
        if (!counted) return {};
    } else {
        const long long changed = change_prepared(tx, count, use(children, "children"), use(at, "now"), use(id, "id"));
        if (changed == 0) return {};
        const bool open = run_prepared(tx,
                                       "SELECT pending, held_back, then_kind, then_subject FROM fan_outs "
                                       "WHERE id = :id AND (pending = 0 OR held_back > 0)",
                                       use(id, "id"), into(pending), into(held), into(then.kind), into(then.subject));
        if (!open) return {};
    }
    if (pending == 0) return {.join = std::move(then), .holds_back = false};
    return {.join = std::nullopt, .holds_back = held > 0};
}

void release_one(Transaction& tx, JobId job, FanOutId fan_out, Timestamp now) {
    const long long job_id = job.value;
    const long long id = fan_out.value;
    const long long at = to_column(now);
    const long long never = to_column(held_back);
    const long long released =
        change_prepared(tx,
                        "UPDATE tasks SET run_after = :now WHERE id = (SELECT id FROM tasks WHERE job_id = :job AND "
                        "fan_out_id = :fan_out AND state = 'ready' AND run_after = :never ORDER BY id LIMIT 1)",
                        use(at, "now"), use(job_id, "job"), use(id, "fan_out"), use(never, "never"));
    if (released == 1) run_prepared(tx, "UPDATE fan_outs SET held_back = held_back - 1 WHERE id = :id", use(id, "id"));
}

} // namespace vitrine::task_repository
