#include "engine/table_columns.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

constexpr std::ptrdiff_t columns_named_max = 20;

} // namespace

std::optional<std::size_t> TableColumns::find(std::string_view name) const {
    const auto found = std::find(names_.begin(), names_.end(), name);
    if (found == names_.end()) return std::nullopt;
    return std::size_t(found - names_.begin());
}

std::size_t TableColumns::require(std::string_view name) const {
    if (const auto column = find(name)) return *column;
    std::vector<std::string> some;
    for (std::ptrdiff_t i = 0; i < std::min(std::ssize(names_), columns_named_max); ++i) {
        some.push_back(names_[std::size_t(i)].substr(0, 100));
    }
    throw Error(ErrorCode::BadInput,
                fmt::format("The header has no column {}; it has: {}.", name, fmt::join(some, ", ")));
}

} // namespace vitrine
