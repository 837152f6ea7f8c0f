#include "client/server_problem.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace vitrine {
namespace {

using Json = nlohmann::json;

constexpr std::array engine_codes{ErrorCode::BadInput,    ErrorCode::TooLarge,      ErrorCode::Unsupported,
                                  ErrorCode::NotFound,    ErrorCode::Conflict,      ErrorCode::Unavailable,
                                  ErrorCode::RateLimited, ErrorCode::TimedOut,      ErrorCode::Cancelled,
                                  ErrorCode::Corrupted,   ErrorCode::Configuration, ErrorCode::Internal};

std::optional<ErrorCode> engine_code(const std::string& name) {
    const auto* const found = std::ranges::find(engine_codes, name, [](ErrorCode code) { return to_string(code); });
    return found == engine_codes.end() ? std::nullopt : std::optional(*found);
}

std::string text_in(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string how_to_give_a_key(const ProblemContext& context) {
    if (!context.key_given) {
        return fmt::format("The server at {} needs an API key: give it in VITRINE_SERVER_API_KEY, or a file that holds "
                           "it with --api-key-file.",
                           context.url);
    }
    return fmt::format("The server at {} does not know this API key; check VITRINE_SERVER_API_KEY, --api-key or "
                       "--api-key-file.",
                       context.url);
}

} // namespace

std::optional<ServerProblem> problem_from(std::string_view body) {
    constexpr std::size_t sentence_bytes_max = 2000;
    constexpr int depth_max = 8;
    const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= depth_max; };
    const auto object = Json::parse(body, shallow, /*allow_exceptions=*/false);
    if (!object.is_object()) return std::nullopt;
    ServerProblem problem{.code = text_in(object, "code"), .detail = text_in(object, "detail")};
    if (problem.code.empty() || problem.detail.empty()) return std::nullopt;
    problem.detail.resize(std::min(problem.detail.size(), sentence_bytes_max));
    return problem;
}

Error error_from(const ServerProblem& problem, const ProblemContext& context) {
    if (problem.code == "unauthorized") return {ErrorCode::Configuration, how_to_give_a_key(context)};
    if (problem.code == "forbidden") {
        return {ErrorCode::Configuration, fmt::format("The server at {}: {}", context.url, problem.detail)};
    }
    if (problem.code == "method_not_allowed") {
        return {ErrorCode::Unsupported,
                fmt::format("The server at {} is of another version, which cannot do this; bring both to the same one.",
                            context.url)};
    }
    const bool under_way = problem.code == "conflict" && context.retry_after;
    const auto code = under_way ? ErrorCode::Unavailable : engine_code(problem.code).value_or(ErrorCode::Unavailable);
    const Error error(code, problem.detail);
    return error.retryable() && context.retry_after ? Error(code, problem.detail, *context.retry_after) : error;
}

} // namespace vitrine
