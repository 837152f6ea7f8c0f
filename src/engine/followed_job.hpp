#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include <vitrine/engine.hpp>

namespace vitrine {

/// Waits until the job has ended; its final state, or nothing once `stop` is requested. Throws Error(NotFound).
std::optional<JobState> follow(Engine& engine, JobId job, const std::stop_token& stop);

/// One sentence on why an ended job did not succeed: its own errors.
std::string why_not_succeeded(Engine& engine, JobId job);

} // namespace vitrine
