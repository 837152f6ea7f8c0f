#include "server/problem.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace vitrine::server {
namespace {

constexpr int internal_error = 500;

std::string retry_after_seconds(std::chrono::milliseconds wait) {
    return std::to_string(std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(wait).count()));
}

const ProblemKind& kind_of_code(std::string_view code) {
    const auto& kinds = problem_kinds();
    const auto found = std::ranges::find(kinds, code, &ProblemKind::code);
    return found == kinds.end() ? kinds.front() : *found;
}

} // namespace

const std::vector<ProblemKind>& problem_kinds() {
    static const std::vector<ProblemKind> kinds{
        {"internal", internal_error, "A fault of the server"},
        {"bad_input", 400, "The request cannot be understood"},
        {"too_large", 413, "Over a limit of size"},
        {"unsupported", 415, "This kind of content is not handled"},
        {"not_found", 404, "There is no such thing"},
        {"conflict", 409, "The present state does not allow it"},
        {"unavailable", 503, "Cannot be served now"},
        {"rate_limited", 429, "Too many requests"},
        {"timed_out", 504, "A time limit passed"},
        {"cancelled", 409, "It was cancelled"},
        {"corrupted", internal_error, "Stored data is damaged"},
        {"configuration", internal_error, "The server is configured wrongly"},
        {problem::unauthorized, 401, "An API key is needed"},
        {problem::forbidden, 403, "This API key may not do that"},
        {problem::method_not_allowed, 405, "The address does not have this method"},
        {problem::key_reused, 422, "The idempotency key belongs to another request"},
        {problem::headers_too_large, 431, "The request's headers are too large"},
    };
    return kinds;
}

Response problem_response(std::string_view code, std::string_view detail) {
    const auto& kind = kind_of_code(code);
    const nlohmann::ordered_json body{{"type", fmt::format("urn:vitrine:problem:{}", kind.code)},
                                      {"title", kind.title},
                                      {"status", kind.status},
                                      {"detail", detail},
                                      {"code", kind.code}};
    return {.status = kind.status,
            .headers = {{"Content-Type", "application/problem+json"}, {"Cache-Control", "no-store"}},
            .body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
}

Response problem_response(const Error& error) {
    auto response = problem_response(to_string(error.code()), error.what());
    if (error.retry_after()) {
        response.headers.emplace_back("Retry-After", retry_after_seconds(*error.retry_after()));
    } else if (error.code() == ErrorCode::Unavailable) {
        response.headers.emplace_back("Retry-After", "1");
    }
    return response;
}

Response problem_of_current_exception() {
    try {
        throw;
    } catch (const Error& error) {
        return problem_response(error);
    } catch (const std::bad_alloc&) {
        return problem_response("unavailable", "The server is short of memory; try again later.");
    } catch (const std::exception&) {
        return problem_response("internal", "The server met a fault of its own; its log says more.");
    }
}

} // namespace vitrine::server
