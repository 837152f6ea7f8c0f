#pragma once

#include <string>

#include <vitrine/engine.hpp>

namespace vitrine {

/// What the HTTP API answers when it is asked how the work goes: one JSON document.
std::string statistics_json(const Statistics& statistics, const EngineCounts& counts, const Config& config);

/// And what it answers when it is asked what was asked, by month.
std::string query_months_json(const std::vector<QueryMonth>& months);

} // namespace vitrine
