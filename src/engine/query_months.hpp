#pragma once

#include <vector>

#include <vitrine/statistics.hpp>

#include "storage/database.hpp"

namespace vitrine {

/// As Engine::query_months. Reads the metrics of one month after the other, and the durations of one at a time.
std::vector<QueryMonth> query_months_of(Database& database, Timestamp now, int months);

} // namespace vitrine
