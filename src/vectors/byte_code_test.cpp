#include "vectors/byte_code.hpp"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "vectors/clustered_vectors.hpp"
#include "vectors/dot_product.hpp"

namespace vitrine {
namespace {

struct Encoded {
    std::vector<std::int8_t> bytes;
    ByteScale scale;
};

Encoded encoded(const Embedding& vector) {
    Encoded code{std::vector<std::int8_t>(vector.size()), {}};
    code.scale = encode_bytes(vector, code.bytes);
    return code;
}

TEST(ByteCode, BothPathsGiveTheExactDotProductAtEverySize) {
    std::mt19937 random(1);
    for (std::size_t size = 0; size <= 130; ++size) {
        std::vector<std::int8_t> a(size), b(size);
        std::int32_t expected = 0;
        for (std::size_t i = 0; i < size; ++i) {
            a[i] = static_cast<std::int8_t>(static_cast<int>(random() % 255) - 127);
            b[i] = static_cast<std::int8_t>(static_cast<int>(random() % 255) - 127);
            expected += a[i] * b[i];
        }
        EXPECT_EQ(dot_product(a, b), expected) << size;
        EXPECT_EQ(dot_product_portable(a, b), expected) << size;
    }
}

TEST(ByteCode, TheLargestBytesDoNotOverflow) {
    const std::vector<std::int8_t> most(65'536, 127), least(65'536, -127);
    EXPECT_EQ(dot_product(most, most), 65'536 * 127 * 127);
    EXPECT_EQ(dot_product(most, least), -65'536 * 127 * 127);
}

TEST(ByteCode, TheBoundIsNeverBelowTheDotProductAndSeldomFarAbove) {
    for (const std::size_t dimensions : {1U, 7U, 64U, 512U, 1280U}) {
        ClusteredVectors source({.dimensions = dimensions, .cluster_size = 10, .decay = 0.5});
        const auto vectors = source.next(100);
        double above = 0.0;
        for (const auto& a : vectors) {
            const auto code_a = encoded(a);
            for (const auto& b : vectors) {
                const auto code_b = encoded(b);
                const float bound =
                    greatest_dot_product(dot_product(code_a.bytes, code_b.bytes), code_a.scale, code_b.scale);
                EXPECT_GE(bound, dot_product(a, b) - 1e-5F);
                above += (bound - dot_product(a, b)) / 10'000.0;
            }
        }
        EXPECT_LT(above, 0.08) << dimensions;
    }
}

TEST(ByteCode, AVectorOfZerosIsEncodedWithoutLoss) {
    const auto code = encoded(Embedding(40, 0.0F));
    EXPECT_EQ(code.scale.scale, 0.0F);
    EXPECT_EQ(code.scale.error, 0.0F);
    EXPECT_EQ(dot_product(code.bytes, code.bytes), 0);
}

} // namespace
} // namespace vitrine
