#pragma once

#include <string>
#include <vector>

#include <vitrine/engine.hpp>
#include <vitrine/error.hpp>

#include "engine/catalogue_import.hpp"
#include "engine/doctor.hpp"
#include "engine/evaluation.hpp"

// What `--json` prints: one document each, its keys in the order of the contract. Text from outside that is not UTF-8
// shows U+FFFD where it is not.

namespace vitrine::cli {

std::string error_json(const Error& error);
std::string import_json(const ImportReport& report);
std::string evaluation_json(const EvaluationReport& report);
std::string search_json(const Job& job, const QueryAnswer& answer);
std::string added_json(const AddedProduct& added, const std::optional<Job>& job,
                       const std::optional<ProductDetail>& now);

std::string products_json(const std::vector<Product>& products);
std::string product_json(const ProductDetail& detail);
std::string removed_json(const std::string& product_id);

std::string jobs_json(const std::vector<Job>& jobs);
std::string job_json(const JobDetail& detail);

std::string checks_json(const std::vector<Check>& checks);

} // namespace vitrine::cli
