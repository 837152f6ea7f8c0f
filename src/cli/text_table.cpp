#include "cli/text_table.hpp"

#include <algorithm>
#include <numeric>

#include "cli/terminal.hpp"

namespace vitrine::cli {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 4;

} // namespace

TextTable::TextTable(std::vector<std::string> header) {
    rows_.push_back(std::move(header));
}

void TextTable::add(std::vector<std::string> cells) {
    for (auto& cell : cells) cell = one_line(cell);
    cells.resize(rows_.front().size());
    rows_.push_back(std::move(cells));
}

void TextTable::print(std::ostream& out, std::optional<std::size_t> columns) const {
    const auto width = widths(columns);
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const auto cell = clipped(row[i], width[i]);
            line += cell;
            line.append(width[i] - columns_of(cell) + gap, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out << line << '\n';
    }
}

std::vector<std::size_t> TextTable::widths(std::optional<std::size_t> columns) const {
    std::vector<std::size_t> width(rows_.front().size(), 0);
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], columns_of(row[i]));
    }
    if (!columns) return width;
    auto total = std::accumulate(width.begin(), width.end(), gap * (width.size() - 1));
    while (total > *columns) {
        auto& widest = *std::max_element(width.begin(), width.end());
        if (widest <= narrowest) break;
        --widest;
        --total;
    }
    return width;
}

} // namespace vitrine::cli
