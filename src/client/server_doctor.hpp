#pragma once

#include <vector>

#include "client/server_address.hpp"
#include "engine/doctor.hpp"

namespace vitrine {

/// Looks at a server from this machine: whether it is there and what it is, what the API key may do, whether its stores
/// answer, what it holds, what its last check found. Its configuration, disk and models are for `vitrine doctor` on its
/// own machine. Changes nothing and never throws for what it looks at: that becomes a check that is not ok.
std::vector<Check> diagnose_server(const ServerAddress& address);

} // namespace vitrine
