#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vitrine {

/// The columns of a CSV file, found by their names in its header.
class TableColumns {
public:
    explicit TableColumns(std::vector<std::string> header) : names_(std::move(header)) {}

    [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;

    /// The column of that name. Throws Error(BadInput) that lists the columns there are.
    [[nodiscard]] std::size_t require(std::string_view name) const;

    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

private:
    std::vector<std::string> names_;
};

} // namespace vitrine
