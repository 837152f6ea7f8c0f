#include "server/front.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vitrine/error.hpp>
#include <vitrine/time.hpp>

#include "server/page.hpp"
#include "server/problem.hpp"
#include "server/target.hpp"

namespace vitrine::server {
namespace {

constexpr std::uint64_t json_bytes_max = 1 << 20;
constexpr std::uint64_t ignored_bytes_max = 64 << 10;

/// What follows "Bearer "; nothing for another scheme (RFC 6750).
std::optional<std::string_view> bearer_secret(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; };
    if (authorization.size() <= scheme.size()) return std::nullopt;
    if (!std::ranges::equal(authorization.substr(0, scheme.size()), scheme, {}, lower)) return std::nullopt;
    return authorization.substr(scheme.size());
}

/// The host of a Host header or of an origin, without its port.
std::string_view without_port(std::string_view host) {
    if (host.starts_with('[')) return host.substr(0, std::min(host.find(']'), host.size() - 1) + 1);
    return host.substr(0, host.find(':'));
}

bool is_loopback_name(std::string_view host) {
    return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

Response unauthorized(std::string_view sentence) {
    auto response = problem_response(problem::unauthorized, sentence);
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
}

} // namespace

Front::Front(const Config::Server& server, bool is_local, Router router)
    : server_(server), is_local_(is_local), router_(std::move(router)), keys_(server.api_keys),
      limit_(server.requests_per_second, server.burst) {}

std::variant<Response, Front::Admitted> Front::admit(Request head, std::optional<std::uint64_t> body_bytes) {
    try {
        if (auto refused = refusal_of_origin(head)) return std::move(*refused);
        auto target = parse_target(head.target);
        head.segments = std::move(target.segments);
        head.query = std::move(target.query);
        auto match = router_.match(head.method, head.segments);
        if (std::holds_alternative<Router::NoSuchPath>(match)) {
            if (auto file = head.method == "GET" ? page_response(head) : std::nullopt) return std::move(*file);
            return problem_response("not_found", "This address is not served; /openapi.json describes those that are.");
        }
        if (const auto* other = std::get_if<Router::OtherMethods>(&match)) return preflight(head, other->allowed);
        auto& found = std::get<Router::Found>(match);
        if (auto refused = name_caller(head, found.route->scope)) return std::move(*refused);
        if (const auto wait = limit_.refuse(head.caller.name, SystemClock().now())) {
            throw Error(ErrorCode::RateLimited, "This caller asks too often (server.requests_per_second); slow down.",
                        *wait);
        }
        const auto limit = body_limit(*found.route);
        if (body_bytes.value_or(0) > limit) {
            throw Error(ErrorCode::TooLarge,
                        fmt::format("The body has {} bytes; at most {} are read here.", *body_bytes, limit));
        }
        head.captured = std::move(found.captured);
        head.request_key = std::string(head.header("idempotency-key"));
        return Admitted{.route = found.route, .request = std::move(head), .body_bytes_max = limit};
    } catch (...) {
        return problem_of_current_exception();
    }
}

Reply Front::handle(const Route& route, const Request& request) const {
    try {
        return route.handler(request);
    } catch (...) {
        return problem_of_current_exception();
    }
}

void Front::add_common_headers(const Request& request, Response& response) const {
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    const auto origin = request.header("origin");
    if (server_.cors_origins.empty() || origin.empty()) return;
    response.headers.emplace_back("Vary", "Origin");
    if (!is_allowed_origin(origin)) return;
    response.headers.emplace_back("Access-Control-Allow-Origin", origin);
    response.headers.emplace_back("Access-Control-Expose-Headers", "Location, ETag, Retry-After, Preference-Applied");
}

/// A page of another site must not act through its visitor's browser, nor reach a server without keys under a name that
/// it made point here (DNS rebinding).
std::optional<Response> Front::refusal_of_origin(const Request& head) const {
    const auto host = head.header("host");
    if (is_local_ && keys_.empty() && !host.empty() && !is_loopback_name(without_port(host))) {
        return problem_response(problem::forbidden,
                                "This server is for this machine alone: ask it as localhost, or set server.api_keys.");
    }
    const auto origin = head.header("origin");
    if (origin.empty() || head.method == "GET" || is_allowed_origin(origin)) return std::nullopt;
    const auto scheme_end = origin.find("://");
    if (scheme_end != std::string_view::npos && origin.substr(scheme_end + 3) == host) return std::nullopt;
    return problem_response(problem::forbidden,
                            "Pages of this origin may not change anything here (server.cors_origins).");
}

bool Front::is_allowed_origin(std::string_view origin) const {
    return std::ranges::find(server_.cors_origins, origin) != server_.cors_origins.end();
}

Response Front::preflight(const Request& head, const std::vector<std::string>& allowed) const {
    const auto methods = fmt::format("{}", fmt::join(allowed, ", "));
    if (head.method == "OPTIONS") {
        Response response{.status = 204, .headers = {{"Allow", methods}}, .body = {}};
        if (is_allowed_origin(head.header("origin"))) {
            response.headers.emplace_back("Access-Control-Allow-Methods", methods);
            response.headers.emplace_back("Access-Control-Allow-Headers",
                                          "Authorization, Content-Type, Idempotency-Key, Prefer, Last-Event-ID");
            response.headers.emplace_back("Access-Control-Max-Age", "600");
        }
        return response;
    }
    auto response =
        problem_response(problem::method_not_allowed, fmt::format("This address has the methods {} alone.", methods));
    response.headers.emplace_back("Allow", methods);
    return response;
}

std::optional<Response> Front::name_caller(Request& head, Scope needed) {
    head.caller = {.name = head.address, .scope = keys_.empty() ? Scope::Admin : Scope::Open};
    const auto authorization = head.header("authorization");
    if (!keys_.empty() && !authorization.empty()) {
        const auto secret = bearer_secret(authorization);
        auto caller = secret ? keys_.caller_of(*secret) : std::nullopt;
        if (needed != Scope::Open) {
            if (const auto wait = attempts_.refuse(head.address, caller, SystemClock().now())) {
                throw Error(ErrorCode::RateLimited,
                            "Too many API keys that are not known here came from this address; wait.", *wait);
            }
        }
        if (!caller && needed != Scope::Open) return unauthorized("This API key is not known here.");
        if (caller) head.caller = std::move(*caller);
    }
    if (head.caller.scope >= needed) return std::nullopt;
    if (authorization.empty()) return unauthorized("Send an API key: Authorization: Bearer KEY.");
    return problem_response(problem::forbidden, fmt::format("This API key has the scope {}; {} is needed here.",
                                                            to_string(head.caller.scope), to_string(needed)));
}

std::uint64_t Front::body_limit(const Route& route) const {
    // A form is a little longer than the picture in it.
    constexpr std::uint64_t form_bytes = 16 << 10;
    switch (route.body) {
    case Body::None: return ignored_bytes_max;
    case Body::Json: return json_bytes_max;
    case Body::Upload:
        return static_cast<std::uint64_t>(route.upload_bytes_max > 0 ? route.upload_bytes_max
                                                                     : server_.max_upload_bytes) +
               form_bytes;
    case Body::Form: return static_cast<std::uint64_t>(server_.max_upload_bytes) + form_bytes + json_bytes_max;
    }
    return ignored_bytes_max;
}

} // namespace vitrine::server
