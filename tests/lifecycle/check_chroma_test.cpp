// The consistency check over a real ChromaDB server that lost what it had taken: the whole store, its last writes
// (chroma-core/chroma issues 6975 and 7090: a server killed before it synchronises), or one collection.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lifecycle/check_run.hpp"
#include "lifecycle/run_reports.hpp"
#include "pipeline/pipeline_house.hpp"
#include "servers/chroma_server.hpp"
#include "storage/lifecycle_run_repository.hpp"
#include "storage/query_result_repository.hpp"
#include "vectors/chroma_client.hpp"
#include "vectors/chroma_collections.hpp"
#include "vectors/chroma_store.hpp"

namespace vitrine::testing {
namespace {

class CheckOverChroma : public ::testing::Test {
protected:
    CheckReport check(bool repair) { return check_of(house, {.repair = repair, .hash_files = false}); }

    static std::string picture(int number) { return strips({{20 * number, 200 - 20 * number, 10 * number}}); }

    void index_some() {
        for (int i = 0; i < products; ++i) {
            ASSERT_EQ(house.index(fmt::format("P{}", i), "thing", picture(i)), JobState::Succeeded);
        }
    }

    void expect_all_found() {
        for (int i = 0; i < products; ++i) {
            const auto results = house.database->read([&, id = house.query(picture(i))](Transaction& tx) {
                return query_result_repository::results_of(tx, id);
            });
            ASSERT_FALSE(results.empty()) << i;
            EXPECT_EQ(results.front().product_id, fmt::format("P{}", i));
        }
    }

    chroma::Collection collection() { return *client.find(collection_name("vitrine", house.vision.versions().vector)); }

    static constexpr int products = 6;
    test::ChromaServer server;
    ChromaClient client{{.url = server.url()}, {}};
    PipelineHouse house{2, 8, [this](Database& database, const Clock& clock) {
                            ChromaStoreOptions options;
                            options.address.url = server.url();
                            options.retry = {.initial = Milliseconds{5}, .max = Milliseconds{50}};
                            return make_chroma_store(database, clock, options);
                        }};
};

TEST_F(CheckOverChroma, ACatalogueThatIsWellIsConsistent) {
    index_some();
    const CheckReport report = check(false);
    EXPECT_TRUE(report.consistent()) << to_json(report);
    EXPECT_EQ(report.product_images, products);
    EXPECT_EQ(report.vectors, products);
}

TEST_F(CheckOverChroma, VectorsThatTheServerLostComeBackWithoutAModelCall) {
    index_some();
    const std::vector<ProductImageId> lost{{1}, {3}, {4}};
    client.remove(collection().id, lost); // behind the program's back
    EXPECT_EQ(check(false).missing_vectors, 3);
    const int calls = house.vision.label_calls + house.vision.crop_calls;
    const CheckReport report = check(true);
    EXPECT_EQ(report.missing_vectors, 3);
    EXPECT_TRUE(report.consistent());
    EXPECT_EQ(house.vision.label_calls + house.vision.crop_calls, calls);
    EXPECT_EQ(check(false).vectors, products);
    expect_all_found();
}

TEST_F(CheckOverChroma, AServerKilledRightAfterItsLastWritesHasThemOrGetsThemBack) {
    index_some();
    server.stop(); // kill -9
    server.start();
    house.restart();
    const CheckReport mended = check(true);
    EXPECT_TRUE(mended.consistent()) << to_json(mended);
    const CheckReport report = check(false);
    EXPECT_TRUE(report.consistent()) << to_json(report);
    EXPECT_EQ(report.vectors, products);
    expect_all_found();
}

TEST_F(CheckOverChroma, VectorsWithoutALinkAreRemoved) {
    index_some();
    const std::vector<chroma::Record> strangers{
        {.id = {700}, .vector = {1, 0, 0, 0}, .product_id = "gone", .category = "", .colours = {}},
        {.id = {701}, .vector = {0, 1, 0, 0}, .product_id = "gone", .category = "", .colours = {}}};
    client.upsert(collection().id, strangers, false);
    EXPECT_EQ(check(false).orphan_vectors, 2);
    EXPECT_EQ(client.count(collection().id), products + 2);
    const CheckReport report = check(true);
    EXPECT_EQ(report.orphan_vectors, 2);
    EXPECT_TRUE(report.consistent());
    EXPECT_EQ(client.count(collection().id), products);
}

TEST_F(CheckOverChroma, AVectorInAnotherModelsCollectionIsPutRight) {
    index_some();
    const auto other = client.find_or_make(collection_name("vitrine", "another model"), "another model", 3);
    const std::vector<chroma::Record> astray{
        {.id = {2}, .vector = {1, 0, 0}, .product_id = "P1", .category = "", .colours = {}}};
    client.upsert(other.id, astray, false);
    house.restart();
    const CheckReport report = check(true);
    EXPECT_EQ(report.wrong_models, 1);
    EXPECT_TRUE(report.consistent());
    EXPECT_EQ(client.count(other.id), 0);
    expect_all_found();
}

TEST_F(CheckOverChroma, ACheckWhileTheServerIsDownSaysSoAndEndsWhenItIsBack) {
    index_some();
    server.stop();
    const JobId job = house.database->write([&](Transaction& tx) {
        tx.after_commit([this] { house.workers->wake(); });
        return start_check(tx, house.lifecycle_parts(), {.repair = true, .hash_files = false}, false);
    });
    EXPECT_NE(house.finish(job), JobState::Succeeded) << "three quick attempts in this house";
    server.start();
    EXPECT_TRUE(check(true).consistent());
}

} // namespace
} // namespace vitrine::testing
