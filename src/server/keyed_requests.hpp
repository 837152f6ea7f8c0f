#pragma once

#include <vector>

#include "engine/request_keys.hpp"
#include "server/router.hpp"

namespace vitrine::server {

/// The same routes, whose POSTs obey Idempotency-Key: a request that succeeded once is answered again with what it was
/// answered then (`Idempotency-Replayed: true`), and not run again, for a day, also after a restart. Another request
/// under the same key is refused with 422, one that is still under way with 409. What was refused did nothing, and may
/// be sent again under its key. `keys` outlives the routes.
std::vector<Route> with_request_keys(std::vector<Route> routes, RequestKeys& keys);

} // namespace vitrine::server
