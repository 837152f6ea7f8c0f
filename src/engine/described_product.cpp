#include "engine/described_product.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <vitrine/error.hpp>

namespace vitrine {

std::string to_json(const ProductDescription& product) {
    return nlohmann::json{{"id", product.external_id},
                          {"name", product.name},
                          {"description", product.description},
                          {"category", product.category},
                          {"attributes", product.attributes}}
        .dump();
}

ProductDescription product_description_from(const std::string& json) {
    try {
        const auto object = nlohmann::json::parse(json);
        const auto text = [&object](const char* name) { return object.at(name).get<std::string>(); };
        return {.external_id = text("id"),
                .name = text("name"),
                .description = text("description"),
                .category = text("category"),
                .attributes = text("attributes")};
    } catch (const nlohmann::json::exception&) {
        throw Error(ErrorCode::Corrupted, fmt::format("A stored row of an import cannot be read: {:.200}", json));
    }
}

} // namespace vitrine
