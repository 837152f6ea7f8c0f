#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/message.hpp"

namespace vitrine::server {

/// What a route's work costs: which threads run it.
enum class Work {
    Quick, ///< reads and short writes
    Slow,  ///< decodes pictures, reads files
};

/// What a route reads of a request's body, which is refused before it is read where it is too long.
enum class Body {
    None,   ///< at most a few bytes, which are ignored
    Json,   ///< at most `json_bytes_max`
    Upload, ///< at most the route's upload_bytes_max
    Form,   ///< an upload in a form, with up to `json_bytes_max` of words beside it
};

/// One thing that can be asked for.
struct Route {
    std::string method;
    std::string pattern; ///< "/v1/products/{id}": a {…} stands for one whole segment
    Scope scope = Scope::Read;
    Body body = Body::None;
    Work work = Work::Quick;
    std::int64_t upload_bytes_max = 0; ///< 0: server.max_upload_bytes
    bool spools_body = false;          ///< it may be large: a temporary file takes it as it comes, and not the memory
    bool job_has_key =
        false; ///< its Idempotency-Key goes with the job it makes: it may run again, and makes no second job
    std::function<Reply(const Request&)> handler;
};

/// Finds the route of a request. Immutable once built; safe from any thread.
class Router {
public:
    /// Throws Error(Internal) when two routes have one method and one pattern.
    explicit Router(std::vector<Route> routes);

    struct Found {
        const Route* route;
        std::vector<std::string> captured; ///< in the order of the pattern's {…}
    };
    struct OtherMethods {
        std::vector<std::string> allowed; ///< what the path does have
    };
    struct NoSuchPath {};
    using Match = std::variant<Found, OtherMethods, NoSuchPath>;

    /// A segment that a pattern names goes before one that it captures: /v1/jobs/events is not job "events".
    [[nodiscard]] Match match(std::string_view method, const std::vector<std::string>& segments) const;

    [[nodiscard]] const std::vector<Route>& routes() const noexcept { return routes_; }

private:
    struct Pattern {
        std::vector<std::string> segments; ///< an empty one captures
    };
    [[nodiscard]] static std::optional<std::vector<std::string>> captured(const Pattern& pattern,
                                                                          const std::vector<std::string>& segments);

    std::vector<Route> routes_;
    std::vector<Pattern> patterns_; ///< of the route at the same place
};

} // namespace vitrine::server
