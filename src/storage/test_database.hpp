#pragma once

// For tests alone: the database that this run of them is for.

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <vitrine/error.hpp>

#include "storage/postgres_database.hpp"
#include "storage/postgres_test_server.hpp"
#include "storage/sqlite_database.hpp"

namespace vitrine::testing_support {

/// Opens the database of `folder`, which is empty the first time: SQLite in it or, where VITRINE_TEST_DATABASE is
/// "postgres", one of this program's own server. CTest runs the programs that use this once with each.
inline std::unique_ptr<Database> open_test_database(const std::filesystem::path& folder) {
    const char* kind = std::getenv("VITRINE_TEST_DATABASE");
    if (kind == nullptr || std::string_view(kind) != "postgres") {
        return open_sqlite({.file = folder / "vitrine.db", .durability = Durability::Normal});
    }
    static std::map<std::filesystem::path, std::string> urls;
    auto& url = urls[folder];
    if (url.empty()) url = PostgresServer::of_this_program().new_database();
    for (int attempts = 1;; ++attempts) { // a machine that builds meanwhile may need longer than a connection waits
        try {
            return open_postgres({.url = url});
        } catch (const Error& error) {
            if (!error.retryable() || attempts == 5) throw;
        }
    }
}

} // namespace vitrine::testing_support
