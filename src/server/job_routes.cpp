#include <charconv>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "engine/json_text.hpp"
#include "server/answers.hpp"
#include "server/api.hpp"
#include "server/job_stream.hpp"
#include "server/parameters.hpp"
#include "server/preferences.hpp"
#include "server/waited_job.hpp"

namespace vitrine::server {
namespace {

constexpr int no_content = 204;
constexpr std::int64_t page_default = 50;
constexpr std::int64_t page_max = 1000;

JobId job_id(const Request& request) {
    return {captured_id(request, 0, "job")};
}

JobState state_from(const std::string& name) {
    if (const auto state = job_state_from(name)) return *state;
    throw Error(ErrorCode::BadInput,
                fmt::format("The query parameter 'state' is '{:.80}'; it must be queued, running, succeeded, "
                            "partially_succeeded, failed or cancelled.",
                            name));
}

Reply list(const ApiParts& parts, const Request& request) {
    const Parameters parameters(request, {"state", "kind", "cursor", "limit"});
    JobFilter filter;
    if (const auto state = parameters.text("state")) filter.state = state_from(*state);
    filter.kind = parameters.text("kind").value_or("");
    filter.before = {parameters.whole("cursor", {1, INT64_MAX}).value_or(0)};
    filter.limit = static_cast<int>(parameters.whole("limit", {1, page_max}).value_or(page_default));
    return json_response(jobs_page_json(parts.engine.jobs(filter), filter.limit));
}

Reply show(const ApiParts& parts, const Request& request) {
    const Parameters none(request, {});
    const JobId id = job_id(request);
    const auto detail = require_job(parts.engine, id);
    const auto wait = preferred_wait(request.header("prefer"));
    if (!wait || is_final(detail.job.state)) return json_response(job_json(detail));
    return when_ended_or_after(parts.events, id, *wait,
                               [parts, id] { return json_response(job_json(require_job(parts.engine, id))); });
}

Reply follow(const ApiParts& parts, const Request& request) {
    const Parameters none(request, {});
    const auto job = require_job(parts.engine, job_id(request)).job;
    std::optional<std::int64_t> last_seen;
    if (const auto given = request.header("last-event-id"); !given.empty()) {
        last_seen = whole_number(given, {0, INT64_MAX}, "The header Last-Event-ID");
    }
    // 204 tells an EventSource not to come back (HTML Living Standard, section 9.2.3).
    if (is_final(job.state) && last_seen && *last_seen >= progress_of(job)) {
        return Response{.status = no_content, .headers = {}, .body = {}};
    }
    return job_stream(parts, job.id, last_seen);
}

Reply follow_all(const ApiParts& parts, const Request& request) {
    const Parameters none(request, {});
    return all_jobs_stream(parts);
}

Reply cancel(const ApiParts& parts, const Request& request) {
    const JobId id = job_id(request);
    if (!parts.engine.cancel_job(id)) {
        throw Error(ErrorCode::Conflict, fmt::format("Job {} has ended already.", id.value));
    }
    return json_response(job_json(require_job(parts.engine, id)));
}

Reply retry(const ApiParts& parts, const Request& request) {
    const JobId id = job_id(request);
    parts.engine.retry_job(id);
    return accepted_response(require_job(parts.engine, id).job);
}

} // namespace

std::vector<Route> job_routes(const ApiParts& parts) {
    const auto calling = [parts](Reply (*handler)(const ApiParts&, const Request&)) {
        return [parts, handler](const Request& request) { return handler(parts, request); };
    };
    return {{.method = "GET", .pattern = "/v1/jobs", .handler = calling(list)},
            {.method = "GET", .pattern = "/v1/jobs/{id}", .handler = calling(show)},
            {.method = "GET", .pattern = "/v1/jobs/{id}/events", .handler = calling(follow)},
            {.method = "GET", .pattern = "/v1/jobs/events", .handler = calling(follow_all)},
            {.method = "POST", .pattern = "/v1/jobs/{id}/cancel", .scope = Scope::Write, .handler = calling(cancel)},
            {.method = "POST", .pattern = "/v1/jobs/{id}/retry", .scope = Scope::Write, .handler = calling(retry)}};
}

} // namespace vitrine::server
