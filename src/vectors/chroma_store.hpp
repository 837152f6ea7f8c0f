#pragma once

#include <memory>
#include <string>

#include <vitrine/time.hpp>

#include "core/retry_policy.hpp"
#include "storage/database.hpp"
#include "vectors/chroma_client.hpp"
#include "vectors/vector_store.hpp"

namespace vitrine {

struct ChromaStoreOptions {
    ChromaAddress address;
    ChromaLimits limits;

    /// What our collections' names begin with: one for each model, `<family>-<model>-<digest>`.
    std::string family = "vitrine";

    int batch_max = 200;        ///< vectors delivered in one request, or the server's limit where that is less
    Milliseconds linger{5};     ///< after a commit rang, for those of concurrent finishers to join it
    Milliseconds lease{15'000}; ///< a dead deliverer's intents are another's after this; longer than a write
    Milliseconds look{5'000};   ///< on a shared database: for what dead processes left
    RetryPolicy retry{.initial = Milliseconds{250}, .max = Milliseconds{5'000}}; ///< while the server does not take it
};

/// Vectors on a ChromaDB server (HTTP API v2), one collection for each model, measured by cosine.
///
/// `put` and `remove` record what is wanted in the table `vector_outbox` of the caller's database, in the caller's
/// transaction; a delivery (`start_delivery`) carries it out in batches, in order for each link, and again until it
/// succeeded. `search` is one request. Opening asks the server nothing: it may be down, then nothing is lost and
/// searches fail fast with Error(Unavailable).
///
/// Throws Error(Configuration) when the URL cannot be used. `database` and `clock` outlive the store.
std::unique_ptr<VectorStore> make_chroma_store(Database& database, const Clock& clock,
                                               const ChromaStoreOptions& options);

} // namespace vitrine
