#pragma once

#include <span>
#include <vector>

#include <vitrine/image.hpp>

#include "ml/detection_decoder.hpp"
#include "ml/model_pack.hpp"

namespace vitrine {

/// A network's output as one vector of unit length: a map [1,C,H,W] or tokens [1,T,C] pooled to C values, other shapes
/// as they are. Throws Error(BadInput) for a shape that the pooling does not fit, more than 65,536 values, and for a
/// vector without length. Pure. GeneralizedMean is that of Radenović et al. (2018) with p = 3.
Embedding unit_embedding(const TensorView& output, const EmbeddingOutput& meaning);

/// The mean of unit vectors of one length, made a unit vector again; the first of them where they cancel out. At least
/// one.
Embedding mean_direction(std::span<const Embedding> vectors);

/// Unit vectors one after the other, each of the length of its weight, together of unit length: the cosine of two
/// such vectors is the weighted mean of the parts' cosines, by the squares of the weights.
struct WeightedPart {
    Embedding vector;
    double weight = 1.0;
};
Embedding joined(std::span<const WeightedPart> parts);

} // namespace vitrine
