#pragma once

#include <optional>
#include <span>
#include <vector>

#include "ml/model_pack.hpp"

namespace vitrine {

/// How likely each label is, in [0, 1], from a classifier's output; those it ignores are 0. Pure.
std::vector<double> class_scores(std::span<const float> output, const ClassifierOutput& classifier);

/// The likeliest label.
struct BestClass {
    int label = 0;
    double score = 0.0; ///< in [0, 1]
};

/// The best label of the views' mean scores; nothing below the classifier's `score_min`. The views are of one length.
std::optional<BestClass> best_class(std::span<const std::vector<double>> views, const ClassifierOutput& classifier);

} // namespace vitrine
