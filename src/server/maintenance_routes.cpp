#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "engine/json_text.hpp"
#include "lifecycle/run_reports.hpp"
#include "server/answers.hpp"
#include "server/api.hpp"
#include "server/json_object.hpp"
#include "server/parameters.hpp"

namespace vitrine::server {
namespace {

constexpr std::int64_t days_max = 36'500;
constexpr std::int64_t runs_default = 20;
constexpr std::int64_t runs_max = 1000;

/// An empty body asks for what is usual.
std::string_view body_or_nothing(const Request& request) {
    return request.body.empty() ? std::string_view("{}") : std::string_view(request.body);
}

Reply check(const ApiParts& parts, const Request& request) {
    const JsonObject body(body_or_nothing(request), {"repair", "hash_files"});
    CheckOptions options;
    options.repair = body.flag("repair").value_or(false);
    options.hash_files = body.flag("hash_files").value_or(false);
    return accepted_response(require_job(parts.engine, parts.engine.start_check(options)).job);
}

Reply clean_up(const ApiParts& parts, const Request& request) {
    const JsonObject body(body_or_nothing(request), {"dry_run", "older_than_days"});
    CleanupOptions options;
    options.dry_run = body.flag("dry_run").value_or(false);
    if (const auto days = body.whole("older_than_days")) {
        if (*days < 0 || *days > days_max) {
            throw Error(
                ErrorCode::BadInput,
                fmt::format("The body's field 'older_than_days' is {}; it must be from 0 to {}.", *days, days_max));
        }
        options.older_than_days = static_cast<int>(*days);
    }
    if (options.dry_run) return json_response(to_json(parts.engine.cleanup(options)));
    return accepted_response(require_job(parts.engine, parts.engine.start_cleanup(options)).job);
}

Reply runs(const ApiParts& parts, const Request& request) {
    const Parameters parameters(request, {"kind", "limit"});
    const auto limit = static_cast<int>(parameters.whole("limit", {1, runs_max}).value_or(runs_default));
    const auto kind = parameters.text("kind").value_or("");
    return json_response(
        lifecycle_runs_json(parts.engine.lifecycle_runs(kind, limit), parts.engine.next_scheduled_run()));
}

} // namespace

std::vector<Route> maintenance_routes(const ApiParts& parts) {
    const auto calling = [parts](Reply (*handler)(const ApiParts&, const Request&)) {
        return [parts, handler](const Request& request) { return handler(parts, request); };
    };
    return {{.method = "POST",
             .pattern = "/v1/maintenance/check",
             .scope = Scope::Admin,
             .body = Body::Json,
             .handler = calling(check)},
            {.method = "POST",
             .pattern = "/v1/maintenance/cleanup",
             .scope = Scope::Admin,
             .body = Body::Json,
             .handler = calling(clean_up)},
            {.method = "GET", .pattern = "/v1/maintenance/runs", .handler = calling(runs)}};
}

} // namespace vitrine::server
