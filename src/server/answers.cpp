#include "server/answers.hpp"

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "engine/json_text.hpp"
#include "http/percent.hpp"

namespace vitrine::server {

Response json_response(std::string document, int status) {
    return {.status = status,
            .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
            .body = std::move(document)};
}

Response accepted_response(const Job& job) {
    constexpr int accepted = 202;
    auto response = json_response(fmt::format(R"({{"job":{}}})", job_summary_json(job)), accepted);
    response.headers.emplace_back("Location", fmt::format("/v1/jobs/{}", job.id.value));
    return response;
}

JobDetail require_job(Engine& engine, JobId id) {
    auto detail = engine.job(id);
    if (!detail) throw Error(ErrorCode::NotFound, fmt::format("There is no job {}.", id.value));
    return std::move(*detail);
}

std::string address_segment(const std::string& text) {
    return percent_encode(text);
}

} // namespace vitrine::server
