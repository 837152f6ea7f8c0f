#include "core/ranking.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace vitrine {
namespace {

double score(const Evidence& evidence) {
    return score_candidates(std::array{evidence}).front();
}

CropMatch match(const std::string& product, double match_score, double distance = 0.5) {
    CropMatch result;
    result.product_id = product;
    result.score = match_score;
    result.evidence.distance = distance;
    return result;
}

TEST(Ranking, ScoresStayBetweenZeroAndOne) {
    for (const double distance : {-1.0, 0.0, 0.7, 2.0, 50.0}) {
        for (const int inliers : {-3, 0, 5, 40, 1'000'000}) {
            for (const bool barcode : {false, true}) {
                const double value = score({distance, inliers, 1.0, 1.0, barcode});
                EXPECT_GE(value, 0.0);
                EXPECT_LE(value, 1.0);
            }
        }
    }
}

TEST(Ranking, MoreOfAnyEvidenceNeverLowersTheScore) {
    const Evidence base{0.6, 6, 0.2, 0.2, false};
    double before = score(base);
    for (int inliers = 6; inliers < 200; inliers += 7) {
        const double now = score({0.6, inliers, 0.2, 0.2, false});
        EXPECT_GE(now, before);
        before = now;
    }
    EXPECT_GT(score({0.5, 6, 0.2, 0.2, false}), score(base));
    EXPECT_GT(score({0.6, 6, 0.9, 0.2, false}), score(base));
    EXPECT_GT(score({0.6, 6, 0.2, 0.9, false}), score(base));
    EXPECT_GT(score({0.6, 6, 0.2, 0.2, true}), score(base));
}

/// Candidates as far as their vectors say, with their categories.
std::vector<Evidence> with_contrasts(std::initializer_list<double> contrasts) {
    std::vector<Evidence> candidates;
    for (const double contrast : contrasts) {
        candidates.emplace_back();
        candidates.back().contrast = contrast;
    }
    return candidates;
}

using Names = std::vector<std::string_view>;

TEST(CategorySupport, OfLikeProductsOneOfTheKindThatMostAreOfComesFirst) {
    auto candidates = with_contrasts({0.42, 0.40, 0.39, 0.38, 0.37, 0.36});
    add_category_support(candidates, Names{"Hat", "Shirt", "Shirt", "Shirt", "Shirt", "Shirt"});
    EXPECT_EQ(candidates[1].category_support, 1.0);
    EXPECT_LT(candidates[0].category_support, 0.5);
    const auto scores = score_candidates(candidates);
    EXPECT_EQ(std::ranges::max_element(scores) - scores.begin(), 1);
}

TEST(CategorySupport, OneThatStandsOutByMatchingPointsDecidesAlone) {
    auto candidates = with_contrasts({0.42, 0.40, 0.39, 0.38, 0.37, 0.36});
    candidates[0].inliers = 80;
    add_category_support(candidates, Names{"Hat", "Shirt", "Shirt", "Shirt", "Shirt", "Shirt"});
    EXPECT_EQ(candidates[0].category_support, 1.0);
    const auto scores = score_candidates(candidates);
    EXPECT_EQ(std::ranges::max_element(scores) - scores.begin(), 0);
}

TEST(CategorySupport, WhereNearlyEachVoterIsOfItsOwnKindTheVoteCountsForNothing) {
    auto candidates = with_contrasts({0.42, 0.41, 0.40, 0.39, 0.38});
    add_category_support(candidates, Names{"Milk", "Juice", "Juice", "Pear", "Plum"});
    for (const auto& candidate : candidates) EXPECT_EQ(candidate.category_support, 1.0);
    auto pairs = with_contrasts({0.42, 0.41, 0.40, 0.39});
    add_category_support(pairs, Names{"Milk", "Milk", "Juice", "Juice"});
    for (const auto& candidate : pairs) EXPECT_EQ(candidate.category_support, 1.0);
}

TEST(CategorySupport, WithoutCategoriesThereIsNoneAndTheOrderStays) {
    auto candidates = with_contrasts({0.4, 0.3});
    add_category_support(candidates, Names{"", ""});
    EXPECT_FALSE(candidates[0].category_support);
    EXPECT_FALSE(candidates[1].category_support);
    std::vector<Evidence> none;
    add_category_support(none, Names{});
}

TEST(CategorySupport, AProductWithoutACategoryIsAKindOfItsOwn) {
    auto candidates = with_contrasts({0.41, 0.40, 0.40, 0.40, 0.40, 0.40, 0.40, 0.40, 0.40});
    add_category_support(candidates, Names{"", "", "Shirt", "Shirt", "Shirt", "Shirt", "Shirt", "Shirt", "Shirt"});
    EXPECT_EQ(candidates[2].category_support, 1.0);
    EXPECT_LT(candidates[0].category_support, 0.9);
    EXPECT_GT(candidates[0].category_support, candidates[1].category_support);
}

TEST(CategorySupport, OnlyTheLikeliestVoteAndSupportStaysWithinItsLimits) {
    std::vector<Evidence> candidates = with_contrasts({0.5});
    Names categories{"Hat"};
    for (int i = 0; i < 200; ++i) {
        candidates.push_back(candidates.front());
        candidates.back().contrast = i < 19 ? 0.49 : -1.0;
        categories.push_back(i < 19 ? "Hat" : "Shirt");
    }
    add_category_support(candidates, categories);
    for (const auto& candidate : candidates) {
        EXPECT_GT(candidate.category_support, 0.0);
        EXPECT_LE(candidate.category_support, 1.0);
    }
    EXPECT_LT(candidates.back().category_support, 0.03) << "however many they are, they are not among the likeliest";
}

TEST(Ranking, AFewInliersAreChanceAndSayNothing) {
    EXPECT_DOUBLE_EQ(score({0.6, 4, 0.0, 0.0, false}), score({0.6, 0, 0.0, 0.0, false}));
}

TEST(Ranking, AnEqualBarcodeBeatsEverythingElse) {
    EXPECT_GE(score({2.0, 0, 0.0, 0.0, true}), 0.99);
    EXPECT_GE(score({2.0, 0, 0.0, 0.0, true}), score({0.0, 1000, 1.0, 1.0, false}));
}

TEST(Ranking, NumbersThatAreNotFiniteCountAsNoEvidence) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double value = score({nan, 0, nan, nan, false});
    EXPECT_TRUE(std::isfinite(value));
    EXPECT_DOUBLE_EQ(value, score({2.0, 0, 0.0, 0.0, false}));
}

