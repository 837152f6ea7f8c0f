#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <vitrine/ids.hpp>

#include "vectors/vector_store.hpp"

namespace vitrine {

struct EmbeddedStoreOptions {
    /// Up to so many vectors of a model a search measures every one. Measured with bench/vector_bench at 512
    /// dimensions: see docs/decisions/vector-search.md.
    std::size_t exact_rows_max = 2000;

    /// Told of every stored vector that cannot be read when the store opens; it is then left out, and `vitrine check
    /// --repair` restores it. Without this function opening throws Error(Corrupted) instead.
    std::function<void(ProductImageId id, const std::string& sentence)> report_damaged;
};

/// The store that needs no server: vectors live in the table `vectors` of the caller's database, in the caller's
/// transaction, and are searched in this process's memory (5.2 bytes per dimension and vector).
///
/// The memory is a cache. It is filled here from the table, and follows every commit from then on: a search sees what
/// was committed before it began, never what was rolled back. Whoever deletes a ProductImage calls `remove` in the same
/// transaction; a vector that only the cascade took is found until the next opening, as a hit without a link. Where
/// several processes share the database, another's commit is seen a moment after it.
///
/// `put` throws Error(BadInput) also for a vector that is all zeros (it has no direction) or over 65,536 dimensions,
/// `search` for one that is not finite. Throws what reading the database throws. `database` outlives the
/// store.
std::unique_ptr<VectorStore> make_embedded_store(Database& database, const EmbeddedStoreOptions& options = {});

} // namespace vitrine
