#pragma once

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "storage/blob_store.hpp"
#include "storage/consistency_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"
#include "vectors/vector_store.hpp"

// What is always true of a catalogue once its work has ended, looked at without the help of the check.

namespace vitrine::testing {

inline constexpr int more_than_a_test_has = 100'000;

/// Every product was indexed, so each has exactly one primary crop.
inline void expect_one_primary_each(Database& database) {
    database.read([](Transaction& tx) {
        ProductId after;
        for (;;) {
            const auto page = product_repository::list(tx, {.category = {}, .after = after});
            if (page.empty()) return;
            after = page.back().id;
            for (const Product& one : page) {
                int primaries = 0;
                for (const ProductImage& link : product_image_repository::links_of(tx, one.id)) {
                    primaries += link.is_primary_crop ? 1 : 0;
                }
                EXPECT_EQ(primaries, 1) << one.external_id << " was indexed and has not one primary crop";
            }
        }
    });
}

/// The store holds one vector for each link that bears one, and no other.
inline void expect_vectors_to_be_the_links(Database& database, VectorStore& store) {
    std::set<ProductImageId> expected;
    database.read([&](Transaction& tx) {
        for (const auto& vector : consistency_repository::expected_vectors(tx, {}, more_than_a_test_has)) {
            expected.insert(vector.id);
        }
    });
    std::set<ProductImageId> vectors;
    for (std::string from;;) {
        const VectorPage page = store.list(from, 100);
        for (const auto& entry : page.entries) EXPECT_TRUE(vectors.insert(entry.id).second) << entry.id.value;
        from = page.next;
        if (from.empty()) break;
    }
    EXPECT_EQ(vectors, expected) << "vectors are not the primaries'";
}

/// Every image's file is there, and no other.
inline void expect_files_to_be_the_images(Database& database, BlobStore& blobs) {
    std::set<std::string> expected;
    database.read([&](Transaction& tx) {
        for (const auto& file : consistency_repository::expected_files(tx, {}, more_than_a_test_has)) {
            expected.insert(file.sha256);
        }
    });
    std::set<std::string> files;
    blobs.list([&](const std::string& sha256, std::uint64_t) {
        files.insert(sha256);
        return true;
    });
    EXPECT_EQ(files, expected) << "files are not the images'";
}

inline void expect_whole(Database& database, VectorStore& store, BlobStore& blobs) {
    expect_one_primary_each(database);
    expect_vectors_to_be_the_links(database, store);
    expect_files_to_be_the_images(database, blobs);
}

} // namespace vitrine::testing
