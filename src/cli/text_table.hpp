#pragma once

#include <cstddef>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace vitrine::cli {

/// Rows in aligned columns under a header.
class TextTable {
public:
    explicit TextTable(std::vector<std::string> header);

    /// A row of as many cells as the header has. Control characters in cells become spaces.
    void add(std::vector<std::string> cells);

    /// Prints at most `columns` wide, cutting the widest cells first, or as wide as it is when `columns` is not given.
    void print(std::ostream& out, std::optional<std::size_t> columns) const;

private:
    [[nodiscard]] std::vector<std::size_t> widths(std::optional<std::size_t> columns) const;

    std::vector<std::vector<std::string>> rows_; ///< the header first
};

} // namespace vitrine::cli
