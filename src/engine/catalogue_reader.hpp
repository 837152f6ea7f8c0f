#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/product.hpp>

#include "core/csv_reader.hpp"
#include "engine/first_lines.hpp"
#include "engine/table_columns.hpp"

namespace vitrine {

/// What is wrong with one row of a file.
struct RowError {
    std::size_t line = 0; ///< where the row begins, the header being line 1
    std::string error;    ///< one sentence
};

/// One row of a catalogue as a product.
struct CatalogueRow {
    std::size_t line = 0;       ///< where it begins; the header is on line 1
    std::string error;          ///< not empty: a bad row, and one sentence on what is wrong with it
    ProductDescription product; ///< of a bad row only the id, where it has one
    std::string image;          ///< the cell: where the picture is
};

/// Reads a catalogue: a CSV with the columns product_id, name and image; description and category where there are; any
/// further columns are kept as attributes, empty cells left out. A bad row (as CsvReader has it, without an id or a
/// name, or with an id that stands on an earlier line) is returned with its error, and reading goes on.
///
/// Rows stream: memory does not grow with them but for 12 to 24 bytes each, which find an id that stands twice. One
/// thread at a time.
class CatalogueReader {
public:
    /// Reads the header. `in` outlives the reader. Throws Error(BadInput) for one that lacks a column or is a bad row.
    explicit CatalogueReader(std::istream& in);

    /// The next row, nothing at the end. Throws Error(Unavailable) when the stream cannot be read.
    std::optional<CatalogueRow> next();

private:
    [[nodiscard]] std::string fault_of(const CsvRow& row) const;
    [[nodiscard]] ProductDescription product_of(const CsvRow& row) const;
    [[nodiscard]] std::string attributes_of(const CsvRow& row) const;
    [[nodiscard]] bool is_attribute(std::size_t column) const;

    CsvReader reader_;
    const TableColumns columns_;
    const std::size_t product_id_, name_, image_;
    const std::optional<std::size_t> description_, category_;
    FirstLines first_lines_;
};

} // namespace vitrine
