#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/engine.hpp>

#include "engine/shop.hpp"

// What a server's documents say (engine/json_text.hpp writes them), as the values of the library. The bytes may be
// anybody's: each function throws Error(BadInput) with a clause for what is no such document ("it has no text 'name'"),
// and nothing else. What a document does not tell keeps its default: rows' keys that only the database knows.

namespace vitrine::api_answers {

/// GET /v1/server.
struct ServerFacts {
    std::string version, instance, scope;
    std::int64_t max_upload_bytes = 0;
    int workers = 1;
};
ServerFacts server_facts_from(const std::string& json);

/// The `instance` of GET /healthz; empty where it tells none, as earlier versions.
std::string instance_from(const std::string& json);

AddedProduct added_product_from(const std::string& json);
ProductPage product_page_from(const std::string& json);
ProductDetail product_detail_from(const std::string& json);

/// The `counts` of GET /v1/stats.
EngineCounts counts_from(const std::string& json);

/// The job of an answer 202.
JobId accepted_job_from(const std::string& json);
std::vector<Job> jobs_from(const std::string& json);
JobDetail job_detail_from(const std::string& json);

/// A query's answer; nothing when it ended without one.
std::optional<QueryAnswer> query_answer_from(const std::string& json);

/// Products that look like another one.
std::vector<QueryResult> similar_products_from(const std::string& json);

std::vector<LifecycleRun> lifecycle_runs_from(const std::string& json);
CheckReport check_report_from(const std::string& json);
CleanupReport cleanup_report_from(const std::string& json);
ReindexEstimate reindex_estimate_from(const std::string& json);

} // namespace vitrine::api_answers
