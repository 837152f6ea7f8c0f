#include "engine/catalogue_reader.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace vitrine {

CatalogueReader::CatalogueReader(std::istream& in)
    : reader_(in, CsvLimits{}), columns_(reader_.header()), product_id_(columns_.require("product_id")),
      name_(columns_.require("name")), image_(columns_.require("image")), description_(columns_.find("description")),
      category_(columns_.find("category")) {}

std::optional<CatalogueRow> CatalogueReader::next() {
    const auto read = reader_.next();
    if (!read) return std::nullopt;
    CatalogueRow row{.line = read->line, .error = read->error, .product = {}, .image = {}};
    if (!row.error.empty()) return row;
    row.product.external_id = read->fields[product_id_];
    const auto first = first_lines_.add(row.product.external_id, row.line);
    row.error = fault_of(*read);
    if (row.error.empty() && first) {
        row.error = fmt::format("The product_id {:.200} stands on line {} already; give each product one row.",
                                row.product.external_id, *first);
    }
    if (!row.error.empty()) return row;
    row.product = product_of(*read);
    row.image = read->fields[image_];
    return row;
}

std::string CatalogueReader::fault_of(const CsvRow& row) const {
    for (const auto& [column, title] : {std::pair(product_id_, "product_id"), std::pair(name_, "name")}) {
        if (row.fields[column].find_first_not_of(" \t\r\n") == std::string::npos) {
            return fmt::format("The row's {} is empty.", title);
        }
    }
    return {};
}

ProductDescription CatalogueReader::product_of(const CsvRow& row) const {
    ProductDescription product;
    product.external_id = row.fields[product_id_];
    product.name = row.fields[name_];
    if (description_) product.description = row.fields[*description_];
    if (category_) product.category = row.fields[*category_];
    product.attributes = attributes_of(row);
    return product;
}

std::string CatalogueReader::attributes_of(const CsvRow& row) const {
    auto object = nlohmann::json::object();
    for (std::size_t i = 0; i < row.fields.size(); ++i) {
        if (is_attribute(i) && !row.fields[i].empty()) object[columns_.names()[i]] = row.fields[i];
    }
    return object.dump();
}

bool CatalogueReader::is_attribute(std::size_t column) const {
    return column != product_id_ && column != name_ && column != image_ && column != description_ &&
           column != category_ && !columns_.names()[column].empty();
}

} // namespace vitrine
