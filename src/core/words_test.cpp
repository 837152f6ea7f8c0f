// The small words that need no file of their own: boxes, moments, errors, embeddings.

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include <vitrine/box.hpp>
#include <vitrine/error.hpp>
#include <vitrine/time.hpp>

#include "core/embedding.hpp"

namespace vitrine {
namespace {

TEST(Box, FitsOnlyWithAnAreaInsideThePicture) {
    EXPECT_TRUE((Box{0, 0, 10, 10}).fits(10, 10));
    constexpr int huge = std::numeric_limits<int>::max();
    for (const Box box :
         {Box{0, 0, 11, 10}, Box{-1, 0, 5, 5}, Box{0, 0, 0, 5}, Box{0, 0, 5, -5}, Box{1, 1, huge, huge}}) {
        EXPECT_FALSE(box.fits(10, 10));
    }
}

TEST(Box, IntersectionOverUnionIsOneForTheSameAndZeroForTheApart) {
    const Box box{2, 3, 10, 20};
    EXPECT_DOUBLE_EQ(intersection_over_union(box, box), 1.0);
    EXPECT_DOUBLE_EQ(intersection_over_union(box, {50, 50, 5, 5}), 0.0);
    EXPECT_DOUBLE_EQ(intersection_over_union({0, 0, 10, 10}, {5, 0, 10, 10}), 50.0 / 150.0);
    EXPECT_DOUBLE_EQ(intersection_over_union({}, {}), 0.0);
}

TEST(Timestamp, IsWrittenAsRfc3339InUtcWithMilliseconds) {
    EXPECT_EQ(to_rfc3339(Timestamp{Milliseconds{0}}), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(to_rfc3339(Timestamp{Milliseconds{1'773'075'845'123}}), "2026-03-09T17:04:05.123Z");
}

TEST(Timestamp, IsReadBackFromWhatWasWrittenAndFromNothingElse) {
    const Timestamp moment{Milliseconds{1'773'075'845'123}};
    EXPECT_EQ(timestamp_from_rfc3339(to_rfc3339(moment)), moment);
    EXPECT_EQ(timestamp_from_rfc3339("2024-02-29T23:59:59.999Z"),
              Timestamp(std::chrono::sys_days{std::chrono::year(2024) / 3 / 1}) - Milliseconds(1));
    for (const auto* const text :
         {"", "2026-03-09", "2026-03-09T17:04:05Z", "2026-03-09T17:04:05.123+01:00", "2026-02-30T17:04:05.123Z",
          "2026-03-09T24:04:05.123Z", "2026-03-09T17:60:05.123Z", "2026-03-09 17:04:05.123Z",
          "+026-03-09T17:04:05.123Z", "2026-03-09T17:04:05.12xZ"}) {
        EXPECT_FALSE(timestamp_from_rfc3339(text)) << text;
    }
}

TEST(Error, OnlyPassingFaultsAreWorthAnotherTry) {
    for (const ErrorCode code : {ErrorCode::Unavailable, ErrorCode::RateLimited, ErrorCode::TimedOut}) {
        EXPECT_TRUE(Error(code, "x").retryable()) << to_string(code);
    }
    for (const ErrorCode code :
         {ErrorCode::BadInput, ErrorCode::TooLarge, ErrorCode::Unsupported, ErrorCode::NotFound, ErrorCode::Conflict,
          ErrorCode::Cancelled, ErrorCode::Corrupted, ErrorCode::Internal}) {
        EXPECT_FALSE(Error(code, "x").retryable()) << to_string(code);
    }
}

TEST(Embedding, OnlyFiniteVectorsOfLengthOneAreUnit) {
    EXPECT_TRUE(is_unit_length({0.6F, 0.8F}));
    for (const Embedding& bad : {Embedding{}, {0.0F, 0.0F}, {1.0F, 1.0F}, {NAN, 1.0F}, {INFINITY, 0.0F}}) {
        EXPECT_FALSE(is_unit_length(bad));
    }
}

TEST(Embedding, TheDistanceIsZeroForTheSameAndTwoForTheOpposite) {
    EXPECT_NEAR(cosine_distance({0.6F, 0.8F}, {0.6F, 0.8F}), 0.0, 1e-6);
    EXPECT_NEAR(cosine_distance({1.0F, 0.0F}, {-1.0F, 0.0F}), 2.0, 1e-6);
    EXPECT_NEAR(cosine_distance({1.0F, 0.0F}, {0.0F, 1.0F}), 1.0, 1e-6);
}

} // namespace
} // namespace vitrine
