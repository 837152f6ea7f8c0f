#include "ml/local_vocabulary.hpp"

#include <cmath>
#include <limits>

namespace vitrine {
namespace {

std::size_t nearest_word(const std::vector<float>& shortened, const VectorModel& model) {
    const std::size_t dimensions = shortened.size();
    std::size_t nearest = 0;
    float least = std::numeric_limits<float>::max();
    for (std::size_t word = 0; word * dimensions < model.words.size(); ++word) {
        float distance = 0.0F;
        for (std::size_t i = 0; i < dimensions; ++i) {
            const float difference = shortened[i] - model.words[word * dimensions + i];
            distance += difference * difference;
        }
        if (distance >= least) continue;
        least = distance;
        nearest = word;
    }
    return nearest;
}

void add_direction(std::vector<float>& sum, const std::vector<float>& shortened, const VectorModel& model) {
    const std::size_t first = nearest_word(shortened, model) * shortened.size();
    float square = 0.0F;
    for (std::size_t i = 0; i < shortened.size(); ++i) {
        const float difference = shortened[i] - model.words[first + i];
        square += difference * difference;
    }
    if (!(square > 0.0F)) return;
    const float length = std::sqrt(square);
    for (std::size_t i = 0; i < shortened.size(); ++i) {
        sum[first + i] += (shortened[i] - model.words[first + i]) / length;
    }
}

} // namespace

std::vector<float> unpacked(const LocalFeature& feature) {
    std::vector<float> values;
    values.reserve(feature.descriptor.size());
    for (const auto value : feature.descriptor) values.push_back(static_cast<float>(value) / 512.0F);
    return values;
}

std::vector<float> aggregate(const LocalFeatures& features, const VectorModel& model) {
    std::vector<float> sum(model.words.size(), 0.0F);
    for (const auto& feature : features) add_direction(sum, model.reduction.project(unpacked(feature)), model);
    double length = 0.0;
    for (float& value : sum) {
        length += std::abs(value);
        value = std::copysign(std::sqrt(std::abs(value)), value);
    }
    if (!(length > 0.0)) return sum;
    for (float& value : sum) value /= static_cast<float>(std::sqrt(length));
    return sum;
}

} // namespace vitrine
