#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vitrine/ids.hpp>
#include <vitrine/image.hpp>

#include "vectors/vector_store.hpp"

// The bodies of ChromaDB's HTTP API v2, to and from text (chroma-core/chroma: rust/frontend/src/server.rs and
// rust/types). Pure. What a server says is believed only where it can be: every reader throws Error(BadInput), naming
// what is wrong in half a sentence ("has no list 'ids'"), for anything that it cannot be.

namespace vitrine::chroma {

struct ServerLimits {
    std::size_t batch_max = 100; ///< records of one write
    bool takes_base64 = false;   ///< embeddings as base64 of little-endian float32
};

struct Collection {
    std::string id; ///< a UUID, safe to stand in a path
    std::string name;
    std::string space;                     ///< "cosine", "l2", "ip"; empty when the server does not tell
    std::optional<std::size_t> dimensions; ///< once it has held a record
    std::string model;                     ///< of our metadata; empty when it is no collection of ours
};

struct Record {
    ProductImageId id;
    Embedding vector;
    std::string product_id; ///< the shop's
    std::string category;
    std::vector<std::string> colours;
};

std::string create_body(const std::string& name, const std::string& model, std::size_t dimensions);
std::string upsert_body(std::span<const Record> records, bool base64);
std::string delete_body(std::span<const ProductImageId> ids);

/// A scope's links are sent as ids, its category as a filter on the metadata.
std::string query_body(std::span<const Embedding> queries, int k, const SearchScope& scope = {});

std::string get_body(std::span<const ProductImageId> ids);
std::string page_body(std::int64_t offset, int limit);

ServerLimits limits_from(std::string_view json);
std::string version_from(std::string_view json);
std::int64_t count_from(std::string_view json);

/// Refuses what cannot be the answer to a write, such as a proxy's page with a good status.
void expect_done(std::string_view json);
Collection collection_from(std::string_view json);
std::vector<Collection> collections_from(std::string_view json);

/// The hits of a query of `queries` vectors for `k` neighbours each: nearest first, ties by id, no id twice. Records
/// whose id is none of ours are left out.
std::vector<std::vector<VectorHit>> hits_from(std::string_view json, std::size_t queries, int k);

/// The ids of at most `limit` records; 0 for one that is none of ours.
std::vector<ProductImageId> ids_from(std::string_view json, std::size_t limit);

/// What an error answer says of itself: its kind ("NotFoundError") and its message; empty where there is none. Takes
/// anything.
std::pair<std::string, std::string> complaint_from(std::string_view body);

} // namespace vitrine::chroma
