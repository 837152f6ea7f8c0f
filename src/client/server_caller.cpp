#include "client/server_caller.hpp"

#include <condition_variable>
#include <mutex>
#include <random>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "client/server_problem.hpp"
#include "http/http_target.hpp"
#include "http/retries.hpp"
#include "http/retry_after.hpp"
#include "http/server_answer.hpp"

namespace vitrine {
namespace {

const ServerWords& words() {
    static const ServerWords words{
        .server = "The server", .url_key = "--server (server.url)", .key_key = "VITRINE_SERVER_API_KEY"};
    return words;
}

/// The wait before the call is made once more; nothing when it is not.
std::optional<Milliseconds> wait_before_next(int attempts, const Error& error) {
    // A server that says nothing for so long will not do better at once: whoever has time to wait asks again.
    if (error.code() == ErrorCode::TimedOut) return std::nullopt;
    return wait_before_retry(Retries{}, attempts, error);
}

void sleep(Milliseconds time) {
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, time, [] { return false; });
}

/// Calls until it returns; `call` is told how often it was made before.
template <class Call>
auto patiently(const Call& call) {
    for (int attempts = 1;; ++attempts) {
        std::optional<Milliseconds> wait;
        try {
            return call(attempts - 1);
        } catch (const Error& error) {
            wait = wait_before_next(attempts, error);
            if (!wait) throw;
        }
        sleep(*wait);
    }
}

} // namespace

ServerAnswer ServerCaller::ask(const ServerCall& call) {
    return patiently([&](int) { return ask_once(call); });
}

std::optional<ServerAnswer> ServerCaller::find(const ServerCall& call) {
    try {
        return ask(call);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::NotFound) return std::nullopt;
        throw;
    }
}

bool ServerCaller::remove(const std::string& path) {
    return patiently([&](int made_before) {
        try {
            ask_once({.method = HttpMethod::Delete, .path = path});
            return true;
        } catch (const Error& error) {
            if (error.code() == ErrorCode::NotFound) return made_before > 0;
            throw;
        }
    });
}

HttpRequest ServerCaller::request_for(const ServerCall& call) const {
    HttpRequest request{.method = call.method, .url = address_.url + call.path};
    if (!address_.api_key.empty()) request.headers.emplace_back("Authorization", "Bearer " + address_.api_key);
    if (!call.content_type.empty()) request.headers.emplace_back("Content-Type", call.content_type);
    if (!call.request_key.empty()) request.headers.emplace_back("Idempotency-Key", call.request_key);
    if (call.wait.count() > 0) request.headers.emplace_back("Prefer", fmt::format("wait={}", call.wait.count()));
    if (!call.body.empty()) request.body = call.body;
    request.limits.deadline = Milliseconds(0); // a large picture may take its time, as long as bytes move
    request.limits.stall = address_.timeout + call.wait;
    request.limits.response_bytes = 64ULL << 20; // a thousand products with all their words
    return request;
}

ServerAnswer ServerCaller::ask_once(const ServerCall& call) {
    constexpr int no_content = 204;
    const auto request = request_for(call);
    auto response = client_.send(request);
    if (!response.ok()) throw error_of(request, response);
    const bool is_json = response.header("content-type").starts_with("application/json");
    if (!is_json && response.status != no_content) throw not_what_was_asked(request, response, words(), "JSON");
    return {.status = response.status, .body = std::move(response.body)};
}

Error ServerCaller::error_of(const HttpRequest& request, const HttpResponse& response) const {
    constexpr int not_found = 404;
    const auto now = SystemClock().now();
    if (const auto problem = problem_from(response.body)) {
        return error_from(*problem, {.url = address_.url,
                                     .key_given = !address_.api_key.empty(),
                                     .retry_after = parse_retry_after(response.header("retry-after"), now)});
    }
    if (response.status == not_found) return not_what_was_asked(request, response, words(), "what Vitrine answers");
    return status_error(request, response, words(), {}, now);
}

void ServerCaller::refuse(const ServerCall& call, const Error& why) const {
    const auto name = name_of({.method = call.method, .url = address_.url + call.path});
    throw Error(ErrorCode::Unavailable,
                fmt::format("What answered {} is not understood ({}); check that a Vitrine of the same version serves "
                            "there.",
                            name, why.what()));
}

std::string new_request_key() {
    std::random_device random;
    return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

} // namespace vitrine
