#include "engine/labelled_queries.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

/// The parts between bars, without the blanks around them; empty ones left out.
std::vector<std::string> parts_of(const std::string& cell) {
    constexpr auto blank = " \t\r\n";
    std::vector<std::string> parts;
    for (std::size_t from = 0; from <= cell.size();) {
        const auto bar = std::min(cell.find('|', from), cell.size());
        const auto part = cell.substr(from, bar - from);
        from = bar + 1;
        const auto first = part.find_first_not_of(blank);
        if (first == std::string::npos) continue;
        parts.push_back(part.substr(first, part.find_last_not_of(blank) - first + 1));
    }
    return parts;
}

/// Whether the box lies in the photo is the engine's to say, which knows the photo.
Box box_from(const std::string& text) {
    std::array<int, 4> numbers{};
    const char* at = text.data();
    const char* const end = text.data() + text.size();
    bool well = true;
    for (std::size_t i = 0; i < numbers.size() && well; ++i) {
        while (i > 0 && at != end && *at == ' ') ++at;
        const auto [next, error] = std::from_chars(at, end, numbers[i]);
        well = error == std::errc{};
        at = next;
    }
    if (!well || at != end)
        throw Error(ErrorCode::BadInput,
                    fmt::format("'{:.50}' in the column boxes is no box: x y width height in pixels.", text));
    return {numbers[0], numbers[1], numbers[2], numbers[3]};
}

} // namespace

LabelledQueries::LabelledQueries(const std::vector<std::string>& header, bool by_box)
    : columns_(header), image_(columns_.require("image")), product_ids_(columns_.find("product_ids")),
      category_(columns_.find("category")) {
    if (by_box) {
        product_ids_ = columns_.require("product_ids");
        boxes_ = columns_.require("boxes");
    }
    if (product_ids_ || category_) return;
    throw Error(ErrorCode::BadInput, "The header has neither a column product_ids nor category, so "
                                     "no answer can be judged.");
}

std::vector<LabelledQuery> LabelledQueries::queries(const CsvRow& row) const {
    if (!row.error.empty()) throw Error(ErrorCode::BadInput, row.error);
    const auto ids = product_ids_ ? parts_of(row.fields[*product_ids_]) : std::vector<std::string>{};
    const auto category = category_ ? row.fields[*category_] : std::string();
    if (ids.empty() && category.empty())
        throw Error(ErrorCode::BadInput, "The row names neither a right product nor a category.");
    if (!boxes_) return {{.wanted = {.product_ids = {ids.begin(), ids.end()}, .category = category}, .box = {}}};
    const auto boxes = parts_of(row.fields[*boxes_]);
    if (boxes.size() != ids.size())
        throw Error(ErrorCode::BadInput, fmt::format("The row has {} boxes for {} products; each product needs one.",
                                                     boxes.size(), ids.size()));
    std::vector<LabelledQuery> queries;
    for (std::size_t i = 0; i < ids.size(); ++i)
        queries.push_back({.wanted = {.product_ids = {ids[i]}, .category = category}, .box = box_from(boxes[i])});
    return queries;
}

} // namespace vitrine
