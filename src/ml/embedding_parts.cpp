#include "ml/embedding_parts.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

using Pool = EmbeddingOutput::Pool;

constexpr std::size_t values_max = 65'536;

[[noreturn]] void refuse(const TensorView& output, std::string_view what) {
    throw Error(ErrorCode::BadInput, fmt::format("An embedding of shape [{}] {}.", fmt::join(output.shape, ","), what));
}

double length_of(std::span<const float> values) {
    double square = 0.0;
    for (const float value : values) square += double{value} * value;
    return std::sqrt(square);
}

/// The places of one channel: `count` of them, `step` apart.
float pool_one(const float* values, std::size_t count, std::size_t step, Pool pool) {
    double sum = 0.0;
    float most = values[0];
    for (std::size_t i = 0; i < count; ++i) {
        const float value = values[i * step];
        most = std::max(most, value);
        sum += pool == Pool::GeneralizedMean ? std::pow(std::max(0.0F, value), 3.0) : double{value};
    }
    const double mean = sum / static_cast<double>(count);
    if (pool == Pool::First) return values[0];
    if (pool == Pool::Maximum) return most;
    return static_cast<float>(pool == Pool::GeneralizedMean ? std::cbrt(mean) : mean);
}

Embedding pooled(const TensorView& output, Pool pool) {
    if (pool == Pool::None) return {output.values.begin(), output.values.end()};
    const bool map = output.shape.size() == 4;
    if ((!map && output.shape.size() != 3) || output.shape[0] != 1) refuse(output, "cannot be pooled");
    const auto size = [&](std::size_t i) {
        return static_cast<std::size_t>(std::max<std::int64_t>(0, output.shape[i]));
    };
    const std::size_t channels = map ? size(1) : size(2);
    const std::size_t places = map ? size(2) * size(3) : size(1);
    if (channels == 0 || places == 0 || output.values.size() != channels * places) refuse(output, "cannot be pooled");
    Embedding result(channels);
    for (std::size_t c = 0; c < channels; ++c) {
        result[c] = map ? pool_one(output.values.data() + c * places, places, 1, pool)
                        : pool_one(output.values.data() + c, places, channels, pool);
    }
    return result;
}

/// False when it has no length.
bool make_unit(Embedding& vector) {
    const double length = length_of(vector);
    if (!(length > 1e-12) || !std::isfinite(length)) return false;
    for (float& value : vector) value = static_cast<float>(value / length);
    return true;
}

} // namespace

Embedding unit_embedding(const TensorView& output, const EmbeddingOutput& meaning) {
    auto vector = pooled(output, meaning.pool);
    if (vector.empty() || vector.size() > values_max) refuse(output, "is no vector of 1 to 65,536 values");
    if (meaning.square_root) {
        for (float& value : vector) value = std::copysign(std::sqrt(std::abs(value)), value);
    }
    if (!make_unit(vector)) refuse(output, "has no length");
    return vector;
}

Embedding mean_direction(std::span<const Embedding> vectors) {
    Embedding sum = vectors[0];
    for (const Embedding& vector : vectors.subspan(1)) {
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += vector[i];
    }
    return make_unit(sum) ? sum : vectors[0];
}

Embedding joined(std::span<const WeightedPart> parts) {
    Embedding vector;
    for (const auto& part : parts) {
        for (const float value : part.vector) vector.push_back(static_cast<float>(part.weight * value));
    }
    if (!make_unit(vector)) throw Error(ErrorCode::Internal, "A storage vector was to be made of no parts.");
    return vector;
}

} // namespace vitrine
