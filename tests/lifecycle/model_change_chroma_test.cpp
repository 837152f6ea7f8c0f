// A change of models over a real ChromaDB server: a collection for each model, filled by the outbox beside live
// traffic.

#include <atomic>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lifecycle/model_change.hpp"
#include "pipeline/pipeline_house.hpp"
#include "servers/chroma_server.hpp"
#include "storage/model_repository.hpp"
#include "storage/query_result_repository.hpp"
#include "vectors/chroma_client.hpp"
#include "vectors/chroma_collections.hpp"
#include "vectors/chroma_store.hpp"
#include "whole_catalogue.hpp"

namespace vitrine::testing {
namespace {

class ModelChangeOverChroma : public ::testing::Test {
protected:
    static constexpr int products = 6;

    void SetUp() override {
        house.next_vision.version = 2;
        house.has_next = true;
        house.restart();
        for (int i = 0; i < products; ++i) {
            ASSERT_EQ(house.index(fmt::format("P{}", i), "thing", picture(i)), JobState::Succeeded);
        }
    }

    static std::string picture(int number) { return strips({{20 * number, 200 - 20 * number, 10 * number}}); }

    template <class Start>
    JobState run(Start start) {
        const auto job = house.database->write([&](Transaction& tx) {
            tx.after_commit([this] { house.workers->wake(); });
            return std::optional<JobId>(start(tx, house.model_change_parts()));
        });
        const JobState state = job ? house.finish(*job) : JobState::Cancelled;
        EXPECT_TRUE(house.delivery->wait_until_idle(std::chrono::steady_clock::now() + std::chrono::seconds(30)));
        return state;
    }
    JobState change() {
        return run([this](Transaction& tx, const ModelChangeParts& parts) { return start_change(tx, parts, after); });
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

    std::optional<std::int64_t> held(const std::string& model) {
        const auto collection = client.find(collection_name("vitrine", model));
        return collection ? std::optional(client.count(collection->id)) : std::nullopt;
    }
    std::string active() {
        return house.database->read([](Transaction& tx) { return model_repository::models(tx).active; });
    }

    const std::string before = "colour-vector 1", after = "colour-vector 2";
    test::ChromaServer server;
    ChromaClient client{{.url = server.url()}, {}};
    PipelineHouse house{2, 8, [this](Database& database, const Clock& clock) {
                            ChromaStoreOptions options;
                            options.address.url = server.url();
                            options.retry = {.initial = Milliseconds{5}, .max = Milliseconds{50}};
                            return make_chroma_store(database, clock, options);
                        }};
};

TEST_F(ModelChangeOverChroma, TheNewModelsCollectionIsFilledAndThenSearched) {
    EXPECT_EQ(held(after), std::nullopt);
    ASSERT_EQ(change(), JobState::Succeeded);
    EXPECT_EQ(active(), after);
    EXPECT_EQ(held(before), products);
    EXPECT_EQ(held(after), products);
    expect_all_found();
}

TEST_F(ModelChangeOverChroma, NoProductIsMissedWhileModelsChangeThereAndBack) {
    std::atomic<bool> stop = false;
    std::jthread person([&] {
        while (!stop) expect_all_found();
    });
    ASSERT_EQ(change(), JobState::Succeeded);
    ASSERT_EQ(run(start_rollback), JobState::Succeeded);
    ASSERT_EQ(change(), JobState::Succeeded);
    stop = true;
}

TEST_F(ModelChangeOverChroma, AProductThatIsIndexedMeanwhileIsInBothCollections) {
    ASSERT_EQ(change(), JobState::Succeeded);
    ASSERT_EQ(house.index("P9", "thing", picture(9)), JobState::Succeeded);
    EXPECT_TRUE(house.delivery->wait_until_idle(std::chrono::steady_clock::now() + std::chrono::seconds(30)));
    EXPECT_EQ(held(before), products + 1);
    EXPECT_EQ(held(after), products + 1);
}

TEST_F(ModelChangeOverChroma, TheWayBackCostsNoModelCallOnTheCatalogue) {
    ASSERT_EQ(change(), JobState::Succeeded);
    const int calls = house.vision.label_calls;
    ASSERT_EQ(run(start_rollback), JobState::Succeeded);
    EXPECT_EQ(house.vision.label_calls, calls);
    EXPECT_EQ(active(), before);
    expect_all_found();
}

TEST_F(ModelChangeOverChroma, ADroppedModelLeavesNoCollectionAndNoVector) {
    ASSERT_EQ(change(), JobState::Succeeded);
    ASSERT_EQ(run(start_drop), JobState::Succeeded);
    EXPECT_EQ(held(before), std::nullopt) << "the collection itself is gone";
    EXPECT_EQ(held(after), products);
    expect_vectors_to_be_the_links(*house.database, *house.vectors);
    expect_all_found();
}

TEST_F(ModelChangeOverChroma, ADroppedModelCanComeBack) {
    ASSERT_EQ(change(), JobState::Succeeded);
    ASSERT_EQ(run(start_rollback), JobState::Succeeded);
    ASSERT_EQ(run(start_drop), JobState::Succeeded);
    EXPECT_EQ(held(after), std::nullopt);
    ASSERT_EQ(change(), JobState::Succeeded);
    EXPECT_EQ(held(after), products);
    expect_all_found();
}

TEST_F(ModelChangeOverChroma, AServerThatIsAwayMeanwhileIsWaitedForAndNothingIsLost) {
    server.stop();
    const auto job = house.database->write([&](Transaction& tx) {
        tx.after_commit([this] { house.workers->wake(); });
        return *start_change(tx, house.model_change_parts(), after);
    });
    const auto lacking = [this] {
        return house.database->read([this](Transaction& tx) {
            return model_repository::count_lacking_standby(tx, after) > 0 ||
                   model_repository::undelivered_standby(tx).waiting < products;
        });
    };
    while (lacking()) std::this_thread::yield(); // until all links are there, and no vector of them
    EXPECT_EQ(active(), before) << "searches would find nothing";
    server.start();
    EXPECT_EQ(house.finish(job), JobState::Succeeded);
    EXPECT_EQ(active(), after);
    EXPECT_TRUE(house.delivery->wait_until_idle(std::chrono::steady_clock::now() + std::chrono::seconds(30)));
    EXPECT_EQ(held(after), products);
    expect_all_found();
}

} // namespace
} // namespace vitrine::testing
