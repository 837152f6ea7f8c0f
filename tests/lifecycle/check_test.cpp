// The consistency check: what it finds, what it mends with no model call, and what it leaves alone; over the embedded
// store here, over a ChromaDB that lost its last writes in check_chroma_test.cpp.

#include <filesystem>
#include <fstream>
#include <functional>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/content_hash.hpp"
#include "lifecycle/check_run.hpp"
#include "lifecycle/file_check.hpp"
#include "lifecycle/run_reports.hpp"
#include "lifecycle/vector_check.hpp"
#include "pipeline/forwarded_blobs.hpp"
#include "pipeline/pipeline_house.hpp"
#include "storage/image_repository.hpp"
#include "storage/lifecycle_run_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/query_result_repository.hpp"
#include "storage/vector_repository.hpp"

namespace vitrine::testing {
namespace {

/// The vectors of `store`, where `then` happens right after a page of them was read. Notes how much it is asked for.
class StoreThatChangesAfterAPage final : public VectorStore {
public:
    explicit StoreThatChangesAfterAPage(
        VectorStore& store, std::function<void()> then = [] {})
        : store_(store), then_(std::move(then)) {}

    std::vector<std::size_t> asked;  ///< for how many links at one time
    std::vector<std::size_t> listed; ///< how many vectors at one time

    bool put(Transaction& tx, const VectorRecord& record) override { return store_.put(tx, record); }
    void remove(Transaction& tx, ProductImageId id) override { store_.remove(tx, id); }
    std::vector<std::vector<VectorHit>> search(const std::string& model, std::span<const Embedding> queries, int k,
                                               const SearchScope& scope) override {
        return store_.search(model, queries, k, scope);
    }
    std::int64_t count(const std::string& model) override { return store_.count(model); }
    VectorPage list(const std::string& from, int limit) override {
        auto page = store_.list(from, limit);
        listed.push_back(page.entries.size());
        then_();
        return page;
    }
    std::set<ProductImageId> held(const std::string& model, std::span<const ProductImageId> ids) override {
        asked.push_back(ids.size());
        return store_.held(model, ids);
    }

private:
    VectorStore& store_;
    const std::function<void()> then_;
};

class CheckTest : public ::testing::Test {
protected:
    /// So many products with a crop, a link and a vector each, as the pipeline leaves them.
    void add_products(int count) {
        house.database->write([&](Transaction& tx) {
            const Timestamp now = house.clock.now();
            for (int i = 0; i < count; ++i) {
                const std::string id = fmt::format("Q{}", i);
                const ProductId product = product_repository::save(
                    tx, {.external_id = id, .name = id, .description = {}, .category = {}, .attributes = "{}"}, now);
                const ImageId original = image_repository::find_or_add_original(
                    tx, {.sha256 = sha256_hex(id), .media_type = "image/png", .bytes = 1, .width = 8, .height = 8},
                    now);
                const ImageId crop = image_repository::add_crop(tx, original, "c", {.box = {0, 0, 8, 8}}, now);
                const std::string model = house.vision.versions().vector;
                const Embedding vector{1, 0, 0, 0};
                image_repository::save_label(
                    tx, crop,
                    {.label = {}, .label_model = "l", .vector = vector, .vector_model = model, .features = {}});
                const auto link = product_image_repository::replace_primary(
                    tx, {.product_id = product, .image_id = crop, .job_id = {1}}, now);
                house.vectors->put(tx, {.id = link, .model = model, .vector = vector});
            }
        });
    }

    CheckReport check(bool repair, bool hash = false) {
        return check_of(house, {.repair = repair, .hash_files = hash});
    }

    std::string index(int number) {
        const auto bytes = strips({{20 * number, 200 - 20 * number, 10 * number}});
        EXPECT_EQ(house.index(fmt::format("P{}", number), fmt::format("thing {}", number), bytes), JobState::Succeeded);
        return bytes;
    }

