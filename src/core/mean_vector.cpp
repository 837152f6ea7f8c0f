#include "core/mean_vector.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace vitrine {
namespace {

/// A vector shorter than this is nothing.
constexpr double length_min = 1e-6;

} // namespace

void MeanVector::add(const Embedding& vector) {
    if (vector.empty() || (count > 0 && vector.size() != mean.size())) return;
    if (count == 0) mean.assign(vector.size(), 0.0F);
    ++count;
    const auto share = 1.0F / static_cast<float>(std::min(count, memory));
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += share * (vector[i] - mean[i]);
}

VectorMeans means_from(const MeanVector& queries, const MeanVector& catalogue) {
    constexpr std::int64_t pictures_min = 20;
    constexpr double catalogue_photos = 5.0;
    if (catalogue.count < pictures_min) return {};
    VectorMeans means{.queries = catalogue.mean, .catalogue = catalogue.mean};
    if (queries.count == 0 || queries.mean.size() != catalogue.mean.size()) return means;
    const double n = static_cast<double>(queries.count);
    for (std::size_t i = 0; i < catalogue.mean.size(); ++i) {
        const double sum = n * queries.mean[i] + catalogue_photos * catalogue.mean[i];
        means.queries[i] = static_cast<float>(sum / (n + catalogue_photos));
    }
    return means;
}

Contrast::Contrast(const Embedding& query, const VectorMeans& means) : mean_(means.catalogue) {
    if (query.size() != means.queries.size() || query.size() != means.catalogue.size()) return;
    query_.resize(query.size());
    double square = 0.0;
    for (std::size_t i = 0; i < query.size(); ++i) {
        query_[i] = query[i] - means.queries[i];
        square += double{query_[i]} * query_[i];
    }
    if (square < length_min * length_min) query_.clear();
    for (float& value : query_) value = static_cast<float>(value / std::sqrt(square));
}

double Contrast::with(const Embedding& candidate) const noexcept {
    if (query_.empty() || candidate.size() != query_.size()) return 0.0;
    // Sums of their own for each of `lanes` neighbours: so the compiler may make vector instructions of the loop.
    constexpr std::size_t lanes = 16;
    std::array<float, lanes> products{}, squares{};
    const auto add = [&](std::size_t lane, std::size_t i) {
        const float value = candidate[i] - mean_[i];
        products[lane] += query_[i] * value;
        squares[lane] += value * value;
    };
    const std::size_t even = query_.size() / lanes * lanes;
    for (std::size_t i = 0; i < even; i += lanes) {
        for (std::size_t lane = 0; lane < lanes; ++lane) add(lane, i + lane);
    }
    for (std::size_t i = even; i < query_.size(); ++i) add(i - even, i);
    const double product = std::accumulate(products.begin(), products.end(), 0.0);
    const double length = std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0));
    return length > length_min ? std::clamp(product / length, -1.0, 1.0) : 0.0;
}

} // namespace vitrine
