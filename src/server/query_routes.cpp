#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "engine/json_text.hpp"
#include "server/answers.hpp"
#include "server/api.hpp"
#include "server/parameters.hpp"
#include "server/picture_upload.hpp"
#include "server/preferences.hpp"
#include "server/waited_query.hpp"

namespace vitrine::server {
namespace {

/// What narrows a search, of a photo or of an indexed product.
QueryOptions query_filter(const Parameters& parameters) {
    constexpr std::int64_t top_max = 1000;
    QueryOptions options;
    options.top = static_cast<int>(parameters.whole("top", {1, top_max}).value_or(options.top));
    options.category = parameters.text("category").value_or("");
    options.min_score = parameters.fraction("min_score").value_or(0.0);
    for (auto& [name, value] : parameters.with_prefix("attr.")) options.attributes.emplace(name, value);
    return options;
}

Reply submit(const ApiParts& parts, const Request& request) {
    const Parameters parameters(request, {"top", "category", "box", "min_score", "attr."});
    auto options = query_filter(parameters);
    options.box = parameters.box("box");
    if (!request.request_key.empty()) options.request_key = request.caller.name + ' ' + request.request_key;
    const auto wait = preferred_wait(request.header("prefer"));
    options.decode_at_once = wait.has_value(); // who does not wait for the answer need not wait for the decoder
    options.told_when_ended = wait && *wait >= std::chrono::seconds(1);
    const JobId job = parts.engine.submit_query(picture_in(request), options);
    if (wait) return query_response_within(parts, job, *wait);
    return accepted_response(require_job(parts.engine, job).job);
}

/// The photo's pixels, crops, labels, vectors and results; what is kept of it are anonymous figures.
Reply erase(const ApiParts& parts, const Request& request) {
    const JobId job{captured_id(request, 0, "query")};
    if (!parts.engine.erase_query(job)) {
        throw Error(ErrorCode::NotFound, fmt::format("There is no query {}.", job.value));
    }
    constexpr int no_content = 204;
    return Response{.status = no_content, .headers = {}, .body = {}};
}

Reply show(const ApiParts& parts, const Request& request) {
    const Parameters none(request, {});
    const JobId job{captured_id(request, 0, "query")};
    if (const auto wait = preferred_wait(request.header("prefer"))) return query_response_within(parts, job, *wait);
    return query_response(parts.engine, job);
}

Reply similar(const ApiParts& parts, const Request& request) {
    const Parameters parameters(request, {"top", "category", "min_score", "attr."});
    return json_response(similar_json(parts.engine.similar_products(request.captured[0], query_filter(parameters))));
}

/// The points by which a crop of a photo was verified against a crop of the catalogue.
Reply points(const ApiParts& parts, const Request& request) {
    const Parameters parameters(request, {"matched"});
    const ImageId crop{captured_id(request, 0, "image")};
    const auto matched = parameters.whole("matched", {1, INT64_MAX});
    if (!matched) throw Error(ErrorCode::BadInput, "There is no query parameter 'matched': the catalogue's image.");
    return json_response(points_json(parts.engine.matching_points(crop, ImageId{*matched})));
}

} // namespace

std::vector<Route> query_routes(const ApiParts& parts) {
    return {{.method = "POST",
             .pattern = "/v1/queries",
             .body = Body::Upload,
             .work = Work::Slow,
             .job_has_key = true,
             .handler = [parts](const Request& request) { return submit(parts, request); }},
            {.method = "GET",
             .pattern = "/v1/products/{id}/similar",
             .handler = [parts](const Request& request) { return similar(parts, request); }},
            {.method = "GET",
             .pattern = "/v1/images/{id}/points",
             .work = Work::Slow,
             .handler = [parts](const Request& request) { return points(parts, request); }},
            {.method = "GET",
             .pattern = "/v1/queries/{job_id}",
             .handler = [parts](const Request& request) { return show(parts, request); }},
            {.method = "DELETE",
             .pattern = "/v1/queries/{job_id}",
             .scope = Scope::Write,
             .handler = [parts](const Request& request) { return erase(parts, request); }}};
}

} // namespace vitrine::server
