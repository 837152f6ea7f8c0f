#pragma once

#include <string>
#include <vector>

#include "core/mean_vector.hpp"
#include "storage/database.hpp"

/// The table `vector_means`, and the means that are worked out of the stored vectors.
namespace vitrine::vector_mean_repository {

/// The mean of the photos asked so far, as this model sees them.
[[nodiscard]] MeanVector of_queries(Transaction& tx, const std::string& model);

/// Adds photos' vectors to it. Whoever calls this has the row until the end of the transaction. Vectors of another
/// length than those before are left out.
void add_queries(Transaction& tx, const std::string& model, const std::vector<Embedding>& vectors);

/// The mean of the vectors of primary crops by this model: of all while there are few, else of some `sample` of them,
/// evenly spread over their ids. Its count is how many it was made of; 0 where there are none.
[[nodiscard]] MeanVector of_catalogue(Transaction& tx, const std::string& model, int sample);

} // namespace vitrine::vector_mean_repository
