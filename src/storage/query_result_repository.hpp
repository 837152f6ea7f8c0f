#pragma once

#include <optional>
#include <vector>

#include <vitrine/results.hpp>

#include "core/ranking.hpp"
#include "storage/database.hpp"

namespace vitrine::query_result_repository {

// What is saved of a job that is run again (`again`) replaces what was saved of it before.

/// Stores what each crop matched.
void save_crops(Transaction& tx, JobId job, const std::vector<CropMatches>& crops, bool again);

[[nodiscard]] std::vector<CropMatches> crops_of(Transaction& tx, JobId job);

/// Stores the ranked products. A product that was deleted meanwhile is left out.
void save_results(Transaction& tx, JobId job, const std::vector<QueryResult>& results, bool again);

/// The ranked products, best first, with the products' present names and the crops' boxes.
[[nodiscard]] std::vector<QueryResult> results_of(Transaction& tx, JobId job);

/// Stores what is kept for good.
void save_metrics(Transaction& tx, const QueryMetrics& metrics, bool again);

[[nodiscard]] std::optional<QueryMetrics> metrics_of(Transaction& tx, JobId job);

} // namespace vitrine::query_result_repository
