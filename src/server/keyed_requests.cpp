#include "server/keyed_requests.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "server/multipart.hpp"
#include "server/problem.hpp"

namespace vitrine::server {
namespace {

constexpr int first_refusal = 400;

std::string checked_key(const std::string& key) {
    constexpr std::size_t key_max = 255;
    const bool printable = std::ranges::all_of(key, [](char c) { return c > ' ' && c < '\x7f'; });
    if (key.size() <= key_max && printable) return key;
    throw Error(ErrorCode::BadInput, "The Idempotency-Key must be 1 to 255 printable ASCII characters without spaces.");
}

/// What a form says, whatever its boundary, which most clients choose anew each time they send the same; nothing where
/// it is no form that can be read.
std::optional<std::string> contents_of_form(const Request& request) {
    const auto type = request.header("content-type");
    if (!type.starts_with("multipart/form-data")) return std::nullopt;
    try {
        std::string contents;
        for (const FormPart& part : parse_multipart(request.body_bytes(), boundary_of(type))) {
            contents += fmt::format("{}\n{}\n{}\n{}\n", sha256_hex(part.name), sha256_hex(part.file_name),
                                    sha256_hex(part.media_type), sha256_hex(part.content));
        }
        return contents;
    } catch (const Error&) {
        return std::nullopt; // the handler says what is wrong with it
    }
}

RequestKeys::Request keyed(const Request& request) {
    const auto address = fmt::format("{}\n{}\n", request.method, request.target);
    const auto form = contents_of_form(request);
    const auto body = form ? "multipart/form-data\n" + *form
                           : fmt::format("{}\n{}", request.header("content-type"), sha256_hex(request.body_bytes()));
    return {.caller = request.caller.name,
            .key = checked_key(request.request_key),
            .request_hash = sha256_hex(address + body)};
}

Response replayed(RequestKeys::Answer answer) {
    Response response{.status = answer.status, .headers = std::move(answer.headers), .body = std::move(answer.body)};
    response.headers.emplace_back("Idempotency-Replayed", "true");
    return response;
}

/// One route's handler, run at most once for each key.
class Once {
public:
    Once(RequestKeys& keys, const Route& route)
        : keys_(keys), handler_(route.handler), job_has_key_(route.job_has_key) {}

    Reply operator()(const Request& request) const {
        if (request.request_key.empty()) return handler_(request);
        const auto which = keyed(request);
        auto claim = keys_.claim(which);
        if (std::holds_alternative<request_key_repository::OtherRequest>(claim)) {
            return problem_response(problem::key_reused, "This Idempotency-Key was used for another request.");
        }
        if (job_has_key_) return run_again(request, which); // the queue makes one job of them
        if (auto* answer = std::get_if<RequestKeys::Answer>(&claim)) return replayed(std::move(*answer));
        if (std::holds_alternative<request_key_repository::UnderWay>(claim)) {
            auto response = problem_response("conflict", "The request with this Idempotency-Key is still under way.");
            response.headers.emplace_back("Retry-After", "1");
            return response;
        }
        return run_first(request, which);
    }

private:
    Reply run_first(const Request& request, const RequestKeys::Request& which) const {
        try {
            auto reply = handler_(request);
            const auto* const response = std::get_if<Response>(&reply);
            if (response != nullptr && response->status < first_refusal) {
                keys_.keep(which, {.status = response->status, .headers = response->headers, .body = response->body});
            } else {
                keys_.release(which);
            }
            return reply;
        } catch (...) {
            keys_.release(which);
            throw;
        }
    }

    Reply run_again(const Request& request, const RequestKeys::Request& which) const {
        constexpr int accepted = 202;
        auto reply = handler_(request);
        keys_.keep(which, {.status = accepted, .headers = {}, .body = {}}); // for what it tells of the request alone
        return reply;
    }

    RequestKeys& keys_;
    const std::function<Reply(const Request&)> handler_;
    const bool job_has_key_;
};

} // namespace

std::vector<Route> with_request_keys(std::vector<Route> routes, RequestKeys& keys) {
    for (auto& route : routes) {
        if (route.method == "POST" || route.method == "PUT") route.handler = Once(keys, route);
    }
    return routes;
}

} // namespace vitrine::server
