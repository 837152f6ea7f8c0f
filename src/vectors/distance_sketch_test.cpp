#include "vectors/distance_sketch.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "vectors/clustered_vectors.hpp"

namespace vitrine {
namespace {

double squared_distance(const Embedding& a, const Embedding& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += (static_cast<double>(a[i]) - b[i]) * (a[i] - b[i]);
    return sum;
}

Embedding rotated(Embedding vector, const RandomRotation& rotation) {
    rotation.apply(vector);
    return vector;
}

class RotationOfSize : public testing::TestWithParam<std::size_t> {};

TEST_P(RotationOfSize, KeepsDistances) {
    ClusteredVectors vectors({.dimensions = GetParam()});
    const RandomRotation rotation(GetParam());
    const auto a = vectors.next();
    const auto b = vectors.next();
    EXPECT_NEAR(squared_distance(rotated(a, rotation), rotated(b, rotation)), squared_distance(a, b), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Sizes, RotationOfSize, testing::Values(1, 2, 3, 16, 100, 512, 768, 1000, 1280));

TEST(RandomRotation, SpreadsASingleValueOverAllDimensions) {
    for (const std::size_t size : {16U, 100U, 512U, 768U, 1280U}) {
        Embedding vector(size, 0.0F);
        vector[size / 2] = 1.0F;
        const auto spread = rotated(vector, RandomRotation(size));
        EXPECT_LT(*std::ranges::max_element(spread), 5.0 / std::sqrt(static_cast<double>(size))) << size;
    }
}

TEST(RandomRotation, IsTheSameInEveryInstance) {
    const auto vector = ClusteredVectors({.dimensions = 96}).next();
    EXPECT_EQ(rotated(vector, RandomRotation(96)), rotated(vector, RandomRotation(96)));
}

// The share of pairs whose true squared distance lies below the bound.
double share_below_bound(const Clusters& clusters, bool centred) {
    ClusteredVectors source(clusters);
    const SketchSpace space(clusters.dimensions);
    const auto vectors = source.next(400);
    Embedding centre(clusters.dimensions, 0.0F);
    if (centred) {
        for (const auto& vector : vectors) {
            for (std::size_t i = 0; i < centre.size(); ++i) centre[i] += vector[i] / 400.0F;
        }
    }
    space.rotation().apply(centre);
    std::vector<std::vector<std::uint64_t>> bits(vectors.size(), std::vector<std::uint64_t>(space.words()));
    std::vector<float> radii;
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        radii.push_back(space.sketch(rotated(vectors[i], space.rotation()), centre, bits[i]));
    }
    int below = 0, pairs = 0;
    for (std::size_t a = 0; a < vectors.size(); ++a) {
        for (std::size_t b = a; b < vectors.size(); ++b, ++pairs) {
            const auto bound = space.lower_bound(radii[a], radii[b], SketchSpace::differing(bits[a], bits[b]));
            if (squared_distance(vectors[a], vectors[b]) < bound - 1e-5) ++below;
        }
    }
    return static_cast<double>(below) / pairs;
}

TEST(DistanceSketch, TheBoundHoldsForAllButTheRarestPairs) {
    EXPECT_LT(share_below_bound({}, true), 0.002);
    EXPECT_LT(share_below_bound({}, false), 0.002);
    EXPECT_LT(share_below_bound({.dimensions = 1280, .decay = 1.0}, true), 0.002);
    EXPECT_LT(share_below_bound({.dimensions = 100, .cluster_size = 1}, true), 0.002);
    EXPECT_LT(share_below_bound({.cluster_size = 400, .common = 3.0, .spread = 0.01}, false), 0.002);
}

TEST(DistanceSketch, AVectorIsAtItsOwnDistanceZero) {
    const SketchSpace space(64);
    const auto vector = ClusteredVectors({.dimensions = 64}).next();
    std::vector<std::uint64_t> bits(space.words());
    const float radius = space.sketch(rotated(vector, space.rotation()), Embedding(64, 0.0F), bits);
    EXPECT_NEAR(radius, 1.0F, 1e-5F);
    EXPECT_LE(space.lower_bound(radius, radius, SketchSpace::differing(bits, bits)), 1e-5F);
}

} // namespace
} // namespace vitrine
