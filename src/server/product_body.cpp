#include "server/product_body.hpp"

#include <vitrine/error.hpp>

#include "server/json_object.hpp"

namespace vitrine::server {

ProductDescription product_from(std::string_view json, const std::optional<std::string>& id) {
    const JsonObject body(json, {"id", "name", "description", "category", "attributes"});
    ProductDescription product;
    const auto own = body.text("id");
    const auto name = body.text("name");
    if (!own && !id) throw Error(ErrorCode::BadInput, "The body has no field 'id': the shop's own id of the product.");
    if (own && id && *own != *id) {
        throw Error(ErrorCode::BadInput, "The field 'id' is another than the address names; leave it out.");
    }
    if (!name) throw Error(ErrorCode::BadInput, "The body has no field 'name'.");
    product.external_id = own ? *own : *id;
    product.name = *name;
    product.description = body.text("description").value_or("");
    product.category = body.text("category").value_or("");
    product.attributes = body.object("attributes").value_or("{}");
    return product;
}

} // namespace vitrine::server
