#pragma once

// For the sources of this floor alone, like storage/sql.hpp.

#include <ranges>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "storage/sql.hpp"

namespace vitrine {

/// Many ids bound as one text, so that rows are found by any number of ids with one prepared statement:
/// `"WHERE id IN " + in_id_list(dialect)` with `use(list, "ids")` of `id_list`.
inline std::string in_id_list(SqlSession::Dialect dialect) {
    return dialect == SqlSession::Dialect::Sqlite
               ? "(SELECT value FROM json_each(:ids))"
               : "(SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST(:ids AS json)))";
}

/// The text to bind.
template <std::ranges::input_range Ids>
std::string id_list(const Ids& ids) {
    return fmt::format("[{}]", fmt::join(ids | std::views::transform([](const auto& id) { return id.value; }), ","));
}

} // namespace vitrine
