#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "engine/json_text.hpp"
#include "server/answers.hpp"
#include "server/api.hpp"
#include "server/multipart.hpp"
#include "server/parameters.hpp"
#include "server/picture_upload.hpp"
#include "server/product_body.hpp"

namespace vitrine::server {
namespace {

constexpr std::size_t words_bytes_max = 1 << 20;

/// What the part "product" of the form says.
ProductDescription product_in(const Request& request, const std::string& id) {
    if (!request.header("content-type").starts_with("multipart/form-data")) {
        throw Error(ErrorCode::Unsupported,
                    "Send a form (multipart/form-data) with the parts \"product\", a JSON object, and \"image\".");
    }
    for (const auto& part : parse_multipart(request.body, boundary_of(request.header("content-type")))) {
        if (part.name != "product") continue;
        if (part.content.size() > words_bytes_max) {
            throw Error(ErrorCode::TooLarge, fmt::format("The part \"product\" has {} bytes; the limit is {}.",
                                                         part.content.size(), words_bytes_max));
        }
        return product_from(part.content, id);
    }
    throw Error(ErrorCode::BadInput, "The form has no part \"product\": a JSON object with the product's name.");
}

/// The product and its picture in one step: both or, where either is bad, neither.
Reply put(const ApiParts& parts, const Request& request) {
    const Parameters none(request, {});
    const auto product = product_in(request, request.captured[0]);
    const auto added = parts.engine.add_product(product, picture_in(request));
    constexpr int accepted = 202;
    const auto job = added.job ? std::optional(require_job(parts.engine, *added.job).job) : std::nullopt;
    auto response = json_response(accepted_product_json(added, job), job ? accepted : 200);
    if (job) response.headers.emplace_back("Location", fmt::format("/v1/jobs/{}", job->id.value));
    return response;
}

} // namespace

std::vector<Route> product_form_routes(const ApiParts& parts) {
    return {{.method = "PUT",
             .pattern = "/v1/products/{id}",
             .scope = Scope::Write,
             .body = Body::Form,
             .work = Work::Slow,
             .handler = [parts](const Request& request) { return put(parts, request); }}};
}

} // namespace vitrine::server
