#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include <vitrine/box.hpp>

#include "core/csv_reader.hpp"
#include "engine/table_columns.hpp"

namespace vitrine {

/// What a photo should have found.
struct Wanted {
    std::set<std::string> product_ids;
    std::string category; ///< empty: not given
};

/// One question that a row of labelled photos asks.
struct LabelledQuery {
    Wanted wanted;
    std::optional<Box> box; ///< the part of the photo that is asked about; nothing: all of it
};

/// The columns of a table of labelled photos: image and product_ids (`|` between several) or category; boxes, if it is
/// asked for, has the place of each of the product_ids in the upright photo, `x y width height` in pixels, `|` between
/// several.
class LabelledQueries {
public:
    /// Throws Error(BadInput) for a header that lacks a column; with `by_box` boxes and product_ids are needed.
    LabelledQueries(const std::vector<std::string>& header, bool by_box);

    [[nodiscard]] const std::string& image(const CsvRow& row) const { return row.fields[image_]; }

    /// The whole photo; by box, each of its boxes with the product that is in it. Throws Error(BadInput) for a row that
    /// cannot be read, says of no product that it is right, or has another number of boxes than of products.
    [[nodiscard]] std::vector<LabelledQuery> queries(const CsvRow& row) const;

private:
    TableColumns columns_;
    std::size_t image_;
    std::optional<std::size_t> product_ids_;
    std::optional<std::size_t> category_;
    std::optional<std::size_t> boxes_; ///< nothing: whole photos are asked about
};

} // namespace vitrine
