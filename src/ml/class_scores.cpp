#include "ml/class_scores.hpp"

#include <algorithm>
#include <cmath>

namespace vitrine {

using Activation = ClassifierOutput::Activation;

std::vector<double> class_scores(std::span<const float> output, const ClassifierOutput& classifier) {
    std::vector<double> scores(output.begin(), output.end());
    if (classifier.activation == Activation::Softmax && !scores.empty()) {
        const double most = *std::ranges::max_element(scores);
        double sum = 0.0;
        for (double& score : scores) sum += score = std::exp(score - most);
        for (double& score : scores) score /= sum;
    }
    if (classifier.activation == Activation::Sigmoid) {
        for (double& score : scores) score = 1.0 / (1.0 + std::exp(-score));
    }
    for (double& score : scores) score = std::clamp(score, 0.0, 1.0);
    for (const int index : classifier.ignored) {
        if (index >= 0 && static_cast<std::size_t>(index) < scores.size())
            scores[static_cast<std::size_t>(index)] = 0.0;
    }
    return scores;
}

std::optional<BestClass> best_class(std::span<const std::vector<double>> views, const ClassifierOutput& classifier) {
    if (views.empty() || views.front().empty()) return std::nullopt;
    BestClass best;
    for (std::size_t label = 0; label < views.front().size(); ++label) {
        double sum = 0.0;
        for (const auto& view : views) sum += view[label];
        const double score = sum / static_cast<double>(views.size());
        if (score > best.score) best = {static_cast<int>(label), score};
    }
    if (!(best.score >= classifier.score_min) || best.score <= 0.0) return std::nullopt;
    return best;
}

} // namespace vitrine
