#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <istream>
#include <ostream>
#include <stop_token>
#include <string>
#include <vector>

#include "core/retrieval_metrics.hpp"
#include "engine/catalogue_import.hpp"
#include "engine/shop.hpp"

namespace vitrine {

struct EvaluationOptions {
    std::filesystem::path images_folder; ///< what the column `image` is relative to
    int top = 10;                        ///< how many products a query asks for; the figures see no further
    int queries_in_flight = 0;           ///< 0: one for each worker thread; with more, each waits for the others
    std::size_t errors_kept = 10'000;    ///< further ones are only counted
    bool by_box = false;              ///< each box of a row's column boxes is a query of its own, for the product in it
    std::ostream* evidence = nullptr; ///< takes what spoke for every candidate (evidence_table.hpp); null: not wanted
};

struct EvaluationCounts {
    std::int64_t queries = 0; ///< ended so far: answered + failed
    std::int64_t answered = 0;
    std::int64_t failed = 0;
};

struct Latencies {
    double p50 = 0.0;
    double p95 = 0.0;
    double p99 = 0.0;
};

struct EvaluationReport : EvaluationCounts {
    RetrievalScores scores;       ///< over all queries; one that failed is a miss
    Latencies latency_ms;         ///< of answered queries, from handing in the photo to having the answer
    std::vector<RowError> errors; ///< by line
    std::int64_t errors_left_out = 0;
    bool interrupted = false; ///< stopped before the end: the figures are of what was answered until then
    double seconds = 0.0;
};

/// Measures retrieval on labelled photos: a CSV with the column image and product_ids (`|` between several; any of them
/// is right) or category (any product of it is right). Where a row has both, product_ids decides what is right and
/// category only category_top1; where it has none, the wanted products' own category does. By box
/// (labelled_queries.hpp) what finding the things costs is left out: every product is asked about where it is known to
/// be.
///
/// `progress` is called after each query, one call at a time, from several threads. Throws Error(BadInput) for a header
/// that lacks a column, and what `shop` throws when a store cannot be reached.
EvaluationReport evaluate(Shop& shop, std::istream& csv, const EvaluationOptions& options,
                          const std::function<void(const EvaluationCounts&)>& progress, const std::stop_token& stop);

} // namespace vitrine
