#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <vitrine/config.hpp>

#include "server/api_keys.hpp"
#include "server/key_attempts.hpp"
#include "server/message.hpp"
#include "server/rate_limit.hpp"
#include "server/router.hpp"

namespace vitrine::server {

/// What stands between the wire and the handlers: which route, who asks, may it, how much may come. Protocol-free. Safe
/// from any thread.
class Front {
public:
    /// `server` says which keys, limits and origins; `is_local`: it listens on a loopback address alone.
    Front(const Config::Server& server, bool is_local, Router router);

    /// A request that may go on, once its body is there.
    struct Admitted {
        const Route* route;
        Request request;              ///< without its body
        std::uint64_t body_bytes_max; ///< more is refused before it is read
    };

    /// Looks at a request of which only the head is there; `body_bytes` as the head says it, if it does.
    [[nodiscard]] std::variant<Response, Admitted> admit(Request head, std::optional<std::uint64_t> body_bytes);

    /// Runs the handler; never throws. Takes as long as the handler does.
    [[nodiscard]] Reply handle(const Route& route, const Request& request) const;

    /// What every answer to this request says besides: nosniff, and the origin that may read it.
    void add_common_headers(const Request& request, Response& response) const;

    [[nodiscard]] const Router& router() const noexcept { return router_; }

private:
    [[nodiscard]] std::optional<Response> refusal_of_origin(const Request& head) const;
    [[nodiscard]] bool is_allowed_origin(std::string_view origin) const;
    [[nodiscard]] Response preflight(const Request& head, const std::vector<std::string>& allowed) const;
    [[nodiscard]] std::optional<Response> name_caller(Request& head, Scope needed);
    [[nodiscard]] std::uint64_t body_limit(const Route& route) const;

    const Config::Server server_;
    const bool is_local_;
    const Router router_;
    const ApiKeys keys_;
    RateLimit limit_;
    KeyAttempts attempts_;
};

} // namespace vitrine::server
