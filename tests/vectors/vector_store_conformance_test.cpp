// What every vector store promises, held by the same tests over each of them; ChromaDB is a real server.

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "servers/chroma_server.hpp"
#include "storage/test_database.hpp" // so that all of these run on PostgreSQL, too
#include "vector_house.hpp"

namespace vitrine {
namespace {

using test::error_of;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

enum class Kind { Embedded, Chroma };

class VectorStores : public ::testing::TestWithParam<Kind> {
protected:
    VectorStores() {
        if (GetParam() == Kind::Chroma) server_ = std::make_unique<test::ChromaServer>();
        reopen();
    }

    void reopen() {
        if (server_) {
            house_.open_chroma(test::VectorHouse::options_for(server_->url()));
        } else {
            house_.open_embedded();
        }
    }

    ProductImageId add(const Embedding& vector, const std::string& model = "m") { return house_.add(vector, model); }

    std::vector<ProductImageId> ids(const Embedding& query, int k = 10, const std::string& model = "m") {
        house_.settle();
        return house_.ids(query, k, model);
    }

    [[nodiscard]] VectorStore& store() const { return *house_.store; }

    std::unique_ptr<test::ChromaServer> server_;
    test::VectorHouse house_;
};

TEST_P(VectorStores, AnUnknownModelHasNoVectors) {
    EXPECT_THAT(ids({1, 0}, 3, "nobody"), IsEmpty());
    EXPECT_EQ(store().count("nobody"), 0);
    EXPECT_EQ(store().search("nobody", std::vector<Embedding>{{1, 0}, {0, 1}}, 3).size(), 2U);
}

TEST_P(VectorStores, ACommittedVectorIsFound) {
    const auto id = add({1, 0});
    EXPECT_THAT(ids({1, 0}), ElementsAre(id));
    EXPECT_EQ(store().count("m"), 1);
    EXPECT_EQ(store().standing(id).state, VectorStanding::State::Searchable);
}

TEST_P(VectorStores, AnAnswerIsNearestFirstByTheAngleAloneAndTiesAreByTheId) {
    const auto first = add({1, 0});
    const auto far = add({-1, 0.1F});
    const auto near = add({10, 1});
    const auto twin = add({3, 0});
    EXPECT_THAT(ids({2, 0}), ElementsAre(first, twin, near, far));
    const Embedding query{5, 0};
    const auto hits = store().search("m", std::span(&query, 1), 10).front();
    EXPECT_NEAR(hits[0].distance, 0.0, 1e-6);
    EXPECT_NEAR(hits[2].distance, 1.0 - 10.0 / std::sqrt(101.0), 1e-5);
    EXPECT_GT(hits[3].distance, 1.9);
}

TEST_P(VectorStores, EachQueryOfOneCallHasItsOwnAnswerOfAtMostSoMany) {
    const auto a = add({1, 0, 0});
    const auto b = add({0, 1, 0});
    const auto c = add({0, 0, 1});
    house_.settle();
    const std::vector<Embedding> queries{{0, 1, 0.1F}, {0.1F, 0, 1}, {1, 0.1F, 0}};
    const auto hits = store().search("m", queries, 1);
    ASSERT_EQ(hits.size(), 3U);
    for (const auto& of_one : hits) ASSERT_EQ(of_one.size(), 1U);
    EXPECT_EQ(hits[0][0].id, b);
    EXPECT_EQ(hits[1][0].id, c);
    EXPECT_EQ(hits[2][0].id, a);
}

TEST_P(VectorStores, ASearchAmongLinksFindsTheNearestOfThemAlone) {
    const auto nearest = add({1, 0, 0});
    const auto second = add({0.9F, 0.1F, 0});
    const auto far = add({0, 1, 0});
    const auto gone = add({0.95F, 0.05F, 0});
    house_.remove(gone);
    house_.settle();
    const std::vector<Embedding> queries{{1, 0, 0}, {0, 1, 0}};
    const auto hits =
        store().search("m", queries, 2, {.category = "", .links = std::vector<ProductImageId>{far, second, gone}});
    ASSERT_EQ(hits.size(), 2U);
    ASSERT_EQ(hits[0].size(), 2U);
    EXPECT_EQ(hits[0][0].id, second);
    EXPECT_EQ(hits[0][1].id, far);
    EXPECT_EQ(hits[1][0].id, far);
    EXPECT_EQ(
        store().search("m", queries, 5, {.category = "", .links = std::vector<ProductImageId>{nearest}})[0].size(), 1U);
    const auto none = store().search("m", queries, 5, {.category = "", .links = std::vector<ProductImageId>{}});
    ASSERT_EQ(none.size(), 2U);
    EXPECT_TRUE(none[0].empty());
}

TEST_P(VectorStores, ARolledBackPutNeverShows) {
    const auto id = house_.add_link();
    EXPECT_THROW(house_.database->write([&](Transaction& tx) {
        house_.put(tx, id, {1, 0});
        throw std::runtime_error("no");
    }),
                 std::runtime_error);
    EXPECT_THAT(ids({1, 0}), IsEmpty());
    reopen();
    EXPECT_THAT(ids({1, 0}), IsEmpty());
}

TEST_P(VectorStores, ARolledBackRemovalKeepsTheVector) {
    const auto id = add({1, 0});
    EXPECT_THROW(house_.database->write([&](Transaction& tx) {
        store().remove(tx, id);
        throw std::runtime_error("no");
    }),
                 std::runtime_error);
    EXPECT_THAT(ids({1, 0}), ElementsAre(id));
}

TEST_P(VectorStores, ARemovedVectorIsGoneAndStaysGone) {
    const auto id = add({1, 0});
    const auto other = add({0, 1});
    house_.settle();
    house_.remove_product(id);
    EXPECT_THAT(ids({1, 0}), ElementsAre(other));
    EXPECT_EQ(store().count("m"), 1);
    reopen();
    EXPECT_THAT(ids({1, 0}), ElementsAre(other));
}

TEST_P(VectorStores, AVectorRemovedBeforeAnybodySawItIsGone) {
    const auto id = add({1, 0});
    house_.remove_product(id);
    EXPECT_THAT(ids({1, 0}), IsEmpty());
    EXPECT_EQ(house_.outbox().waiting, 0);
}

TEST_P(VectorStores, RemovingWhatIsNotThereDoesNothing) {
    const auto id = add({1, 0});
    house_.remove({987'654});
    EXPECT_THAT(ids({1, 0}), ElementsAre(id));
}

TEST_P(VectorStores, APutWithoutItsLinkNeverShows) {
    try {
        house_.put(ProductImageId{987'654}, {1, 0});
    } catch (const Error& error) { // refused at once, or never delivered: both are kept promises
        EXPECT_EQ(error.code(), ErrorCode::Conflict);
    }
    EXPECT_THAT(ids({1, 0}), IsEmpty());
}

TEST_P(VectorStores, APutOfTheSameLinkReplaces) {
    const auto id = add({1, 0});
    const auto other = add({0.7F, 0.7F});
    EXPECT_THAT(ids({0, 1}), ElementsAre(other, id));
    house_.put(id, {0, 1});
    EXPECT_THAT(ids({0, 1}), ElementsAre(id, other));
    EXPECT_EQ(store().count("m"), 2);
}

TEST_P(VectorStores, TheLastOfSeveralPutsInOneTransactionStays) {
    const auto id = house_.add_link();
    const auto other = add({0.7F, 0.7F});
    house_.database->write([&](Transaction& tx) {
        house_.put(tx, id, {1, 0});
        store().remove(tx, id);
        house_.put(tx, id, {0, 1});
    });
    EXPECT_THAT(ids({0, 1}), ElementsAre(id, other));
}

TEST_P(VectorStores, ASearchSeesItsOwnModelsVectorsOnly) {
    const auto id = add({1, 0}, "m");
    const auto other = add({1, 0, 0}, "other (2)/ü");
    EXPECT_THAT(ids({1, 0}, 10, "m"), ElementsAre(id));
    EXPECT_THAT(ids({1, 0, 0}, 10, "other (2)/ü"), ElementsAre(other));
    EXPECT_EQ(store().count("m"), 1);
}

TEST_P(VectorStores, AVectorOfANewModelReplacesTheLinksOldOne) {
    const auto id = add({1, 0}, "m");
    house_.settle();
    house_.put(id, {0, 1, 0}, "n");
    EXPECT_THAT(ids({0, 1, 0}, 10, "n"), ElementsAre(id));
    EXPECT_THAT(ids({1, 0}, 10, "m"), IsEmpty());
}

TEST_P(VectorStores, AVectorThatCannotBeSearchedIsRefused) {
    const auto id = house_.add_link();
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinity = std::numeric_limits<float>::infinity();
    for (const Embedding& vector : {Embedding{}, {0, 0}, {nan, 1}, {1, infinity}, {-infinity, 0}}) {
        EXPECT_EQ(error_of([&] { house_.put(id, vector); }).first, ErrorCode::BadInput);
    }
    EXPECT_EQ(house_.outbox().waiting, 0);
}

TEST_P(VectorStores, AWrongQueryIsRefused) {
    add({1, 0});
    house_.settle();
    const float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(error_of([&] { (void)house_.ids({1, nan}); }).first, ErrorCode::BadInput);
    EXPECT_EQ(error_of([&] { (void)house_.ids({1, 0, 0}); }).first, ErrorCode::BadInput);
    EXPECT_EQ(error_of([&] { (void)house_.ids({1, 0}, 0); }).first, ErrorCode::BadInput);
    EXPECT_TRUE(store().search("m", {}, 3).empty());
}

TEST_P(VectorStores, AReopenedStoreAnswersAsTheLiveOne) {
    std::mt19937 random(5);
    std::normal_distribution<float> normal;
    for (int i = 0; i < 60; ++i) add({normal(random), normal(random), normal(random), normal(random)});
    const Embedding query{1, 2, 3, 4};
    const auto before = ids(query, 60);
    EXPECT_EQ(before.size(), 60U);
    reopen();
    EXPECT_EQ(ids(query, 60), before);
    EXPECT_EQ(store().count("m"), 60);
}

TEST_P(VectorStores, ASearchAmongManyFindsNearlyAllOfTheNearest) {
    constexpr int count = 800, dimensions = 32, k = 10, searches = 20;
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    const auto any = [&] {
        Embedding vector(dimensions);
        for (float& value : vector) value = normal(random);
        return vector;
    };
    std::vector<std::pair<ProductImageId, Embedding>> all;
    for (int i = 0; i < count; ++i) {
        const auto vector = any();
        all.emplace_back(add(vector), vector);
    }
    house_.settle();
    int found = 0;
    for (int i = 0; i < searches; ++i) {
        const auto query = any();
        const auto likeness = [&query](const Embedding& vector) {
            return std::inner_product(query.begin(), query.end(), vector.begin(), 0.0) /
                   std::sqrt(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0));
        };
        std::ranges::sort(all, std::greater{}, [&](const auto& entry) { return likeness(entry.second); });
        const auto hits = house_.ids(query, k);
        for (int j = 0; j < k; ++j) found += static_cast<int>(std::ranges::count(hits, all[std::size_t(j)].first));
    }
    EXPECT_GE(found, searches * k * 95 / 100);
}

TEST_P(VectorStores, WritersAndSearchersMayWorkAtOneTime) {
    add({1, 0});
    house_.settle();
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < 3; ++writer) {
        threads.emplace_back([this] {
            for (int i = 0; i < 20; ++i) {
                const auto id = add({1, static_cast<float>(i)});
                if (i % 2 == 0) house_.remove_product(id);
            }
        });
    }
    for (int searcher = 0; searcher < 2; ++searcher) {
        threads.emplace_back([this] {
            for (int i = 0; i < 30; ++i) EXPECT_FALSE(house_.ids({1, 0}, 100).empty());
        });
    }
    threads.clear();
    EXPECT_EQ(ids({1, 0}, 100).size(), 31U);
    EXPECT_EQ(store().count("m"), 31);
}

INSTANTIATE_TEST_SUITE_P(Every, VectorStores, ::testing::Values(Kind::Embedded, Kind::Chroma),
                         [](const auto& kind) { return kind.param == Kind::Embedded ? "Embedded" : "Chroma"; });

} // namespace
} // namespace vitrine
