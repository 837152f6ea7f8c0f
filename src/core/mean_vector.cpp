#include "core/mean_vector.hpp"

#include <algorithm>
#include <cmath>

namespace vitrine {

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

double contrast(const Embedding& query, const Embedding& candidate, const VectorMeans& means) noexcept {
    const auto size = query.size();
    if (candidate.size() != size || means.queries.size() != size || means.catalogue.size() != size) return 0.0;
    double product = 0.0, query_square = 0.0, candidate_square = 0.0;
    for (std::size_t i = 0; i < size; ++i) {
        const double q = double{query[i]} - means.queries[i];
        const double c = double{candidate[i]} - means.catalogue[i];
        product += q * c;
        query_square += q * q;
        candidate_square += c * c;
    }
    const double lengths = std::sqrt(query_square * candidate_square);
    return lengths > 1e-9 ? std::clamp(product / lengths, -1.0, 1.0) : 0.0;
}

} // namespace vitrine
