#pragma once

#include <functional>
#include <string>
#include <vector>

#include <vitrine/engine.hpp>

#include "server/job_events.hpp"
#include "server/router.hpp"

namespace vitrine::server {

/// What handlers call. Everything outlives them.
struct ApiParts {
    Engine& engine;
    JobEvents& events;
    std::function<std::string()> metrics_text; ///< what GET /metrics answers
    std::string instance;                      ///< this run of the server, among all there ever were
};

/// Every route of the API, in no order. Each group is in the file of its name, in four steps: parse, reject with the
/// place of the error, validate, call the Engine.
std::vector<Route> api_routes(const ApiParts& parts);

std::vector<Route> product_routes(const ApiParts& parts);
std::vector<Route> product_form_routes(const ApiParts& parts);
std::vector<Route> query_routes(const ApiParts& parts);
std::vector<Route> import_routes(const ApiParts& parts);
std::vector<Route> job_routes(const ApiParts& parts);
std::vector<Route> image_routes(const ApiParts& parts);
std::vector<Route> health_routes(const ApiParts& parts);
std::vector<Route> operation_routes(const ApiParts& parts);
std::vector<Route> maintenance_routes(const ApiParts& parts);
std::vector<Route> reindex_routes(const ApiParts& parts);

} // namespace vitrine::server
