#pragma once

#include <vitrine/statistics.hpp>

#include "storage/database.hpp"

namespace vitrine {

/// As Engine::ended_jobs.
std::vector<Job> ended_jobs(Database& database, Timestamp since);

/// As Engine::statistics.
Statistics statistics_of(Database& database, Timestamp now);

} // namespace vitrine
