#include "ml/model_server.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "core/not_its_turn.hpp"
#include "http/ascii.hpp"
#include "http/http_target.hpp"
#include "ml/json_reading.hpp"

namespace vitrine {
namespace {

constexpr std::size_t connections_kept_max = 64;
constexpr int patience_with_first_call = 4; // times the usual
constexpr Milliseconds loading_max{600'000};
constexpr Milliseconds look_again_while_loading{1'000};

std::string without_last_slash(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
}

std::string name_of_url(const std::string& url) {
    const auto target = parse_target(url);
    return without_last_slash(target.host + target.path);
}

Timestamp wall_clock() {
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

std::int64_t steady_ms() {
    return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The server's own message in an error's body, in the forms of FastAPI, OpenAI, Triton, Ollama and problem+json.
std::string complaint_in(const std::string& body) {
    const auto document = Json::parse(body, nullptr, false);
    if (!document.is_object()) return document.is_discarded() ? body : std::string();
    for (const char* const name : {"error", "detail", "message"}) {
        const auto found = document.find(name);
        if (found == document.end()) continue;
        if (found->is_string()) return found->get<std::string>();
        if (!found->is_object()) continue;
        const auto message = found->find("message");
        if (message != found->end() && message->is_string()) return message->get<std::string>();
    }
    return {};
}

} // namespace

ModelServer::ModelServer(ModelServerOptions options)
    : options_(std::move(options)), name_(name_of_url(options_.url)),
      words_({.server = fmt::format("The model server {}", name_),
              .url_key = options_.section + ".url",
              .key_key = options_.section + ".api_key"}),
      http_(connections_kept_max) {}

HttpRequest ModelServer::request_for(const Question& question) const {
    HttpRequest request;
    request.method = question.method;
    request.url = without_last_slash(options_.url) + question.path;
    request.headers = question.headers;
    if (!options_.api_key.empty()) request.headers.emplace_back("authorization", "Bearer " + options_.api_key);
    if (question.body) request.body = *question.body;
    request.limits.deadline = options_.timeout * (warm_ ? 1 : patience_with_first_call);
    request.limits.stall = request.limits.deadline;
    request.limits.connect = std::min(options_.timeout, request.limits.connect);
    request.limits.response_bytes = options_.answer_bytes;
    request.stop = options_.stop;
    return request;
}

void ModelServer::begin(Sending& sending) noexcept {
    try {
        sending.begun.emplace(http_.begin(sending.request));
    } catch (...) {
        sending.fault = std::current_exception();
    }
}

HttpResponse ModelServer::answer_to(Sending& sending) {
    const auto& request = sending.request;
    auto response = sent(sending);
    if (!response.ok()) {
        const auto complaint = complaint_in(response.body);
        throw_if_loading(response, complaint);
        throw status_error(request, response, words_, complaint, wall_clock());
    }
    warm_ = true;
    loading_since_ = 0;
    return response;
}

/// The HTTP client speaks of a request; a person is told which part of the program needs it.
HttpResponse ModelServer::sent(Sending& sending) {
    try {
        if (!sending.begun && !sending.fault) begin(sending);
        if (sending.fault) std::rethrow_exception(sending.fault);
        return sending.begun->end();
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Cancelled) {
            throw NotItsTurn(ErrorCode::Unavailable, "The program ended before the model server had answered.");
        }
        if (!error.retryable()) throw;
        warm_ = error.code() == ErrorCode::TimedOut; // one long wait is enough
        throw Error(error.code(),
                    fmt::format("{} ({}) is unavailable: {}", words_.server, words_.url_key, error.what()));
    }
}

void ModelServer::throw_if_loading(const HttpResponse& response, const std::string& complaint) {
    if (response.status != 503 || ascii_lower_case(complaint).find("loading") == std::string::npos) return;
    std::int64_t none = 0;
    loading_since_.compare_exchange_strong(none, steady_ms());
    if (steady_ms() - loading_since_ > loading_max.count()) return;
    warm_ = false;
    throw NotItsTurn(ErrorCode::Unavailable, fmt::format("{} is loading its model.", words_.server),
                     look_again_while_loading);
}

Error ModelServer::misunderstood(const std::string& path, const HttpResponse& response, const Error& why) const {
    if (why.code() == ErrorCode::Unavailable) {
        HttpRequest request;
        request.method = HttpMethod::Post;
        request.url = without_last_slash(options_.url) + path;
        return not_what_was_asked(request, response, words_, why.what());
    }
    return {why.code(), fmt::format("{} ({}) answered what cannot be used: {}; nothing of it was stored.",
                                    words_.server, words_.url_key, why.what())};
}

} // namespace vitrine
