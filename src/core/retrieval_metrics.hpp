#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace vitrine {

/// One query's ranking, judged against what should have been found. A query that failed is an empty ranking: it counts
/// as a miss, so that failing never pays.
struct JudgedRanking {
    std::vector<bool> right; ///< by rank, best first: whether the product there is one that was wanted
    int wanted = 0;          ///< how many products were wanted by id; 0: any of a category, whose number is not known
    std::optional<bool> category_right; ///< whether the first product is of the wanted category; nothing: none is known
};

/// How good the rankings of many queries are; each in [0, 1], the mean over all queries it is defined for.
struct RetrievalScores {
    std::int64_t queries = 0;
    double top1 = 0.0;                   ///< the first product is right
    double top5 = 0.0;                   ///< one of the first five is right
    double map = 0.0;                    ///< mean of average_precision
    std::optional<double> recall5;       ///< wanted products among their query's first five / all wanted products
    std::optional<double> category_top1; ///< the first product is of the wanted category
};

/// Average precision of a returned ranking: AP = (1 / R) * sum over the ranks k of right products of P(k), where P(k)
/// is the fraction of right products among the first k. R is `wanted`, so what was wanted and not returned counts as
/// missed; with `wanted` = 0 it is the number of right products returned, and AP is 0 when there are none.
/// Manning, Raghavan, Schütze, "Introduction to Information Retrieval" (2008), section 8.4.
double average_precision(const JudgedRanking& ranking);

/// Sums up rankings as they come; memory does not grow with their number. Not safe from several threads at once.
class RetrievalTally {
public:
    void add(const JudgedRanking& ranking);
    [[nodiscard]] RetrievalScores scores() const;

private:
    std::int64_t queries_ = 0;
    std::int64_t right_at_1_ = 0;
    std::int64_t right_in_5_ = 0;
    double precision_sum_ = 0.0;
    std::int64_t wanted_ = 0;
    std::int64_t wanted_in_5_ = 0;
    std::int64_t categories_ = 0;
    std::int64_t categories_right_ = 0;
};

/// The value that `percent` % of `values` do not exceed, by the nearest-rank method: the ceil(percent / 100 * n)-th
/// smallest. `percent` in (0, 100]; 0 when there are no values.
double percentile(std::vector<double> values, double percent);

} // namespace vitrine
