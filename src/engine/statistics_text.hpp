#pragma once

#include <string>

#include <vitrine/engine.hpp>

namespace vitrine {

/// What the HTTP API answers when it is asked how the work goes: one JSON document.
std::string statistics_json(const Statistics& statistics, const EngineCounts& counts, const Config& config);

} // namespace vitrine
