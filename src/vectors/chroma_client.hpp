#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include <vitrine/time.hpp>

#include "http/http_client.hpp"
#include "vectors/chroma_messages.hpp"

namespace vitrine {

/// Where a ChromaDB server is and who we are to it.
struct ChromaAddress {
    std::string url; ///< "http://127.0.0.1:8000", with a path where a proxy adds one
    std::string tenant = "default_tenant";
    std::string database = "default_database";
    std::string token; ///< sent as `Authorization: Bearer` and `x-chroma-token`; empty: neither
};

/// How long a call may take, connecting included.
struct ChromaLimits {
    Milliseconds connect{2'000};
    Milliseconds read{5'000};   ///< a query, a look
    Milliseconds write{10'000}; ///< a batch
};

/// The routes of ChromaDB's HTTP API v2 that we use, one request each. Safe from any thread; connections are kept.
///
/// Every member throws Error, in a sentence that names the server and the key to check:
///   Unavailable, TimedOut, RateLimited   worth another try; also an answer that is not ChromaDB's
///   Configuration                        the key is refused, or what answers is no ChromaDB, or has no such database
///   BadInput, TooLarge, …                it refuses what was sent
///   Cancelled                            `stop` was requested
class ChromaClient {
public:
    ChromaClient(ChromaAddress address, ChromaLimits limits, std::stop_token stop = {});

    [[nodiscard]] std::string version();
    [[nodiscard]] chroma::ServerLimits limits();

    /// Nothing when there is none of this name.
    [[nodiscard]] std::optional<chroma::Collection> find(const std::string& name);

    /// The collection of this name, made when there is none; an existing one keeps its space and metadata.
    chroma::Collection find_or_make(const std::string& name, const std::string& model, std::size_t dimensions);

    /// Removes the collection of this name with all its records; false when there is none.
    bool remove_collection(const std::string& name);

    /// All collections of the database.
    [[nodiscard]] std::vector<chroma::Collection> list();

    // These take the collection's id, and throw Error(NotFound) when it is gone.
    void upsert(const std::string& collection, std::span<const chroma::Record> records, bool base64);
    void remove(const std::string& collection, std::span<const ProductImageId> ids);
    [[nodiscard]] std::vector<std::vector<VectorHit>>
    query(const std::string& collection, std::span<const Embedding> queries, int k, const SearchScope& scope);
    [[nodiscard]] std::int64_t count(const std::string& collection);

    /// Which of these records there are.
    [[nodiscard]] std::set<ProductImageId> held(const std::string& collection, std::span<const ProductImageId> ids);

    /// The ids of `limit` records from the `offset`th on, in the server's order; those that are none of ours are 0.
    [[nodiscard]] std::vector<ProductImageId> page(const std::string& collection, std::int64_t offset, int limit);

    /// "127.0.0.1:8000", for messages.
    [[nodiscard]] const std::string& host() const noexcept { return host_; }

private:
    [[nodiscard]] HttpRequest request(HttpMethod method, const std::string& path) const;
    [[nodiscard]] HttpResponse answer(HttpRequest& request, const std::string* body);
    [[nodiscard]] HttpResponse sent(const HttpRequest& request);
    [[nodiscard]] HttpResponse get(const std::string& path);
    [[nodiscard]] HttpResponse post(const std::string& path, const std::string& body, Milliseconds limit);
    void write(const std::string& path, const std::string& body);

    const ChromaAddress address_;
    const ChromaLimits limits_;
    const std::stop_token stop_;
    const std::string host_;
    const std::string collections_; ///< the path of the database's collections
    HttpClient http_;
};

} // namespace vitrine
