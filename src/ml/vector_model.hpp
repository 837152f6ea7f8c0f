#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine {

/// A learned linear map: takes the mean off the input, then projects it.
struct LinearMap {
    int inputs = 0;
    int outputs = 0;
    std::vector<float> mean;
    std::vector<float> rows; ///< outputs x inputs

    /// Throws Error(Internal) when the input has not `inputs` values.
    [[nodiscard]] std::vector<float> project(std::span<const float> input) const;
};

/// The numbers that storage vectors are made with; part of the vector's version. They come from
/// tools/train_vector_model and are compiled in.
struct VectorModel {
    LinearMap plain_appearance; ///< of things before a plain background
    LinearMap scene_appearance; ///< the same rows with another mean: of everything else
    LinearMap shape;
    LinearMap reduction;      ///< of a local descriptor, to the length of a word
    std::vector<float> words; ///< the local vocabulary, one word after the other
    LinearMap local;          ///< of the aggregated local features
};

/// The model that is compiled in. Throws Error(Corrupted) only if this program was built wrongly.
VectorModel embedded_vector_model();

/// Little-endian: every row of a matrix as one byte a value with a scale of its own.
std::string to_bytes(const VectorModel& model);

/// Throws Error(Corrupted) when `bytes` is not a model of this version and these dimensions.
VectorModel vector_model_from_bytes(std::string_view bytes);

} // namespace vitrine
