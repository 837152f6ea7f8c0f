#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <vitrine/lifecycle.hpp>

#include "jobs/queue.hpp"
#include "jobs/step.hpp"
#include "lifecycle/file_remover.hpp"
#include "storage/blob_store.hpp"
#include "storage/database.hpp"
#include "vectors/vector_store.hpp"

namespace vitrine {

/// What the runs work with; everything outlives them.
struct LifecycleParts {
    Database& database;
    BlobStore& blobs;
    VectorStore& vectors;
    FileRemover& files;
    Queue& queue;
    const Clock& clock;
    std::function<void()> asked_files = [] {}; ///< called after a commit that asked for the removal of files
};

/// The steps of the runs: each does a little and then makes way, so that a query never waits long for a worker, and
/// each takes up where the last commit left off, whoever died meanwhile.
std::vector<std::unique_ptr<Step>> make_lifecycle_steps(const LifecycleParts& parts);

/// Starts a run, or names the unfinished one of its kind: no two run at one time. A person's goes before imports, one
/// that comes by itself after them; queries go before both. Wake the workers after the commit.
JobId start_cleanup(Transaction& tx, const LifecycleParts& parts, Timestamp cutoff, bool by_itself);
JobId start_check(Transaction& tx, const LifecycleParts& parts, const CheckOptions& options, bool by_itself);

/// What a clean-up would remove now. Changes nothing.
CleanupReport preview_cleanup(Database& database, Timestamp cutoff);

/// `moment` that many months earlier or later; the last day of a month where the day is missing.
Timestamp months_from(Timestamp moment, int months);

/// Plans the runs that come by themselves: a clean-up every month, a check with repair every week, each for the first
/// time one such span after `now`. Does nothing where they are planned.
void plan_runs(Transaction& tx, Timestamp now);

/// Starts what is due, in this process or another, each once, however long ago it was due. True when something started:
/// wake the workers after the commit.
bool start_due_runs(Transaction& tx, const LifecycleParts& parts, int query_images_months, Timestamp now);

/// When the next run is due; nothing before plan_runs.
std::optional<Timestamp> next_run(Transaction& tx);

} // namespace vitrine
