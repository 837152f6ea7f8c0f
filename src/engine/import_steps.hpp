#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <vitrine/config.hpp>

#include "core/retry_policy.hpp"
#include "engine/intake.hpp"
#include "jobs/step.hpp"
#include "storage/blob_store.hpp"
#include "storage/database.hpp"

namespace vitrine {

/// What an import's steps work with; everything outlives them.
struct ImportParts {
    Database& database;
    BlobStore& blobs;
    Intake& intake;
    const Clock& clock;
    Config::Imports limits;
    std::int64_t picture_bytes_max = 32LL << 20;
    std::int64_t indexing_max = 64; ///< rows of one import that are accepted before some of them are indexed
    std::function<void(JobId)> works = [](JobId) {}; ///< told of an import that a step begins to work on
    std::function<void(JobId)> ends = [](JobId) {};  ///< told of its end, after the commit
    std::function<void()> asked_files = [] {};       ///< called after a commit that asked for the removal of files
    RetryPolicy pauses{.initial = Milliseconds{2'000}, .max = Milliseconds{300'000}}; ///< between rounds
};

/// Where an import begins: the first task of its job.
NewTask first_import_task();

/// The steps of an import:
///
/// read_import (rows read) makes a page of the catalogue's lines rows; after the last page the rows are begun. The
/// upload is read again from its start for each page, which costs less than keeping what was read.
///
/// import_rows (round, line, …) hands a batch of waiting rows to the intake, each in a transaction of its own, in which
/// the row begins to be indexed; a death in the middle goes on with the rows that still wait. No more than a few for
/// each worker thread are being indexed at one time: the step then waits until they have ended, and the end of an
/// indexing job wakes it. A row whose picture's server is busy or away waits for the next round, after a pause; its
/// last one fails it. What fails here (a store, the database) fails no row: the step is tried again until it is back.
/// The last round ends the job: succeeded without a failed row, failed without a good one, partially succeeded
/// otherwise.
std::vector<std::unique_ptr<Step>> make_import_steps(const ImportParts& parts);

} // namespace vitrine
