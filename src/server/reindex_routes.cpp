#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "lifecycle/run_reports.hpp"
#include "server/answers.hpp"
#include "server/api.hpp"
#include "server/json_object.hpp"
#include "server/parameters.hpp"

namespace vitrine::server {
namespace {

/// What changing the catalogue to another model would take.
Reply estimate(const ApiParts& parts, const Request& request) {
    const Parameters none(request, {});
    return json_response(to_json(parts.engine.reindex_estimate()));
}

std::optional<JobId> start(Engine& engine, const std::string& action) {
    if (action == "switch") return engine.start_reindex();
    if (action == "rollback") return engine.start_reindex_rollback();
    if (action == "drop") return engine.start_reindex_drop();
    throw Error(ErrorCode::BadInput,
                fmt::format("The body's field 'action' is '{:.80}'; it must be switch, rollback or drop.", action));
}

/// 202 with the job, or 200 with the estimate where there is nothing to change.
Reply begin(const ApiParts& parts, const Request& request) {
    const JsonObject body(request.body.empty() ? std::string_view("{}") : std::string_view(request.body), {"action"});
    const auto job = start(parts.engine, body.text("action").value_or("switch"));
    if (!job) return json_response(to_json(parts.engine.reindex_estimate()));
    return accepted_response(require_job(parts.engine, *job).job);
}

} // namespace

std::vector<Route> reindex_routes(const ApiParts& parts) {
    constexpr auto address = "/v1/maintenance/reindex";
    return {{.method = "GET",
             .pattern = address,
             .scope = Scope::Admin,
             .work = Work::Slow, // may ask a model server for its version
             .handler = [parts](const Request& request) { return estimate(parts, request); }},
            {.method = "POST",
             .pattern = address,
             .scope = Scope::Admin,
             .body = Body::Json,
             .work = Work::Slow,
             .handler = [parts](const Request& request) { return begin(parts, request); }}};
}

} // namespace vitrine::server
