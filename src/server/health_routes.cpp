#include <fmt/format.h>

#include "server/answers.hpp"
#include "server/api.hpp"

namespace vitrine::server {
namespace {

/// The process answers: nothing else is asked.
Reply alive(const ApiParts& parts) {
    return json_response(fmt::format(R"({{"status":"ok","instance":"{}"}})", parts.instance));
}

/// The stores answer too; Error(Unavailable) otherwise.
Reply ready(const ApiParts& parts) {
    static_cast<void>(parts.engine.counts());
    return json_response(R"({"status":"ready"})");
}

} // namespace

std::vector<Route> health_routes(const ApiParts& parts) {
    return {{.method = "GET",
             .pattern = "/healthz",
             .scope = Scope::Open,
             .handler = [parts](const Request&) { return alive(parts); }},
            {.method = "GET", .pattern = "/readyz", .scope = Scope::Open, .handler = [parts](const Request&) {
                 return ready(parts);
             }}};
}

} // namespace vitrine::server
