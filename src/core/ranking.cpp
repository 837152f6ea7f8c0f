#include "core/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

constexpr double barcode_floor = 0.99;

/// Not a number, which a broken store might hand out, counts as the worst distance.
double finite_distance(double distance) {
    return std::isfinite(distance) ? std::clamp(distance, 0.0, 2.0) : 2.0;
}

double finite_share(double share) {
    return std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0;
}

/// What the vectors say.
double likeness(const Evidence& evidence, const RankingWeights& weights) {
    if (evidence.contrast && std::isfinite(*evidence.contrast))
        return weights.contrast_base + weights.contrast * std::clamp(*evidence.contrast, -1.0, 1.0);
    return weights.nearness * (1.0 - finite_distance(evidence.distance));
}

/// ": red, mug", or nothing.
std::string listed(const std::vector<std::string>& words) {
    return words.empty() ? std::string() : fmt::format(": {}", fmt::join(words, ", "));
}

double log_odds(const Evidence& evidence, const RankingWeights& weights) {
    const double surplus = std::max(0.0, evidence.inliers - weights.inliers_by_chance);
    return likeness(evidence, weights) + weights.inliers * std::sqrt(surplus) +
           weights.label_agreement * finite_share(evidence.label_agreement) +
           weights.text_overlap * finite_share(evidence.text_overlap) +
           (evidence.category_support ? weights.category_support * std::log(*evidence.category_support) : 0.0);
}

} // namespace

void add_category_support(std::span<Evidence> candidates, std::span<const std::string_view> categories,
                          const RankingWeights& weights) {
    constexpr std::size_t voters_max = 20;
    constexpr double slowness = 4.0;       // odds so much smaller are a vote of a third
    constexpr double support_least = 0.02; // of a category that nobody votes for
    if (std::ranges::all_of(categories, [](std::string_view category) { return category.empty(); })) return;
    std::vector<double> odds;
    odds.reserve(candidates.size());
    for (const auto& evidence : candidates) odds.push_back(log_odds(evidence, weights));
    std::vector<std::size_t> order(candidates.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return odds[a] > odds[b]; });
    const std::size_t voters = std::min(order.size(), voters_max);
    std::map<std::string_view, double> votes; // of categories; a product without one votes for nobody but itself
    double all = 0.0, most = 0.0, kinds = 0.0;
    const auto vote = [&](std::size_t i) { return std::exp((odds[i] - odds[order[0]]) / slowness); };
    for (const std::size_t i : std::span(order).first(voters)) {
        all += vote(i);
        kinds += categories[i].empty() || !votes.contains(categories[i]) ? 1.0 : 0.0;
        most = std::max(most, categories[i].empty() ? vote(i) : votes[categories[i]] += vote(i));
    }
    // Where hardly two voters are of one kind their votes tell nothing.
    const double trust = std::clamp(static_cast<double>(voters) / kinds - 2.0, 0.0, 1.0);
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
        const std::size_t i = order[rank];
        const auto found = votes.find(categories[i]);
        const double own = categories[i].empty() && rank < voters ? vote(i) : 0.0;
        const double share = (found != votes.end() ? found->second : own) / all;
        candidates[i].category_support = std::pow((share + support_least) / (most / all + support_least), trust);
    }
}

std::vector<double> score_candidates(std::span<const Evidence> candidates, const RankingWeights& weights) {
    std::vector<double> odds;
    odds.reserve(candidates.size());
    double largest = weights.none_of_these;
    for (const auto& evidence : candidates) {
        odds.push_back(log_odds(evidence, weights));
        largest = std::max(largest, odds.back());
    }
    double sum = std::exp(weights.none_of_these - largest);
    for (const double value : odds) sum += std::exp(value - largest);
    std::vector<double> scores;
    scores.reserve(candidates.size());
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const double score = barcode_floor * std::exp(odds[i] - largest) / sum;
        scores.push_back(candidates[i].barcode_equal ? barcode_floor + (1.0 - barcode_floor) * score : score);
    }
    return scores;
}

std::vector<std::string> reasons_for(const Evidence& evidence) {
    std::vector<std::string> reasons;
    if (evidence.barcode_equal) {
        reasons.push_back(evidence.barcode.empty() ? "equal barcode" : "equal barcode " + evidence.barcode);
    }
    if (evidence.inliers > 0) reasons.push_back(fmt::format("{} matching points", evidence.inliers));
    if (evidence.text_overlap > 0.0) {
        reasons.push_back(fmt::format("printed words agree ({:.0f}%){}", 100.0 * evidence.text_overlap,
                                      listed(evidence.printed_words)));
    }
    if (evidence.label_agreement > 0.0) {
        reasons.push_back(fmt::format("description agrees ({:.0f}%){}", 100.0 * evidence.label_agreement,
                                      listed(evidence.label_words)));
    }
    const double distance = finite_distance(evidence.distance);
    if (distance < 1.0) reasons.push_back(fmt::format("looks alike ({:.0f}%)", 100.0 * (1.0 - distance)));
    return reasons;
}

std::vector<ProductScore> aggregate_by_product(std::span<const CropMatches> crops) {
    struct Best {
        ProductScore product;
        double distance = 2.0;
    };
    const auto better = [](const Best& a, const Best& b) {
        return std::tuple(-a.product.score, a.distance, a.product.crop, a.product.match) <
               std::tuple(-b.product.score, b.distance, b.product.crop, b.product.match);
    };
    std::map<std::string, Best> by_product;
    for (std::size_t c = 0; c < crops.size(); ++c) {
        for (std::size_t m = 0; m < crops[c].matches.size(); ++m) {
            const auto& match = crops[c].matches[m];
            const Best candidate{{match.product_id, match.product_row, match.score, c, m}, match.evidence.distance};
            const auto [place, added] = by_product.try_emplace(match.product_id, candidate);
            if (!added && better(candidate, place->second)) place->second = candidate;
        }
    }
    std::vector<Best> ranked;
    for (auto& [id, best] : by_product) ranked.push_back(std::move(best));
    std::ranges::stable_sort(ranked, [](const Best& a, const Best& b) {
        return std::tuple(-a.product.score, a.distance) < std::tuple(-b.product.score, b.distance);
    });
    std::vector<ProductScore> result;
    for (auto& best : ranked) result.push_back(std::move(best.product));
    return result;
}

CropScore choose_primary(std::span<const CropScore> candidates) {
    if (candidates.empty()) throw Error(ErrorCode::Internal, "A primary crop was to be chosen from no crops.");
    return *std::ranges::min_element(
        candidates, {}, [](const CropScore& crop) { return std::tuple(-crop.score, -crop.area, crop.image_id.value); });
}

} // namespace vitrine
