#include "server/waited_query.hpp"

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "engine/json_text.hpp"
#include "server/answers.hpp"
#include "server/waited_job.hpp"

namespace vitrine::server {

Response query_response(Engine& engine, JobId id) {
    const auto detail = engine.job(id);
    if (!detail || detail->job.kind != "query") {
        throw Error(ErrorCode::NotFound, fmt::format("There is no query {}.", id.value));
    }
    if (!is_final(detail->job.state)) return accepted_response(detail->job);
    return json_response(search_json(detail->job, engine.query_answer(id).value_or(QueryAnswer{})));
}

Later query_response_within(const ApiParts& parts, JobId job, std::chrono::seconds wait) {
    return when_ended_or_after(parts.events, job, wait, [parts, job] { return query_response(parts.engine, job); });
}

} // namespace vitrine::server
