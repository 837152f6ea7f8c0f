#include "vectors/vector_index.hpp"

#include <atomic>
#include <map>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/embedding.hpp"
#include "vectors/clustered_vectors.hpp"

namespace vitrine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t always_exact = 1'000'000'000;
constexpr std::size_t always_sketches = 0;

std::vector<std::int64_t> ids_of(const std::vector<VectorHit>& hits) {
    std::vector<std::int64_t> ids;
    for (const auto& hit : hits) ids.push_back(hit.id.value);
    return ids;
}

std::vector<VectorHit> search_one(const VectorIndex& index, const Embedding& query, std::size_t k) {
    return index.search(std::span(&query, 1), k).front();
}

std::vector<VectorHit> by_brute_force(const std::map<std::int64_t, Embedding>& vectors, const Embedding& query,
                                      std::size_t k) {
    std::vector<VectorHit> hits;
    for (const auto& [id, vector] : vectors) hits.push_back({{id}, cosine_distance(vector, query)});
    std::ranges::sort(hits, nearer);
    hits.resize(std::min(k, hits.size()));
    return hits;
}

void expect_same_distances(const std::vector<VectorHit>& found, const std::vector<VectorHit>& expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i].distance, expected[i].distance, 1e-5) << i;
}

TEST(VectorIndex, AnEmptyIndexFindsNothing) {
    const VectorIndex index(4, always_exact);
    EXPECT_THAT(search_one(index, {1, 0, 0, 0}, 5), IsEmpty());
}

TEST(VectorIndex, NearestComeFirstAndTiesGoToTheLowerId) {
    VectorIndex index(2, always_exact);
    for (const int id : {7, 3, 5}) index.put({id}, Embedding{1, 0});
    index.put({1}, Embedding{0, 1});
    index.put({2}, Embedding{-1, 0});
    const auto hits = search_one(index, {1, 0}, 5);
    EXPECT_THAT(ids_of(hits), ElementsAre(3, 5, 7, 1, 2));
    EXPECT_THAT(ids_of(search_one(index, {1, 0}, 2)), ElementsAre(3, 5));
    EXPECT_DOUBLE_EQ(hits[0].distance, 0.0);
    EXPECT_DOUBLE_EQ(hits[3].distance, 1.0);
    EXPECT_DOUBLE_EQ(hits[4].distance, 2.0);
}

TEST(VectorIndex, TiesGoToTheLowerIdBySketchesToo) {
    VectorIndex index(64, always_sketches);
    ClusteredVectors vectors({.dimensions = 64});
    const auto twin = vectors.next();
    for (std::int64_t id = 3000; id > 0; --id) index.put({id}, id % 300 == 0 ? twin : vectors.next());
    EXPECT_THAT(ids_of(search_one(index, twin, 5)), ElementsAre(300, 600, 900, 1200, 1500));
}

TEST(VectorIndex, OnlyTheDirectionOfAVectorCounts) {
    VectorIndex index(2, always_exact);
    index.put({1}, Embedding{300, 400});
    EXPECT_NEAR(search_one(index, {0.006F, 0.008F}, 1).front().distance, 0.0, 1e-6);
}

TEST(VectorIndex, APutOfTheSameIdReplaces) {
    VectorIndex index(2, always_exact);
    index.put({1}, Embedding{1, 0});
    index.put({1}, Embedding{0, 1});
    EXPECT_EQ(index.size(), 1U);
    EXPECT_NEAR(search_one(index, {0, 1}, 9).front().distance, 0.0, 1e-6);
}

TEST(VectorIndex, ARemovedVectorIsGoneAndItsPlaceIsTakenByTheNext) {
    VectorIndex index(2, always_exact);
    index.put({1}, Embedding{1, 0});
    EXPECT_TRUE(index.remove({1}));
    EXPECT_FALSE(index.remove({1}));
    EXPECT_THAT(search_one(index, {1, 0}, 9), IsEmpty());
    index.put({2}, Embedding{1, 0});
    EXPECT_THAT(ids_of(search_one(index, {1, 0}, 9)), ElementsAre(2));
}

TEST(VectorIndex, MoreNeighboursThanThereAreGivesAll) {
    VectorIndex index(2, always_sketches);
    for (int id = 1; id <= 20; ++id) index.put({id}, Embedding{1, static_cast<float>(id)});
    EXPECT_EQ(search_one(index, {1, 0}, 1000).size(), 20U);
}

struct RandomRun {
    std::size_t dimensions;
    std::size_t exact_rows_max;
    unsigned seed;
};

class AfterRandomChanges : public testing::TestWithParam<RandomRun> {};

