#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "vectors/chroma_client.hpp"

namespace vitrine {

/// The name of the collection that holds the vectors of `model`: `family`, the readable part of the model's name and a
/// digest of all of it, so that two models never share one. Fits ChromaDB's rules where `family` does.
std::string collection_name(const std::string& family, const std::string& model);

/// Our collections on a ChromaDB server, one for each model, as this process last saw them: asking for one that is
/// known costs no request. Throws as ChromaClient, and Error(Configuration) for a collection that cannot be used: one
/// that does not measure by cosine, is another program's, or holds vectors of another length. Safe from any thread.
class ChromaCollections {
public:
    ChromaCollections(ChromaClient& client, std::string family) : client_(client), family_(std::move(family)) {}

    /// The collection of `model`; nothing when the server has none.
    [[nodiscard]] std::optional<chroma::Collection> find(const std::string& model);

    /// The same, made when the server has none, for vectors of so many dimensions.
    [[nodiscard]] chroma::Collection find_or_make(const std::string& model, std::size_t dimensions);

    /// The collections of all models, as the server has them now.
    [[nodiscard]] std::vector<chroma::Collection> all();

    /// What was known of the model's collection has turned out to be wrong: the server is asked next time.
    void forget(const std::string& model);

private:
    chroma::Collection keep(const std::string& model, chroma::Collection collection);

    ChromaClient& client_;
    const std::string family_;
    std::mutex mutex_;
    std::map<std::string, chroma::Collection> known_; ///< guarded by mutex_; by model
};

} // namespace vitrine
