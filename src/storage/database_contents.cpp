#include "storage/database_contents.hpp"

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
    found.jobs_unfinished = number_from(session, "SELECT COUNT(*) FROM jobs WHERE state IN ('queued', 'running')");
    return found;
}

} // namespace vitrine
