#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/version.hpp"
#include "engine/parallel_repeat.hpp"
#include "engine/statistics_text.hpp"
#include "server/answers.hpp"
#include "server/api.hpp"
#include "server/openapi.hpp"
#include "server/parameters.hpp"

namespace vitrine::server {
namespace {

Reply statistics(const ApiParts& parts, const Request& request) {
    const Parameters none(request, {});
    return json_response(statistics_json(parts.engine.statistics(), parts.engine.counts(), parts.engine.config()));
}

Reply query_months(const ApiParts& parts, const Request& request) {
    const Parameters parameters(request, {"months"});
    constexpr std::int64_t usual = 36, most = 1'200;
    const auto months = static_cast<int>(parameters.whole("months", {1, most}).value_or(usual));
    return json_response(query_months_json(parts.engine.query_months(months)));
}

/// What a client of this server must know of it before it asks for more.
Reply server_facts(const ApiParts& parts, const Request& request) {
    const Parameters none(request, {});
    const auto& config = parts.engine.config();
    return json_response(fmt::format(
        R"({{"version":"{}","instance":"{}","scope":"{}","max_upload_bytes":{},"max_pixels":{},"workers":{}}})",
        version, parts.instance, to_string(request.caller.scope), config.server.max_upload_bytes,
        config.server.max_pixels, worker_threads(config)));
}

Reply metrics(const ApiParts& parts, const Request& request) {
    const Parameters none(request, {});
    return Response{.status = 200,
                    .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
                    .body = parts.metrics_text()};
}

Reply description(const Request&) {
    return Response{.status = 200,
                    .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-cache"}},
                    .body = std::string(openapi_document())};
}

} // namespace

std::vector<Route> operation_routes(const ApiParts& parts) {
    return {{.method = "GET",
             .pattern = "/v1/stats",
             .handler = [parts](const Request& request) { return statistics(parts, request); }},
            {.method = "GET",
             .pattern = "/v1/stats/queries",
             .work = Work::Slow, // reads the metrics of years
             .handler = [parts](const Request& request) { return query_months(parts, request); }},
            {.method = "GET",
             .pattern = "/v1/server",
             .handler = [parts](const Request& request) { return server_facts(parts, request); }},
            {.method = "GET",
             .pattern = "/metrics",
             .handler = [parts](const Request& request) { return metrics(parts, request); }},
            {.method = "GET", .pattern = "/openapi.json", .scope = Scope::Open, .handler = description}};
}

} // namespace vitrine::server
