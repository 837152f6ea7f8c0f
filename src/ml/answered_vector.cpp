#include "ml/answered_vector.hpp"

#include <algorithm>
#include <cmath>

#include <vitrine/error.hpp>

namespace vitrine {

Embedding unit_vector(std::vector<float> values) {
    if (values.empty()) throw Error(ErrorCode::BadInput, "the vector has no values");
    double squares = 0.0; // of floats: at most 1e77 each, so no overflow
    for (const float value : values) squares += double{value} * double{value};
    if (!std::isfinite(squares)) throw Error(ErrorCode::BadInput, "the vector holds NaN or an infinity");
    const double length = std::sqrt(squares);
    if (length < 1e-12) throw Error(ErrorCode::BadInput, "the vector is zero, so that it stands for nothing");
    for (float& value : values) value = static_cast<float>(double{value} / length);
    return values;
}

} // namespace vitrine
