#include "storage/postgres_inspection.hpp"

#include "storage/postgres_session.hpp"
#include "storage/prepared.hpp"
#include "storage/sql.hpp"

namespace vitrine {
namespace {

PostgresInspection inspect(SqlSession& session) {
    PostgresInspection found;
    int number = 0, standby = 0, read_only = 0, may_make_tables = 0, has_tables = 0;
    run_prepared(session,
                 "SELECT CAST(current_setting('server_version_num') AS INTEGER), "
                 "CAST(pg_is_in_recovery() AS INTEGER), "
                 "CAST(CAST(current_setting('default_transaction_read_only') AS BOOLEAN) AS INTEGER), "
                 "CAST(COALESCE(has_schema_privilege(current_schema(), 'CREATE'), FALSE) AS INTEGER), "
                 "CAST(current_setting('max_connections') AS INTEGER), "
                 "(SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() "
                 "AND tablename = 'schema_migrations')",
                 soci::into(number), soci::into(standby), soci::into(read_only), soci::into(may_make_tables),
                 soci::into(found.connections_max), soci::into(has_tables));
    constexpr int numbers_per_major = 10'000;
    found.version = number / numbers_per_major;
    found.writable = standby == 0 && read_only == 0;
    found.may_make_tables = may_make_tables != 0;
    if (has_tables != 0) found.contents = read_contents(session);
    return found;
}

} // namespace

PostgresInspection inspect_postgres(const std::string& url) {
    const PostgresUrl target(url);
    constexpr Milliseconds silence_max{10'000};
    PostgresWatch watch(silence_max);
    PostgresSession session(target, PostgresUse::Writing, Durability::Full, watch);
    try {
        auto found = inspect(session.sql());
        found.shown = target.shown();
        return found;
    } catch (...) {
        std::rethrow_exception(session.judge(std::current_exception()).error);
    }
}

} // namespace vitrine
