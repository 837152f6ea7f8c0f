#include "ml/storage_vector.hpp"

#include <cmath>
#include <utility>

#include "ml/appearance.hpp"
#include "ml/foreground.hpp"
#include "ml/local_vocabulary.hpp"
#include "ml/shape.hpp"

namespace vitrine {
namespace {

// Chosen on groceries and clothing (docs/quality.md): local features find packages, the outline finds kinds of clothes.
constexpr double local_weight = 0.9;
constexpr double outline_weight = 0.8;
constexpr double outline_weight_busy = 0.1;

double length_of(const std::vector<float>& values) {
    double square = 0.0;
    for (const float value : values) square += double{value} * value;
    return std::sqrt(square);
}

/// Appends the part with its length made `weight`; a part that says nothing stays zero.
void append(Embedding& vector, const std::vector<float>& part, double weight) {
    const double length = length_of(part);
    for (const float value : part) vector.push_back(length > 0.0 ? static_cast<float>(weight * value / length) : 0.0F);
}

/// A picture that is exactly average has no direction; any fixed one will do.
void to_unit(Embedding& vector) {
    const double length = length_of(vector);
    if (!(length > 0.0)) vector.assign(vector.size(), 1.0F);
    const double divisor = length > 0.0 ? length : std::sqrt(static_cast<double>(vector.size()));
    for (float& value : vector) value = static_cast<float>(value / divisor);
}

} // namespace

StorageVectorMaker::StorageVectorMaker(VectorModel model) : model_(std::move(model)) {}

Embedding StorageVectorMaker::make(const Picture& crop, const LocalFeatures& features) const {
    return make(crop, features, find_foreground(crop));
}

Embedding StorageVectorMaker::make(const Picture& crop, const LocalFeatures& features,
                                   const Foreground& foreground) const {
    const auto appearance = describe_appearance(crop, foreground);
    const auto& appearance_map = appearance.plain ? model_.plain_appearance : model_.scene_appearance;
    Embedding vector;
    vector.reserve(storage_vector_dimensions);
    append(vector, appearance_map.project(appearance.values), 1.0);
    append(vector, model_.local.project(aggregate(features, model_)), features.empty() ? 0.0 : local_weight);
    append(vector, model_.shape.project(describe_shape(crop)),
           foreground.simple ? outline_weight : outline_weight_busy);
    to_unit(vector);
    return vector;
}

} // namespace vitrine
