#pragma once

#include <string>
#include <vector>

#include <vitrine/engine.hpp>
#include <vitrine/error.hpp>

#include "engine/catalogue_import.hpp"
#include "engine/doctor.hpp"
#include "engine/evaluation.hpp"

// What `--json` prints and the HTTP API answers: one document each, its keys in the order of the contract. Text from
// outside that is not UTF-8 shows U+FFFD where it is not.

namespace vitrine {

std::string error_json(const Error& error);
std::string import_json(const ImportReport& report);
std::string evaluation_json(const EvaluationReport& report);

std::string search_json(const Job& job, const QueryAnswer& answer);

/// Products that look like an indexed one.
std::string similar_json(const std::vector<QueryResult>& products);

std::string points_json(const std::vector<PointPair>& points);
std::string added_json(const AddedProduct& added, const std::optional<Job>& job,
                       const std::optional<ProductDetail>& now);

/// What became of a product that was handed in with its picture, and the job that works on it.
std::string accepted_product_json(const AddedProduct& added, const std::optional<Job>& job);

std::string products_json(const std::vector<Product>& products);
std::string product_json(const ProductDetail& detail);

std::string categories_json(const std::vector<CategoryCount>& categories);
std::string attributes_json(const AttributeTexts& names);
std::string attribute_values_json(const std::string& name, const AttributeTexts& values);

std::string image_json(const Image& image);
std::string removed_json(const std::string& product_id);

std::string jobs_json(const std::vector<Job>& jobs);
std::string jobs_page_json(const std::vector<Job>& jobs, int limit);
std::string job_summary_json(const Job& job); ///< without its tasks
std::string job_json(const JobDetail& detail);

/// The newest runs first; `next` is when one comes by itself.
std::string lifecycle_runs_json(const std::vector<LifecycleRun>& runs, const std::optional<Timestamp>& next);

std::string checks_json(const std::vector<Check>& checks);

} // namespace vitrine