TEST_P(AfterRandomChanges, SearchesEqualBruteForce) {
    const auto [dimensions, exact_rows_max, seed] = GetParam();
    VectorIndex index(dimensions, exact_rows_max);
    ClusteredVectors vectors({.dimensions = dimensions, .cluster_size = 20, .seed = seed});
    std::map<std::int64_t, Embedding> model;
    std::mt19937 random(seed);
    for (int round = 0; round < 8; ++round) {
        for (int change = 0; change < 700; ++change) {
            const auto id = static_cast<std::int64_t>(1 + random() % 3000);
            if (random() % 3 == 0) {
                EXPECT_EQ(index.remove({id}), model.erase(id) == 1);
            } else {
                model[id] = vectors.next();
                index.put({id}, model[id]);
            }
        }
        ASSERT_EQ(index.size(), model.size());
        const std::vector<Embedding> queries{vectors.next(), vectors.like(model.begin()->second), vectors.next()};
        const auto found = index.search(queries, 12);
        for (std::size_t i = 0; i < queries.size(); ++i) {
            expect_same_distances(found[i], by_brute_force(model, queries[i], 12));
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Runs, AfterRandomChanges,
                         testing::Values(RandomRun{1, always_exact, 1}, RandomRun{3, always_sketches, 2},
                                         RandomRun{17, always_exact, 3}, RandomRun{64, always_sketches, 4},
                                         RandomRun{100, always_sketches, 5}, RandomRun{512, always_sketches, 6}));

double recall_at_10(const Clusters& clusters, std::size_t rows, int queries) {
    ClusteredVectors vectors(clusters);
    VectorIndex exact(clusters.dimensions, always_exact);
    VectorIndex sketched(clusters.dimensions, always_sketches);
    std::vector<Embedding> all = vectors.next(rows);
    for (std::size_t i = 0; i < rows; ++i) {
        exact.load({static_cast<std::int64_t>(i + 1)}, all[i]);
        sketched.load({static_cast<std::int64_t>(i + 1)}, all[i]);
    }
    exact.finish_loading();
    sketched.finish_loading();
    int right = 0;
    for (int i = 0; i < queries; ++i) {
        const auto query = vectors.like(all[static_cast<std::size_t>(i) * 37 % rows]);
        const auto truth = search_one(exact, query, 10);
        for (const auto& hit : search_one(sketched, query, 10)) {
            if (hit.distance <= truth.back().distance) ++right;
        }
    }
    return right / (10.0 * queries);
}

TEST(VectorIndex, SketchesFindTheTrueNeighbours) {
    EXPECT_GE(recall_at_10({}, 8000, 100), 0.995);
}

TEST(VectorIndex, SketchesFindTheTrueNeighboursAmongNearDuplicates) {
    EXPECT_GE(recall_at_10({.dimensions = 256, .cluster_size = 2000, .common = 2.0, .spread = 0.05}, 8000, 100), 0.995);
}

TEST(VectorIndex, SketchesFindTheTrueNeighboursWhereNothingIsClustered) {
    EXPECT_GE(recall_at_10({.dimensions = 256, .cluster_size = 1, .common = 0.0, .decay = 0.0}, 4000, 50), 0.99);
}

TEST(VectorIndex, LoadingEqualsPutting) {
    ClusteredVectors vectors({.dimensions = 96});
    VectorIndex loaded(96, always_sketches);
    VectorIndex put(96, always_sketches);
    for (std::int64_t id = 1; id <= 3000; ++id) {
        const auto vector = vectors.next();
        loaded.load({id}, vector);
        put.put({id}, vector);
    }
    loaded.finish_loading();
    for (int i = 0; i < 20; ++i) {
        const auto query = vectors.next();
        const auto a = search_one(loaded, query, 10);
        const auto b = search_one(put, query, 10);
        EXPECT_EQ(ids_of(a), ids_of(b));
    }
}

TEST(VectorIndex, ManyQueriesAtOnceEqualOneByOne) {
    ClusteredVectors vectors({.dimensions = 96});
    VectorIndex index(96, always_sketches);
    for (std::int64_t id = 1; id <= 2500; ++id) index.put({id}, vectors.next());
    const auto queries = vectors.next(19);
    const auto together = index.search(queries, 5);
    ASSERT_EQ(together.size(), queries.size());
    for (std::size_t i = 0; i < queries.size(); ++i) {
        EXPECT_EQ(ids_of(together[i]), ids_of(search_one(index, queries[i], 5)));
    }
}

// A vector that stays is found by every search, and one that is replaced all the time is seen old or new, never mixed.
void search_beside_changes(std::size_t exact_rows_max) {
    ClusteredVectors vectors({.dimensions = 64, .cluster_size = 10});
    VectorIndex index(64, exact_rows_max);
    for (std::int64_t id = 1; id <= 1500; ++id) index.put({id}, vectors.next());
    const auto pinned = vectors.next();
    const auto other = vectors.next();
    const double between = cosine_distance(pinned, other);
    index.put({9001}, pinned);
    index.put({9002}, pinned);

    std::atomic<bool> done = false;
    std::atomic<int> searches = 0;
    {
        std::vector<std::jthread> searchers;
        for (int thread = 0; thread < 2; ++thread) {
            searchers.emplace_back([&] {
                while (!done) {
                    bool seen = false;
                    for (const auto& hit : search_one(index, pinned, 200)) {
                        seen = seen || hit.id.value == 9001;
                        if (hit.id.value == 9002 && hit.distance > 1e-5) {
                            EXPECT_NEAR(hit.distance, between, 1e-5);
                        }
                    }
                    EXPECT_TRUE(seen);
                    ++searches;
                }
            });
        }
        std::mt19937 random(5);
        for (int change = 0; change < 3000 || searches < 10; ++change) {
            const auto id = static_cast<std::int64_t>(1 + random() % 2500);
            if (random() % 2 == 0) {
                index.remove({id});
            } else {
                index.put({id}, vectors.next());
            }
            index.put({9002}, change % 2 == 0 ? other : pinned);
        }
        done = true;
    }
}

TEST(VectorIndex, ExactSearchesRunBesideChanges) {
    search_beside_changes(always_exact);
}

TEST(VectorIndex, SearchesBySketchesRunBesideChanges) {
    search_beside_changes(always_sketches);
}

} // namespace
} // namespace vitrine