TEST(Ranking, ACandidateThatStandsOutScoresMoreThanOneAmongItsLikes) {
    const Evidence alike{0.5, 0, 0.0, 0.0, false};
    const Evidence unlike{1.0, 0, 0.0, 0.0, false};
    EXPECT_GT(score_candidates(std::array{alike, unlike, unlike})[0],
              score_candidates(std::array{alike, alike, alike})[0]);
}

TEST(Ranking, WhatLooksLikeNothingInTheCatalogueScoresLow) {
    EXPECT_LT(score({1.0, 0, 0.0, 0.0, false}), 0.1);
}

TEST(Ranking, NoCandidatesHaveNoScores) {
    EXPECT_TRUE(score_candidates({}).empty());
}

TEST(Ranking, ReasonsNameWhatSpeaksForTheMatch) {
    const auto reasons = reasons_for({0.25, 42, 0.0, 0.5, true});
    EXPECT_EQ(reasons, (std::vector<std::string>{"equal barcode", "42 matching points", "printed words agree (50%)",
                                                 "looks alike (75%)"}));
    EXPECT_TRUE(reasons_for({1.4, 0, 0.0, 0.0, false}).empty());
}

TEST(Ranking, AProductHasTheScoreOfItsBestMatchInAnyCrop) {
    const std::array crops{CropMatches{ImageId{1}, {match("a", 0.3), match("b", 0.6)}},
                           CropMatches{ImageId{2}, {match("c", 0.5), match("a", 0.9)}}};
    const auto products = aggregate_by_product(crops);
    ASSERT_EQ(products.size(), 3U);
    EXPECT_EQ(products[0].product_id, "a");
    EXPECT_DOUBLE_EQ(products[0].score, 0.9);
    EXPECT_EQ(products[0].crop, 1U);
    EXPECT_EQ(products[0].match, 1U);
    EXPECT_EQ(products[1].product_id, "b");
    EXPECT_EQ(products[2].product_id, "c");
}

TEST(Ranking, TiesGoToTheNearerThenToTheProductId) {
    const std::array crops{CropMatches{ImageId{1}, {match("z", 0.5, 0.1), match("b", 0.5, 0.4), match("a", 0.5, 0.4)}}};
    const auto products = aggregate_by_product(crops);
    ASSERT_EQ(products.size(), 3U);
    EXPECT_EQ(products[0].product_id, "z");
    EXPECT_EQ(products[1].product_id, "a");
    EXPECT_EQ(products[2].product_id, "b");
}

TEST(Ranking, NoCropsHaveNoProducts) {
    EXPECT_TRUE(aggregate_by_product({}).empty());
}

TEST(Ranking, ThePrimaryCropHasTheHighestScoreThenTheLargerAreaThenTheLowerId) {
    const CropScore low{ImageId{1}, 0.2, 900};
    const CropScore small{ImageId{2}, 0.7, 100};
    const CropScore large{ImageId{4}, 0.7, 400};
    const CropScore twin{ImageId{3}, 0.7, 400};
    EXPECT_EQ(choose_primary(std::array{low, small, large, twin}), twin);
    EXPECT_EQ(choose_primary(std::array{twin, large, small, low}), twin);
    EXPECT_EQ(choose_primary(std::array{low, small}), small);
    EXPECT_EQ(choose_primary(std::array{low}), low);
}

} // namespace
} // namespace vitrine
