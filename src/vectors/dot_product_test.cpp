#include "vectors/dot_product.hpp"

#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace vitrine {
namespace {

std::vector<float> random_vector(std::size_t size, std::mt19937& random) {
    std::normal_distribution<float> normal;
    std::vector<float> vector(size);
    for (float& value : vector) value = normal(random);
    return vector;
}

TEST(DotProduct, BothPathsAgreeWithADoubleSumAtEverySize) {
    std::mt19937 random(1);
    for (std::size_t size = 0; size <= 130; ++size) {
        const auto a = random_vector(size, random);
        const auto b = random_vector(size, random);
        double expected = 0.0, scale = 1.0;
        for (std::size_t i = 0; i < size; ++i) {
            expected += static_cast<double>(a[i]) * b[i];
            scale += std::abs(static_cast<double>(a[i]) * b[i]);
        }
        EXPECT_NEAR(dot_product(a, b), expected, 1e-6 * scale) << size;
        EXPECT_NEAR(dot_product_portable(a, b), expected, 1e-6 * scale) << size;
    }
}

TEST(DotProduct, DoesNotDependOnWhereTheVectorsLieInMemory) {
    std::mt19937 random(2);
    const auto a = random_vector(512, random);
    const auto b = random_vector(512, random);
    std::vector<float> shifted(513);
    std::copy(a.begin(), a.end(), shifted.begin() + 1);
    EXPECT_EQ(dot_product(a, b), dot_product({shifted.data() + 1, 512}, b));
}

} // namespace
} // namespace vitrine
