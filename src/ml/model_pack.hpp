#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ml/detection_decoder.hpp"
#include "ml/input_tensor.hpp"

namespace vitrine {

/// An output that is a picture's vector.
struct EmbeddingOutput {
    enum class Pool { None, Average, Maximum, GeneralizedMean, First };

    Pool pool = Pool::None;    ///< how a map [C,H,W], or tokens [T,C], become C values
    bool square_root = false;  ///< signed square roots are taken before the length is made 1 (Hellinger's kernel)
    double weight = 1.0;       ///< of this part, of unit length, in the storage vector
    std::vector<double> views; ///< middles of the crop, as parts of its sides; their vectors are averaged; empty:
                               ///< not declared
};

/// An output that says how likely each of the labels is.
struct ClassifierOutput {
    enum class Activation { None, Softmax, Sigmoid };

    Activation activation = Activation::Softmax;
    std::vector<int> ignored; ///< indexes that name no thing: a background class
    double score_min = 0.3;   ///< below it nothing is said
    std::string labels;       ///< file with a label a line, in the output's order
    std::string categories;   ///< file `label,category`; empty: the labels' first names are the categories
};

/// An output that says where the things are.
struct DetectorOutput {
    DetectionDecoder decoder;
    std::string labels; ///< as above; empty: boxes without a category
};

/// One named output of a model, and what it means.
struct ModelOutput {
    std::string name;
    std::vector<std::int64_t> shape; ///< empty: not declared, and not checked
    std::variant<EmbeddingOutput, ClassifierOutput, DetectorOutput> meaning;
};

/// One network of a pack.
struct ModelSpec {
    std::string file;       ///< in the pack's folder
    std::string name;       ///< for people and for `ml.model`
    std::string sha256;     ///< 64 hex digits; empty: not declared
    std::int64_t bytes = 0; ///< 0: not declared
    InputSpec input;
    std::vector<ModelOutput> outputs;
};

/// A folder of models as its `models.json` describes it.
struct ModelPack {
    std::vector<ModelSpec> models;
};

/// Reads a `models.json`: a list of models, or an object whose `models` is one. docs/models.md describes every key.
/// Where a `decode` is free text, an output's meaning is taken from its name ("embedding", "logits") or from the name
/// of its model ("FastestDet 352"). Keys that describe and do not decide (purpose, formula, source, licence, …) are
/// passed over; a key that decides and is wrong throws Error(Configuration) with its path: "models.json: [0].input.mean
/// must …". File names are plain relative paths: no "..", no leading "/". Nothing is opened.
ModelPack parse_model_pack(std::string_view json);

} // namespace vitrine
