#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "server/answers.hpp"
#include "server/api.hpp"
#include "server/parameters.hpp"
#include "server/picture_upload.hpp"
#include "server/preferences.hpp"
#include "server/waited_query.hpp"

namespace vitrine::server {
namespace {

constexpr std::int64_t top_max = 1000;

Reply submit(const ApiParts& parts, const Request& request) {
    const Parameters parameters(request, {"top", "category"});
    QueryOptions options;
    options.top = static_cast<int>(parameters.whole("top", {1, top_max}).value_or(options.top));
    options.category = parameters.text("category").value_or("");
    if (!request.request_key.empty()) options.request_key = request.caller.name + ' ' + request.request_key;
    const JobId job = parts.engine.submit_query(picture_in(request), options);
    if (const auto wait = preferred_wait(request.header("prefer"))) return query_response_within(parts, job, *wait);
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

} // namespace

std::vector<Route> query_routes(const ApiParts& parts) {
    return {{.method = "POST",
             .pattern = "/v1/queries",
             .body = Body::Upload,
             .work = Work::Slow,
             .job_has_key = true,
             .handler = [parts](const Request& request) { return submit(parts, request); }},
            {.method = "GET",
             .pattern = "/v1/queries/{job_id}",
             .handler = [parts](const Request& request) { return show(parts, request); }},
            {.method = "DELETE",
             .pattern = "/v1/queries/{job_id}",
             .scope = Scope::Write,
             .handler = [parts](const Request& request) { return erase(parts, request); }}};
}

} // namespace vitrine::server
