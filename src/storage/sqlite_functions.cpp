#include "storage/sqlite_functions.hpp"

#include <string_view>

#include <soci/sqlite3/soci-sqlite3.h>

#include <vitrine/error.hpp>

#include "storage/bytes_column.hpp"
#include "storage/sql.hpp"

namespace vitrine {

namespace {

using sqlite_api::sqlite3_context;
using sqlite_api::sqlite3_value;

// SQLITE_TRANSIENT as a value of the namespaced type: SQLite copies the result before the call returns.
const auto copied = reinterpret_cast<sqlite_api::sqlite3_destructor_type>(-1);

std::string_view bytes_of(sqlite3_value* value) {
    const auto* data = static_cast<const char*>(sqlite_api::sqlite3_value_blob(value));
    const auto size = static_cast<std::size_t>(sqlite_api::sqlite3_value_bytes(value));
    return data == nullptr ? std::string_view{} : std::string_view{data, size};
}

bool is_null(sqlite3_value* value) {
    return sqlite_api::sqlite3_value_type(value) == SQLITE_NULL;
}

bool wants_hex(sqlite3_context* context, sqlite3_value* format) {
    if (bytes_of(format) == "hex") return true;
    sqlite_api::sqlite3_result_error(context, "the only format is 'hex'", -1);
    return false;
}

void decode(sqlite3_context* context, int, sqlite3_value** values) noexcept {
    if (is_null(values[0]) || !wants_hex(context, values[1])) return; // no result set is NULL
    try {
        const std::string bytes = from_hex(bytes_of(values[0]));
        sqlite_api::sqlite3_result_blob64(context, bytes.data(), bytes.size(), copied);
    } catch (const std::bad_alloc&) {
        sqlite_api::sqlite3_result_error_nomem(context);
    } catch (const Error& error) {
        sqlite_api::sqlite3_result_error(context, error.what(), -1);
    }
}

void encode(sqlite3_context* context, int, sqlite3_value** values) noexcept {
    if (is_null(values[0]) || !wants_hex(context, values[1])) return;
    try {
        const std::string hex = to_hex(bytes_of(values[0]));
        sqlite_api::sqlite3_result_text64(context, hex.data(), hex.size(), copied, SQLITE_UTF8);
    } catch (const std::bad_alloc&) {
        sqlite_api::sqlite3_result_error_nomem(context);
    }
}

} // namespace

void register_sqlite_functions(SqlSession& session) {
    auto* connection = static_cast<soci::sqlite3_session_backend*>(session.session().get_backend())->conn_;
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    const int decoded = sqlite_api::sqlite3_create_function_v2(connection, "decode", 2, flags, nullptr, &decode,
                                                               nullptr, nullptr, nullptr);
    const int encoded = sqlite_api::sqlite3_create_function_v2(connection, "encode", 2, flags, nullptr, &encode,
                                                               nullptr, nullptr, nullptr);
    if (decoded != SQLITE_OK || encoded != SQLITE_OK) {
        throw Error(ErrorCode::Internal,
                    "SQLite did not take the functions decode and encode; free some memory and start again.");
    }
}

} // namespace vitrine