    ProductImageId link_of(const std::string& id) {
        return house.database->read([&](Transaction& tx) {
            return product_image_repository::primary_of(tx, product_repository::find_by_external_id(tx, id)->product.id)
                ->id;
        });
    }

    std::string found_by(const std::string& bytes) {
        const auto results = house.database->read(
            [&, id = house.query(bytes)](Transaction& tx) { return query_result_repository::results_of(tx, id); });
        return results.empty() ? "" : results.front().product_id;
    }

    /// The house's, with other vectors.
    [[nodiscard]] LifecycleParts parts_over(VectorStore& vectors) const {
        const LifecycleParts house_parts = house.lifecycle_parts();
        return {.database = house_parts.database,
                .blobs = house_parts.blobs,
                .vectors = vectors,
                .files = house_parts.files,
                .queue = house_parts.queue,
                .clock = house_parts.clock};
    }

    [[nodiscard]] std::filesystem::path file_of(const std::string& sha256) const {
        return house.folder.path() / "images" / sha256.substr(0, 2) / sha256;
    }

    PipelineHouse house;
};

TEST_F(CheckTest, ACatalogueThatIsWellIsConsistent) {
    for (int i = 0; i < 4; ++i) index(i);
    const CheckReport report = check(false, true);
    EXPECT_TRUE(report.consistent());
    EXPECT_EQ(report.product_images, 4);
    EXPECT_EQ(report.vectors, 4);
    EXPECT_EQ(report.files, 4);
    EXPECT_EQ(report.repaired, 0);
}

TEST_F(CheckTest, AnEmptyCatalogueIsConsistent) {
    EXPECT_TRUE(check(true).consistent());
}

TEST_F(CheckTest, AMissingVectorIsToldAndThenPutFromTheImageWithoutAModelCall) {
    const auto bytes = index(1);
    index(7);
    house.database->write([&](Transaction& tx) { vector_repository::remove(tx, link_of("P1")); });
    house.restart(); // what is in memory is made anew
    const CheckReport told = check(false);
    EXPECT_EQ(told.missing_vectors, 1);
    EXPECT_FALSE(told.consistent());
    EXPECT_EQ(told.repaired, 0);
    const int calls = house.vision.label_calls + house.vision.crop_calls;
    const CheckReport mended = check(true);
    EXPECT_EQ(mended.missing_vectors, 1);
    EXPECT_EQ(mended.repaired, 1);
    EXPECT_TRUE(mended.consistent());
    EXPECT_EQ(house.vision.label_calls + house.vision.crop_calls, calls);
    EXPECT_EQ(found_by(bytes), "P1");
    EXPECT_TRUE(check(false).consistent());
}

TEST_F(CheckTest, AVectorOfAnotherLengthIsPutAnew) {
    const auto bytes = index(1);
    house.database->write([&](Transaction& tx) {
        vector_repository::put(tx, link_of("P1"), house.vision.versions().vector, Embedding{1.0F, 0.0F});
    });
    house.restart();
    const CheckReport report = check(true);
    EXPECT_EQ(report.wrong_dimensions, 1);
    EXPECT_TRUE(report.consistent());
    house.restart();
    EXPECT_EQ(found_by(bytes), "P1");
}

TEST_F(CheckTest, AVectorOfAnotherModelIsPutAnew) {
    const auto bytes = index(1);
    house.database->write([&](Transaction& tx) {
        vector_repository::remove(tx, link_of("P1"));
        vector_repository::put(tx, link_of("P1"), "another model", Embedding{1.0F, 0.0F, 0.0F, 0.0F});
    });
    const CheckReport report = check(true);
    EXPECT_GE(report.wrong_models, 1);
    EXPECT_TRUE(report.consistent());
    EXPECT_TRUE(check(false).consistent());
    house.restart();
    EXPECT_EQ(found_by(bytes), "P1");
}

TEST_F(CheckTest, AVectorOfALinkThatIsNoPrimaryIsRemoved) {
    index(1);
    house.database->write([&](Transaction& tx) {
        const auto product = product_repository::find_by_external_id(tx, "P1")->product.id;
        const auto link = *product_image_repository::primary_of(tx, product);
        product_repository::save(
            tx, {.external_id = "P2", .name = "no picture", .description = {}, .category = {}, .attributes = "{}"},
            house.clock.now());
        const auto second = product_repository::find_by_external_id(tx, "P2")->product.id;
        const auto image = link.image_id;
        const auto other = product_image_repository::replace_primary(
            tx, {.product_id = second, .image_id = image, .job_id = {1}}, house.clock.now());
        vector_repository::put(tx, other, house.vision.versions().vector, Embedding{1.0F, 0.0F, 0.0F, 0.0F});
        // Its product's link is removed by somebody who did not think of the vector, where no cascade takes it:
        vector_repository::remove(tx, other);
    });
    EXPECT_EQ(check(true).missing_vectors, 1) << "the second link's";
    EXPECT_TRUE(check(false).consistent());
}

TEST_F(CheckTest, AMissingFileIsToldWithItsImage) {
    const auto bytes = index(1);
    std::filesystem::remove(file_of(sha256_hex(bytes)));
    const CheckReport report = check(true);
    EXPECT_EQ(report.missing_files, 1);
    EXPECT_FALSE(report.consistent());
    ASSERT_EQ(report.examples.size(), 1U);
    EXPECT_THAT(report.examples.front(), ::testing::HasSubstr(sha256_hex(bytes)));
}

TEST_F(CheckTest, AnOrphanFileIsToldAndThenRemoved) {
    index(1);
    house.blobs->put(sha256_hex("nobody's"), "nobody's");
    EXPECT_EQ(check(false).orphan_files, 1);
    EXPECT_TRUE(house.blobs->exists(sha256_hex("nobody's")));
    const CheckReport report = check(true);
    EXPECT_EQ(report.orphan_files, 1);
    EXPECT_TRUE(report.consistent());
    EXPECT_FALSE(house.blobs->exists(sha256_hex("nobody's")));
}

TEST_F(CheckTest, AShortenedFileIsFoundByItsSize) {
    const auto bytes = index(1);
    std::filesystem::resize_file(file_of(sha256_hex(bytes)), bytes.size() / 2);
    const CheckReport report = check(true);
    EXPECT_EQ(report.corrupted_files, 1);
    EXPECT_FALSE(report.consistent());
}

TEST_F(CheckTest, AChangedByteIsFoundWhereFilesAreHashed) {
    const auto bytes = index(1);
    {
        std::fstream file(file_of(sha256_hex(bytes)), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(bytes.size() / 2));
        file.put(static_cast<char>(bytes[bytes.size() / 2] ^ 1));
    }
    EXPECT_EQ(check(false).corrupted_files, 0);
    EXPECT_EQ(check(false, true).corrupted_files, 1);
}

TEST_F(CheckTest, ARunIsRecordedWithWhatItFound) {
    index(1);
    house.blobs->put(sha256_hex("nobody's"), "nobody's");
    check(false);
    const auto runs =
        house.database->read([](Transaction& tx) { return lifecycle_run_repository::newest(tx, "check", 10); });
    ASSERT_EQ(runs.size(), 1U);
    EXPECT_EQ(runs.front().state, JobState::Succeeded);
    EXPECT_TRUE(runs.front().finished.has_value());
    EXPECT_THAT(runs.front().report, ::testing::HasSubstr("\"orphan_files\":1"));
}

TEST_F(CheckTest, AVectorThatWentWithItsLinkAfterThePageWasReadIsNoOrphan) {
    index(1);
    index(2);
    StoreThatChangesAfterAPage changing(*house.vectors, [this] { house.deletion->remove_product("P1"); });
    const LifecycleParts parts = parts_over(changing);
    CheckFindings findings;
    EXPECT_EQ(compare_vectors(parts, "", findings), "");
    EXPECT_EQ(findings.vectors, 2);
    EXPECT_THAT(findings.orphan_vectors, ::testing::IsEmpty());
}

TEST_F(CheckTest, AFileThatWentWithItsRowAfterItWasListedIsNoOrphan) {
    index(1);
    const JobId query = house.query(strips({green}));
    class FilesThatGoAfterTheyWereListed final : public ForwardedBlobs {
    public:
        FilesThatGoAfterTheyWereListed(BlobStore& blobs, std::function<void()> then)
            : ForwardedBlobs(blobs), then_(std::move(then)) {}
        void list(const std::function<bool(const std::string& key, std::uint64_t bytes)>& visit) override {
            std::vector<std::pair<std::string, std::uint64_t>> listed;
            ForwardedBlobs::list([&](const std::string& key, std::uint64_t bytes) {
                listed.emplace_back(key, bytes);
                return true;
            });
            then_();
            for (const auto& [key, bytes] : listed) visit(key, bytes);
        }

    private:
        const std::function<void()> then_;
    } going(*house.blobs, [&, once = false]() mutable {
        if (!std::exchange(once, true)) house.deletion->erase_query(query);
    });
    const LifecycleParts whole = house.lifecycle_parts();
    const LifecycleParts parts{.database = whole.database,
                               .blobs = going,
                               .vectors = whole.vectors,
                               .files = whole.files,
                               .queue = whole.queue,
                               .clock = whole.clock};
    CheckFindings findings;
    std::string from;
    do from = compare_files(parts, from, false, findings);
    while (!from.empty());
    CheckReport report;
    house.database->write([&](Transaction& tx) { settle_files(tx, parts, findings, false, report); });
    EXPECT_EQ(report.orphan_files, 0) << "it is gone by now, as it should be";
}

TEST_F(CheckTest, HoweverManyVectorsThereAreTheStoreIsAskedOncePerPageOfThem) {
    add_products(4'500);
    StoreThatChangesAfterAPage store(*house.vectors);
    const LifecycleParts parts = parts_over(store);
    CheckFindings findings;
    std::string from;
    do from = compare_links(parts, from, findings);
    while (!from.empty());
    do from = compare_vectors(parts, from, findings);
    while (!from.empty());
    EXPECT_EQ(findings.links, 4'500);
    EXPECT_EQ(findings.vectors, 4'500);
    EXPECT_THAT(findings.missing_vectors, ::testing::IsEmpty());
    EXPECT_THAT(findings.orphan_vectors, ::testing::IsEmpty());
    EXPECT_THAT(store.asked, ::testing::ElementsAre(2'000, 2'000, 500));
    EXPECT_THAT(store.listed, ::testing::ElementsAre(2'000, 2'000, 500));
}

TEST_F(CheckTest, WhatIsBeingIndexedMeanwhileIsNeverTakenForAFault) {
    index(0);
    std::jthread indexing([this] {
        for (int round = 0; round < 15; ++round) {
            for (int i = 1; i < 5; ++i) {
                const auto bytes = strips({{20 * i, 10 * round, 100}});
                if (const auto added = house.add(fmt::format("P{}", i), "thing", bytes); added.job) {
                    house.finish(*added.job);
                }
            }
        }
    });
    for (int i = 0; i < 10; ++i) {
        const CheckReport report = check(true);
        EXPECT_EQ(report.missing_vectors + report.orphan_vectors + report.missing_files + report.wrong_models, 0)
            << to_json(report);
    }
    indexing.join();
    house.keeper->tidy();
    const CheckReport report = check(false);
    EXPECT_TRUE(report.consistent()) << to_json(report);
    EXPECT_EQ(report.files, 5);
}

} // namespace
} // namespace vitrine::testing
