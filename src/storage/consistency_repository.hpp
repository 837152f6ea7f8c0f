#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <vitrine/ids.hpp>
#include <vitrine/image.hpp>

#include "storage/database.hpp"

/// What the rows say that vector and image stores should hold, page by page.
namespace vitrine::consistency_repository {

/// A vector that a primary link's Image bears.
struct ExpectedVector {
    ProductImageId id;
    std::string model;
    std::size_t dimensions = 0;
    bool on_its_way = false; ///< a vector server is still to be told of it
};

/// The vectors of primary links after `after`, by link, at most `limit`.
[[nodiscard]] std::vector<ExpectedVector> expected_vectors(Transaction& tx, ProductImageId after, int limit);

/// Those of the links `ids`, by id: several for a link whose Image bears vectors of several models.
[[nodiscard]] std::multimap<ProductImageId, ExpectedVector> expected_of(Transaction& tx,
                                                                        std::span<const ProductImageId> ids);

/// Which of the links `ids` a vector server is still to be told of, in whatever way.
[[nodiscard]] std::set<ProductImageId> on_their_way(Transaction& tx, std::span<const ProductImageId> ids);

/// All vectors that a primary link's Image bears now; empty when the link is gone.
struct LinkVector {
    std::string model;
    Embedding vector;
};
[[nodiscard]] std::vector<LinkVector> vectors_of(Transaction& tx, ProductImageId id);

/// An original's file.
struct ExpectedFile {
    ImageId id;
    std::string sha256;
    std::int64_t bytes = 0;
};

/// The originals after `after`, by id, at most `limit`.
[[nodiscard]] std::vector<ExpectedFile> expected_files(Transaction& tx, ImageId after, int limit);

/// Those with these hashes, by hash.
[[nodiscard]] std::map<std::string, ExpectedFile> expected_files_of(Transaction& tx,
                                                                    std::span<const std::string> hashes);

/// The shop's ids of up to `limit` products that have the original as their picture or a crop of it, by id.
[[nodiscard]] std::vector<std::string> products_of(Transaction& tx, ImageId original, int limit);

/// Which of these hashes' files are being removed.
[[nodiscard]] std::set<std::string> being_removed(Transaction& tx, std::span<const std::string> hashes);

} // namespace vitrine::consistency_repository
