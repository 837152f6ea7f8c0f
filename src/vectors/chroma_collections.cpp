#include "vectors/chroma_collections.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"

namespace vitrine {
namespace {

[[noreturn]] void refuse(const ChromaClient& client, const chroma::Collection& collection, const std::string& fault) {
    throw Error(ErrorCode::Configuration,
                fmt::format("The collection {} of the vector store at {} {}; choose another name in vectors.collection "
                            "or delete that collection.",
                            collection.name, client.host(), fault));
}

void expect_usable(const ChromaClient& client, const chroma::Collection& collection, const std::string& model) {
    if (!collection.space.empty() && collection.space != "cosine") {
        refuse(client, collection, fmt::format("measures by '{}' and not by cosine", collection.space));
    }
    if (collection.model != model) {
        refuse(client, collection, fmt::format("was not made for the model '{}'", model));
    }
}

} // namespace

std::string collection_name(const std::string& family, const std::string& model) {
    constexpr std::size_t readable_max = 40;
    constexpr std::size_t digest_digits = 12;
    std::string readable;
    for (const char c : model.substr(0, readable_max)) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        readable += plain ? c : '-';
    }
    return fmt::format("{}-{}-{}", family, readable, sha256_hex(model).substr(0, digest_digits));
}

std::optional<chroma::Collection> ChromaCollections::find(const std::string& model) {
    {
        const std::lock_guard lock(mutex_);
        if (const auto known = known_.find(model); known != known_.end()) return known->second;
    }
    auto found = client_.find(collection_name(family_, model));
    if (!found) return std::nullopt;
    return keep(model, std::move(*found));
}

chroma::Collection ChromaCollections::find_or_make(const std::string& model, std::size_t dimensions) {
    auto found = find(model);
    auto collection = found ? std::move(*found)
                            : keep(model, client_.find_or_make(collection_name(family_, model), model, dimensions));
    if (collection.dimensions && *collection.dimensions != dimensions) {
        forget(model); // a person may be mending it
        refuse(client_, collection,
               fmt::format("holds vectors of {} dimensions where those of the model '{}' have {}",
                           *collection.dimensions, model, dimensions));
    }
    return collection;
}

std::vector<chroma::Collection> ChromaCollections::all() {
    auto collections = client_.list();
    std::erase_if(collections, [this](const chroma::Collection& collection) {
        return collection.model.empty() || collection.name != collection_name(family_, collection.model);
    });
    return collections;
}

void ChromaCollections::forget(const std::string& model) {
    const std::lock_guard lock(mutex_);
    known_.erase(model);
}

chroma::Collection ChromaCollections::keep(const std::string& model, chroma::Collection collection) {
    expect_usable(client_, collection, model);
    const std::lock_guard lock(mutex_);
    // Until it holds a record its length is not known, and is asked again.
    if (collection.dimensions) known_.insert_or_assign(model, collection);
    return collection;
}

} // namespace vitrine
