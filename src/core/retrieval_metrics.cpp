#include "core/retrieval_metrics.hpp"

#include <algorithm>
#include <cmath>

namespace vitrine {
namespace {

constexpr std::ptrdiff_t few = 5;

std::int64_t right_in_first(const JudgedRanking& ranking, std::ptrdiff_t ranks) {
    const auto begin = ranking.right.begin();
    return std::count(begin, begin + std::min(ranks, std::ssize(ranking.right)), true);
}

std::optional<double> fraction(std::int64_t part, std::int64_t all) {
    if (all == 0) return std::nullopt;
    return static_cast<double>(part) / static_cast<double>(all);
}

} // namespace

double average_precision(const JudgedRanking& ranking) {
    int right = 0;
    double sum = 0.0;
    for (std::size_t i = 0; i < ranking.right.size(); ++i) {
        if (!ranking.right[i]) continue;
        ++right;
        sum += right / static_cast<double>(i + 1);
    }
    const int all = ranking.wanted > 0 ? ranking.wanted : right;
    return all > 0 ? sum / all : 0.0;
}

void RetrievalTally::add(const JudgedRanking& ranking) {
    const auto in_first_few = right_in_first(ranking, few);
    ++queries_;
    right_at_1_ += right_in_first(ranking, 1);
    right_in_5_ += in_first_few > 0 ? 1 : 0;
    precision_sum_ += average_precision(ranking);
    if (ranking.wanted > 0) {
        wanted_ += ranking.wanted;
        wanted_in_5_ += in_first_few;
    }
    if (ranking.category_right) {
        ++categories_;
        categories_right_ += *ranking.category_right ? 1 : 0;
    }
}

RetrievalScores RetrievalTally::scores() const {
    RetrievalScores scores;
    scores.queries = queries_;
    scores.top1 = fraction(right_at_1_, queries_).value_or(0.0);
    scores.top5 = fraction(right_in_5_, queries_).value_or(0.0);
    scores.map = queries_ > 0 ? precision_sum_ / static_cast<double>(queries_) : 0.0;
    scores.recall5 = fraction(wanted_in_5_, wanted_);
    scores.category_top1 = fraction(categories_right_, categories_);
    return scores;
}

double percentile(std::vector<double> values, double percent) {
    if (values.empty()) return 0.0;
    const auto rank = std::ceil(percent / 100.0 * static_cast<double>(values.size()));
    const auto place = std::clamp(static_cast<std::ptrdiff_t>(rank) - 1, std::ptrdiff_t{0}, std::ssize(values) - 1);
    std::nth_element(values.begin(), values.begin() + place, values.end());
    return values[std::size_t(place)];
}

} // namespace vitrine
