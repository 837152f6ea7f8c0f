#pragma once

#include <optional>
#include <string>

#include <vitrine/lifecycle.hpp>

#include "lifecycle/lifecycle.hpp"
#include "pipeline/switching_engine.hpp"

namespace vitrine {

/// What a change of models works with; everything outlives it.
struct ModelChangeParts {
    Database& database;
    Queue& queue;
    VectorStore& vectors;
    SwitchingEngine& engines;
    const Clock& clock;
    int at_once = 1; ///< model calls of the filling at one time
};

/// What a change to the engine of [ml.next] (or [ml]) would take. Throws Error(Unavailable) when that engine does not
/// say which model it is.
ReindexEstimate estimate_change(const ModelChangeParts& parts);

/// The model of the engine that the catalogue changes to. One that was never asked is asked once, and what it answers
/// is remembered in the database: never call it inside of a transaction. Throws as estimate_change.
std::string target_model(const ModelChangeParts& parts);

/// Starts the change to the model `target`, or names the one that is under way. Where the catalogue is of that model
/// already, labels of another version are made anew (lifecycle/label_renewal.hpp), or, where there are none, nothing is
/// done. A change is a job that gives every product a standby link of the new model, at low priority, and then swaps
/// the links of all products in one transaction, once none lacks one. Throws Error(Conflict) while another change is
/// not dropped.
std::optional<JobId> start_change(Transaction& tx, const ModelChangeParts& parts, const std::string& target);

/// Starts the way back: fills what is lacking, then swaps. Throws Error(Conflict) when there is nothing to go back to.
JobId start_rollback(Transaction& tx, const ModelChangeParts& parts);

/// Drops the model that is not active: it is out of use at once, its links and vectors go in the job. Throws
/// Error(Conflict) when there is none, or while a change to it runs.
JobId start_drop(Transaction& tx, const ModelChangeParts& parts);

/// The steps of the above.
std::vector<std::unique_ptr<Step>> make_model_change_steps(const ModelChangeParts& parts);

} // namespace vitrine
