#pragma once

#include <memory>

#include <vitrine/time.hpp>

#include "core/circuit_breaker.hpp"
#include "storage/database.hpp"
#include "vectors/chroma_store.hpp"
#include "vectors/delivery_bell.hpp"
#include "vectors/vector_store.hpp"

namespace vitrine {

struct ChromaDeliveryParts {
    Database& database;
    const Clock& clock;
    std::shared_ptr<CircuitBreaker> breaker; ///< told how the server's calls go
    std::shared_ptr<DeliveryBell> bell;
    DeliveryEvents events;
};

/// One thread that carries out what the table `vector_outbox` wants:
///
///     claim a batch, with a lease ──▶ read its vectors ──▶ upsert, delete ──▶ settle; tell who waits
///
/// Claim and settle are one transaction each; between them the server is called. If the process dies anywhere, the
/// lease ends (or the database's one owner starts again) and the same is done once more: every call may be repeated.
///
/// A server that is down or refuses the key: everything goes back, is reported once, and is tried again with backoff,
/// without end. An intent that the server refuses by itself, told by halving its batch, is set apart with its reason.
/// When the server is reached for the first time or again, the vectors in its collections are counted; where some are
/// missing, all of that model are delivered anew.
std::unique_ptr<VectorDelivery> make_chroma_delivery(ChromaDeliveryParts parts, const ChromaStoreOptions& options);

} // namespace vitrine
