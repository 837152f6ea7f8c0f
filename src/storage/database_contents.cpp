#include "storage/database_contents.hpp"

#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"
#include "storage/schema.hpp"
#include "storage/sql.hpp"

namespace vitrine {
namespace {

std::int64_t number_from(SqlSession& session, const char* query) {
    long long number = 0;
    run_prepared(session, query, soci::into(number));
    return number;
}

std::optional<LifecycleRun> last_check_from(SqlSession& session) {
    LifecycleRun run{
        .job = {}, .kind = "check", .state = JobState::Succeeded, .report = {}, .started = {}, .finished = {}};
    long long job = 0, finished = 0;
    if (!run_prepared(session,
                      "SELECT r.job_id, r.report, j.finished_at FROM lifecycle_runs r JOIN jobs j ON j.id = r.job_id "
                      "WHERE r.kind = 'check' AND j.state = 'succeeded' ORDER BY r.job_id DESC LIMIT 1",
                      soci::into(job), soci::into(run.report), soci::into(finished))) {
        return std::nullopt;
    }
    run.job = {job};
    run.finished = moment_from(finished);
    return run;
}

void read_models(SqlSession& session, DatabaseContents& found) {
    std::string name, role;
    known_model_repository::KnownModel model;
    constexpr int known_since = 5;
    if (found.schema_version >= known_since) {
        for_each_row(
            session, "SELECT name, version, dimensions FROM known_models", [&] { found.known_models[name] = model; },
            soci::into(name), soci::into(model.version), soci::into(model.dimensions));
    }
    constexpr int change_since = 13;
    if (found.schema_version < change_since) return;
    for_each_row(
        session, "SELECT vector_model, role FROM catalogue_models WHERE role IN ('active', 'standby')",
        [&] { (role == "active" ? found.active_model : found.standby_model) = name; }, soci::into(name),
        soci::into(role));
    long long links = 0;
    for_each_row(
        session,
        "SELECT i.vector_model, COUNT(*) FROM product_images l JOIN images i ON i.id = l.image_id "
        "WHERE l.is_primary_crop = 1 GROUP BY i.vector_model",
        [&] { found.links_by_model[name] = links; }, soci::into(name), soci::into(links));
}

} // namespace

DatabaseContents read_contents(SqlSession& session) {
    DatabaseContents found;
    found.schema_version =
        static_cast<int>(number_from(session, "SELECT COALESCE(MAX(version), 0) FROM schema_migrations"));
    found.program_version = embedded_migrations().back().version;
    found.products = number_from(session, "SELECT COUNT(*) FROM products");
    found.images = number_from(session, "SELECT COUNT(*) FROM images");
    found.product_images = number_from(session, "SELECT COUNT(*) FROM product_images");
    found.vectors = number_from(session, "SELECT COUNT(*) FROM vectors");
    constexpr int outbox_since = 3;
    if (found.schema_version >= outbox_since) {
        found.vectors_waiting = number_from(session, "SELECT COUNT(*) FROM vector_outbox WHERE state = 'waiting'");
        found.vectors_refused = number_from(session, "SELECT COUNT(*) FROM vector_outbox WHERE state = 'refused'");
    }
    constexpr int runs_since = 12;
    if (found.schema_version >= runs_since) found.last_check = last_check_from(session);
    read_models(session, found);
    found.jobs_unfinished = number_from(session, "SELECT COUNT(*) FROM jobs WHERE state IN ('queued', 'running')");
    return found;
}

} // namespace vitrine
