#pragma once

#include <optional>

#include <vitrine/results.hpp>

#include "storage/database.hpp"

namespace vitrine::indexing_result_repository {

/// Stores the outcome of one indexing job; a job that is run again replaces its own.
void save(Transaction& tx, const IndexingResult& result);

[[nodiscard]] std::optional<IndexingResult> find(Transaction& tx, JobId job);

/// The product's newest outcome.
[[nodiscard]] std::optional<IndexingResult> newest_of(Transaction& tx, ProductId product);

} // namespace vitrine::indexing_result_repository
