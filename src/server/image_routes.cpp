#include <algorithm>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "engine/json_text.hpp"
#include "server/answers.hpp"
#include "server/api.hpp"
#include "server/entity_tags.hpp"
#include "server/json_object.hpp"
#include "server/parameters.hpp"

namespace vitrine::server {
namespace {

constexpr std::int64_t side_max = 2048; ///< larger photos are not kept decoded
constexpr int not_modified = 304;

Image require_image(Engine& engine, const Request& request) {
    const ImageId id{captured_id(request, 0, "image")};
    auto image = engine.image(id);
    if (!image) throw Error(ErrorCode::NotFound, fmt::format("There is no image {}.", id.value));
    return std::move(*image);
}

/// Never the bytes that came in: re-encoded, so that no position or other metadata of a photo leaves the house. An
/// image's pixels never change and no id is used again: a browser may keep them for ever.
Reply bytes(const ApiParts& parts, const Request& request) {
    const Parameters parameters(request, {"size"});
    const auto size = parameters.whole("size", {1, side_max}).value_or(side_max);
    const auto image = require_image(parts.engine, request);
    const auto tag = fmt::format("\"{}-{}\"", image.id.value, size);
    Response response{.status = 200,
                      .headers = {{"Content-Type", "image/jpeg"},
                                  {"ETag", tag},
                                  {"Cache-Control", "private, max-age=31536000, immutable"}},
                      .body = {}};
    if (is_among_tags(tag, request.header("if-none-match"))) {
        response.status = not_modified;
    } else {
        response.body = parts.engine.picture_jpeg(image.id, static_cast<int>(size));
    }
    return response;
}

Reply details(const ApiParts& parts, const Request& request) {
    const Parameters none(request, {});
    return json_response(image_json(require_image(parts.engine, request)));
}

/// A person's word, for good: the fields that are given; the others stay.
Reply correct_label(const ApiParts& parts, const Request& request) {
    const JsonObject body(request.body, {"category", "colors", "style", "pattern", "material", "text", "barcodes",
                                         "description", "confidence"});
    const auto image = require_image(parts.engine, request);
    const auto present = to_json(image.label.value_or(StructuredLabel{}));
    const auto label = structured_label_from_json(body.merged_into(present));
    return json_response(image_json(parts.engine.correct_label(image.id, label)));
}

/// The model's label counts again.
Reply forget_correction(const ApiParts& parts, const Request& request) {
    const auto image = require_image(parts.engine, request);
    return json_response(image_json(parts.engine.correct_label(image.id, std::nullopt)));
}

} // namespace

std::vector<Route> image_routes(const ApiParts& parts) {
    const auto calling = [parts](Reply (*handler)(const ApiParts&, const Request&)) {
        return [parts, handler](const Request& request) { return handler(parts, request); };
    };
    return {{.method = "GET", .pattern = "/v1/images/{id}", .work = Work::Slow, .handler = calling(bytes)},
            {.method = "GET", .pattern = "/v1/images/{id}/details", .handler = calling(details)},
            {.method = "PATCH",
             .pattern = "/v1/images/{id}/label",
             .scope = Scope::Write,
             .body = Body::Json,
             .handler = calling(correct_label)},
            {.method = "DELETE",
             .pattern = "/v1/images/{id}/label",
             .scope = Scope::Write,
             .handler = calling(forget_correction)}};
}

} // namespace vitrine::server
