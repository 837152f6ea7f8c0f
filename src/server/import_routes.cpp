#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "engine/import_text.hpp"
#include "server/answers.hpp"
#include "server/api.hpp"
#include "server/catalogue_upload.hpp"
#include "server/parameters.hpp"

namespace vitrine::server {
namespace {

constexpr std::int64_t page_default = 100;
constexpr std::int64_t page_max = 1000;

JobId import_id(const Request& request) {
    return {captured_id(request, 0, "import")};
}

[[noreturn]] void refuse_unknown(JobId job) {
    throw Error(ErrorCode::NotFound, fmt::format("There is no import {}.", job.value));
}

ImportRowState state_from(const std::string& name) {
    if (const auto state = import_row_state_from(name)) return *state;
    throw Error(
        ErrorCode::BadInput,
        fmt::format("The query parameter 'state' is '{:.80}'; it must be waiting, indexing, indexed, unchanged, "
                    "failed or cancelled.",
                    name));
}

Reply start(const ApiParts& parts, const Request& request) {
    const Parameters none(request, {});
    const auto upload = catalogue_in(request);
    ImportRequest import{.upload = upload.bytes, .is_archive = upload.is_archive};
    if (!request.request_key.empty()) import.request_key = request.caller.name + ' ' + request.request_key;
    return accepted_response(require_job(parts.engine, parts.engine.start_import(import)).job);
}

Reply show(const ApiParts& parts, const Request& request) {
    const Parameters none(request, {});
    const auto import = parts.engine.import_overview(import_id(request));
    if (!import) refuse_unknown(import_id(request));
    return json_response(import_overview_json(*import));
}

Reply rows(const ApiParts& parts, const Request& request) {
    const Parameters parameters(request, {"state", "cursor", "limit"});
    ImportRowFilter filter;
    if (const auto state = parameters.text("state")) filter.state = state_from(*state);
    filter.after = parameters.whole("cursor", {0, INT64_MAX}).value_or(0);
    filter.limit = static_cast<int>(parameters.whole("limit", {1, page_max}).value_or(page_default));
    const auto page = parts.engine.import_rows(import_id(request), filter);
    if (!page) refuse_unknown(import_id(request));
    return json_response(import_rows_json(*page, filter.limit));
}

} // namespace

std::vector<Route> import_routes(const ApiParts& parts) {
    const auto calling = [parts](Reply (*handler)(const ApiParts&, const Request&)) {
        return [parts, handler](const Request& request) { return handler(parts, request); };
    };
    return {{.method = "POST",
             .pattern = "/v1/imports",
             .scope = Scope::Write,
             .body = Body::Upload,
             .work = Work::Slow,
             .upload_bytes_max = parts.engine.config().imports.max_upload_bytes,
             .spools_body = true,
             .job_has_key = true,
             .handler = calling(start)},
            {.method = "GET", .pattern = "/v1/imports/{job_id}", .handler = calling(show)},
            {.method = "GET", .pattern = "/v1/imports/{job_id}/rows", .handler = calling(rows)}};
}

} // namespace vitrine::server
