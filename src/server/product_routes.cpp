#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "engine/catalogue_page.hpp"
#include "engine/json_text.hpp"
#include "server/answers.hpp"
#include "server/api.hpp"
#include "server/json_object.hpp"
#include "server/parameters.hpp"
#include "server/picture_upload.hpp"
#include "server/product_body.hpp"

namespace vitrine::server {
namespace {

constexpr int created = 201;
constexpr int no_content = 204;
constexpr std::int64_t page_default = 20;
constexpr std::int64_t page_max = 1000;
constexpr std::int64_t texts_default = 100;

ProductDetail require_product(Engine& engine, const std::string& external_id) {
    auto detail = engine.product(external_id);
    if (!detail) throw Error(ErrorCode::NotFound, fmt::format("There is no product {:.200}.", external_id));
    return std::move(*detail);
}

Response put(const ApiParts& parts, const Request& request) {
    const auto product = product_from(request.body, std::nullopt);
    const auto saved = parts.engine.save_product(product);
    auto response =
        json_response(product_json(require_product(parts.engine, product.external_id)), saved.created ? created : 200);
    response.headers.emplace_back("Location", fmt::format("/v1/products/{}", address_segment(product.external_id)));
    return response;
}

Response patch(const ApiParts& parts, const Request& request) {
    const JsonObject body(request.body, {"name", "description", "category", "attributes"});
    const auto product = require_product(parts.engine, request.captured[0]).product;
    ProductChange change{.name = body.text("name"),
                         .description = body.text("description"),
                         .category = body.text("category"),
                         .attributes = std::nullopt};
    if (body.has("attributes")) change.attributes = body.merged(product.attributes, "attributes");
    parts.engine.update_product(product.external_id, change);
    return json_response(product_json(require_product(parts.engine, product.external_id)));
}

Response list(const ApiParts& parts, const Request& request) {
    const Parameters parameters(request, {"q", "category", "attr.", "cursor", "limit"});
    ProductFilter filter;
    filter.text = parameters.text("q").value_or("");
    filter.category = parameters.text("category").value_or("");
    filter.cursor = parameters.text("cursor").value_or("");
    for (auto& [name, value] : parameters.with_prefix("attr.")) filter.attributes.emplace(name, value);
    filter.limit = static_cast<int>(parameters.whole("limit", {1, page_max}).value_or(page_default));
    const auto page = parts.engine.products(filter);
    return json_response(products_page_json(page, parts.engine.primary_images(page.products)));
}

Response show(const ApiParts& parts, const Request& request) {
    const Parameters none(request, {});
    return json_response(product_json(require_product(parts.engine, request.captured[0])));
}

Response remove(const ApiParts& parts, const Request& request) {
    if (!parts.engine.remove_product(request.captured[0])) {
        throw Error(ErrorCode::NotFound, fmt::format("There is no product {:.200}.", request.captured[0]));
    }
    return {.status = no_content, .headers = {}, .body = {}};
}

Response add_picture(const ApiParts& parts, const Request& request) {
    const Parameters none(request, {});
    const auto added = parts.engine.add_image(request.captured[0], picture_in(request), {.decode_at_once = false});
    if (added.job) return accepted_response(require_job(parts.engine, *added.job).job);
    // This very picture is indexed already: the job that did it is the answer.
    const auto detail = require_product(parts.engine, request.captured[0]);
    if (!detail.primary) throw Error(ErrorCode::Conflict, "The product's picture was just removed; send it again.");
    return accepted_response(require_job(parts.engine, detail.primary->job_id).job);
}

Response choose_primary(const ApiParts& parts, const Request& request) {
    const JsonObject body(request.body, {"image_id"});
    const auto image = body.whole("image_id");
    if (!image) throw Error(ErrorCode::BadInput, "The body has no field 'image_id': the crop to be the primary one.");
    return json_response(product_json(parts.engine.choose_primary(request.captured[0], ImageId{*image})));
}

Response reindex(const ApiParts& parts, const Request& request) {
    const Parameters none(request, {});
    const auto again = parts.engine.reindex_product(request.captured[0]);
    return accepted_response(require_job(parts.engine, *again.job).job);
}

Response categories(const ApiParts& parts, const Request& request) {
    const Parameters none(request, {});
    return json_response(categories_json(parts.engine.categories()));
}

struct AskedTexts {
    std::string beginning;
    int limit;
};

AskedTexts asked_texts(const Request& request) {
    const Parameters parameters(request, {"beginning", "limit"});
    return {.beginning = parameters.text("beginning").value_or(""),
            .limit = static_cast<int>(parameters.whole("limit", {1, page_max}).value_or(texts_default))};
}

Response attributes(const ApiParts& parts, const Request& request) {
    const auto asked = asked_texts(request);
    return json_response(attributes_json(parts.engine.attribute_names(asked.beginning, asked.limit)));
}

Response attribute_values(const ApiParts& parts, const Request& request) {
    const auto asked = asked_texts(request);
    const auto& name = request.captured[0];
    return json_response(
        attribute_values_json(name, parts.engine.attribute_values(name, asked.beginning, asked.limit)));
}

} // namespace

std::vector<Route> product_routes(const ApiParts& parts) {
    const auto calling = [parts](Response (*handler)(const ApiParts&, const Request&)) {
        return [parts, handler](const Request& request) -> Reply { return handler(parts, request); };
    };
    return {
        {.method = "POST",
         .pattern = "/v1/products",
         .scope = Scope::Write,
         .body = Body::Json,
         .handler = calling(put)},
        {.method = "GET", .pattern = "/v1/products", .handler = calling(list)},
        {.method = "GET", .pattern = "/v1/products/{id}", .handler = calling(show)},
        {.method = "PATCH",
         .pattern = "/v1/products/{id}",
         .scope = Scope::Write,
         .body = Body::Json,
         .handler = calling(patch)},
        {.method = "DELETE", .pattern = "/v1/products/{id}", .scope = Scope::Write, .handler = calling(remove)},
        {.method = "POST",
         .pattern = "/v1/products/{id}/images",
         .scope = Scope::Write,
         .body = Body::Upload,
         .work = Work::Slow,
         .handler = calling(add_picture)},
        {.method = "PUT",
         .pattern = "/v1/products/{id}/primary",
         .scope = Scope::Write,
         .body = Body::Json,
         .handler = calling(choose_primary)},
        {.method = "POST", .pattern = "/v1/products/{id}/reindex", .scope = Scope::Write, .handler = calling(reindex)},
        {.method = "GET", .pattern = "/v1/categories", .handler = calling(categories)},
        {.method = "GET", .pattern = "/v1/attributes", .handler = calling(attributes)},
        {.method = "GET", .pattern = "/v1/attributes/{name}", .handler = calling(attribute_values)}};
}

} // namespace vitrine::server
