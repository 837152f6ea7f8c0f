#include "server/api.hpp"

#include <iterator>

namespace vitrine::server {

std::vector<Route> api_routes(const ApiParts& parts) {
    std::vector<Route> all;
    for (const auto group : {product_routes, product_form_routes, query_routes, job_routes, image_routes, health_routes,
                             operation_routes, maintenance_routes, reindex_routes, import_routes}) {
        auto routes = group(parts);
        std::ranges::move(routes, std::back_inserter(all));
    }
    return all;
}

} // namespace vitrine::server
