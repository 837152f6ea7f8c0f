#pragma once

#include <atomic>
#include <cmath>
#include <functional>
#include <mutex>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/lexical_match.hpp"
#include "ml/vision_engine.hpp"

namespace vitrine::testing {

/// A vision engine whose answers follow from the pixels by arithmetic, that counts its calls and can be told to fail:
/// stands for any model in tests of the pipeline, which must not care which one it is.
///
/// `crop` cuts the picture into equal vertical strips; `label` names the strip's average colour and makes a vector of
/// it.
class ScriptedVision final : public VisionEngine {
public:
    std::atomic<int> strips{1};
    std::atomic<int> crop_calls{0};
    std::atomic<int> label_calls{0};
    std::atomic<int> version{1};
    std::atomic<int> label_version{0};                      ///< beside that of the vectors, where it is not 0
    std::function<void(int call)> before_crop = [](int) {}; ///< may throw; called with 1, 2, …
    std::function<void(int call)> before_label = [](int) {};

    [[nodiscard]] ModelVersions versions() const override {
        const std::string v = std::to_string(version);
        const auto labels =
            label_version == 0 ? fmt::format("colour {}", v) : fmt::format("colour {}.{}", v, label_version.load());
        return {.crop = "strips " + v, .label = labels, .vector = "colour-vector " + v, .dimensions = 4};
    }

    [[nodiscard]] Detections crop(const Picture& picture) override {
        before_crop(++crop_calls);
        Detections answer{.found = {}, .version = versions().crop};
        const int width = picture.width / strips;
        for (int i = 0; i < strips; ++i) {
            answer.found.push_back(
                {.box = {i * width, 0, width, picture.height}, .score = 0.9 - 0.01 * i, .category = {}});
        }
        return answer;
    }

    [[nodiscard]] Labelled label(const Picture& crop) override {
        before_label(++label_calls);
        double sum[3] = {0, 0, 0};
        for (std::size_t i = 0; i < crop.rgb.size(); ++i) sum[i % 3] += crop.rgb[i];
        const double pixels = static_cast<double>(crop.rgb.size()) / 3;
        Labelled labelled;
        labelled.label_version = versions().label;
        labelled.vector_version = versions().vector;
        double squares = 0.0;
        for (const double channel : {sum[0], sum[1], sum[2], 64.0 * pixels}) {
            labelled.vector.push_back(static_cast<float>(channel / pixels));
            squares += std::pow(labelled.vector.back(), 2);
        }
        for (float& value : labelled.vector) value = static_cast<float>(value / std::sqrt(squares));
        const auto strongest = std::max_element(sum, sum + 3) - sum;
        labelled.label.colors = {strongest == 0 ? "red" : strongest == 1 ? "green" : "blue"};
        labelled.label.confidence = 0.5;
        return labelled;
    }

    [[nodiscard]] std::vector<double> match(const std::string& target,
                                            const std::vector<std::string>& candidates) override {
        return lexical_match(target, candidates);
    }
};

} // namespace vitrine::testing
