#include "core/retrieval_metrics.hpp"

#include <gtest/gtest.h>

namespace vitrine {
namespace {

JudgedRanking ranking(std::vector<bool> right, int wanted) {
    return {std::move(right), wanted, std::nullopt};
}

TEST(AveragePrecision, OfOneWantedProductIsTheReciprocalOfItsRank) {
    EXPECT_DOUBLE_EQ(average_precision(ranking({true, false, false}, 1)), 1.0);
    EXPECT_DOUBLE_EQ(average_precision(ranking({false, false, false, true}, 1)), 0.25);
}

TEST(AveragePrecision, OfSeveralIsTheMeanOfThePrecisionsAtTheirRanks) {
    // right at ranks 1, 3 and 6 of 3 wanted: (1/1 + 2/3 + 3/6) / 3
    EXPECT_NEAR(average_precision(ranking({true, false, true, false, false, true}, 3)), (1.0 + 2.0 / 3 + 0.5) / 3,
                1e-12);
}

TEST(AveragePrecision, CountsWhatWasNotReturnedAsMissed) {
    EXPECT_DOUBLE_EQ(average_precision(ranking({true, true}, 4)), 0.5);
    EXPECT_DOUBLE_EQ(average_precision(ranking({false, false}, 2)), 0.0);
    EXPECT_DOUBLE_EQ(average_precision(ranking({}, 1)), 0.0);
}

TEST(AveragePrecision, OfACategoryIsOverTheRightOnesReturned) {
    // right at ranks 2 and 4: (1/2 + 2/4) / 2
    EXPECT_DOUBLE_EQ(average_precision(ranking({false, true, false, true}, 0)), 0.5);
    EXPECT_DOUBLE_EQ(average_precision(ranking({false, false}, 0)), 0.0);
    EXPECT_DOUBLE_EQ(average_precision(ranking({}, 0)), 0.0);
}

TEST(RetrievalTally, AveragesOverEveryQuery) {
    RetrievalTally tally;
    tally.add(ranking({true, false}, 1));
    tally.add(ranking({false, false, false, false, true}, 1));
    tally.add(ranking({false, false, false, false, false, true}, 1));
    tally.add(ranking({}, 1)); // failed
    const auto scores = tally.scores();
    EXPECT_EQ(scores.queries, 4);
    EXPECT_DOUBLE_EQ(scores.top1, 0.25);
    EXPECT_DOUBLE_EQ(scores.top5, 0.5);
    EXPECT_NEAR(scores.map, (1.0 + 1.0 / 5 + 1.0 / 6 + 0.0) / 4, 1e-12);
    EXPECT_DOUBLE_EQ(scores.recall5.value(), 0.5);
    EXPECT_FALSE(scores.category_top1);
}

TEST(RetrievalTally, RecallIsOverAllWantedProductsOfAllQueries) {
    RetrievalTally tally;
    tally.add(ranking({true, true, false, true, true}, 5)); // 4 of 5
    tally.add(ranking({false, true}, 1));                   // 1 of 1
    EXPECT_DOUBLE_EQ(tally.scores().recall5.value(), 5.0 / 6);
}

TEST(RetrievalTally, RecallIsNotDefinedForCategories) {
    RetrievalTally tally;
    tally.add({{true, false}, 0, true});
    tally.add({{false, true}, 0, false});
    tally.add({{}, 0, false});
    const auto scores = tally.scores();
    EXPECT_FALSE(scores.recall5);
    EXPECT_DOUBLE_EQ(scores.top1, 1.0 / 3);
    EXPECT_DOUBLE_EQ(scores.category_top1.value(), 1.0 / 3);
}

TEST(RetrievalTally, OfNoQueriesIsZero) {
    const auto scores = RetrievalTally().scores();
    EXPECT_EQ(scores.queries, 0);
    EXPECT_EQ(scores.map, 0.0);
    EXPECT_FALSE(scores.recall5);
}

TEST(Percentile, IsTheNearestRank) {
    const std::vector<double> values{50, 15, 40, 20, 35};
    EXPECT_EQ(percentile(values, 5), 15);
    EXPECT_EQ(percentile(values, 30), 20);
    EXPECT_EQ(percentile(values, 40), 20);
    EXPECT_EQ(percentile(values, 50), 35);
    EXPECT_EQ(percentile(values, 100), 50);
    EXPECT_EQ(percentile({7}, 99), 7);
    EXPECT_EQ(percentile({}, 50), 0);
}

} // namespace
} // namespace vitrine
