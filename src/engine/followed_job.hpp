#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "engine/shop.hpp"

namespace vitrine {

/// Waits until the job has ended; its final state, or nothing once `stop` is requested. Throws Error(NotFound).
std::optional<JobState> follow(Shop& shop, JobId job, const std::stop_token& stop);

/// One sentence on why an ended job did not succeed: its own errors.
std::string why_not_succeeded(Shop& shop, JobId job);

} // namespace vitrine
