#include <algorithm>
#include <map>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "ml/onnx_engine.hpp"
#include "ml/onnx_models.hpp"

namespace vitrine {
namespace {

/// One output of one model.
struct Source {
    const LoadedModel* model = nullptr;
    std::size_t output = 0;

    [[nodiscard]] const DetectorOutput& meaning() const {
        return std::get<DetectorOutput>(model->spec.outputs[output].meaning);
    }
};

std::vector<Source> detectors_of(const OnnxModels& models) {
    std::vector<Source> sources;
    for (const auto& model : models.models) {
        for (std::size_t i = 0; i < model.spec.outputs.size(); ++i) {
            if (std::holds_alternative<DetectorOutput>(model.spec.outputs[i].meaning)) sources.push_back({&model, i});
        }
    }
    return sources;
}

/// Of a heap of apples one or two are enough, and what is small beside the whole says little: each further box costs a
/// description. The whole picture is always looked at, since a box may hold a part of a thing, or the wrong one
/// (docs/quality.md has the figures).
std::vector<Detection> worth_looking_at(std::vector<Detection> found, const Picture& picture) {
    constexpr int of_one_label_max = 2;
    constexpr std::size_t boxes_max = 4;
    constexpr double area_share_min = 0.04;
    constexpr double whole_score = 0.5;
    std::ranges::stable_sort(found, std::ranges::greater{}, &Detection::score);
    const Box whole{0, 0, picture.width, picture.height};
    std::map<std::string, int> of_label;
    std::vector<Detection> kept;
    for (auto& detection : found) {
        const double share = static_cast<double>(detection.box.area()) / static_cast<double>(whole.area());
        if (kept.size() == boxes_max || share < area_share_min) continue;
        if (++of_label[detection.category] <= of_one_label_max) kept.push_back(std::move(detection));
    }
    kept.push_back({.box = whole, .score = whole_score, .category = {}});
    std::ranges::stable_sort(kept, std::ranges::greater{}, &Detection::score);
    return kept;
}

class OnnxDetector final : public Detector {
public:
    OnnxDetector(std::shared_ptr<OnnxModels> models, std::shared_ptr<Detector> plain)
        : models_(std::move(models)), plain_(std::move(plain)), sources_(detectors_of(*models_)) {
        if (sources_.empty()) {
            throw Error(ErrorCode::Configuration,
                        "No model in the folder of ml.models finds boxes; add a detector to its "
                        "models.json or set ml.crop.engine to \"builtin\".");
        }
        std::string identity = plain_->version() + " whole";
        for (const auto& source : sources_) identity += '\n' + identity_of<DetectorOutput>(*source.model);
        version_ = fmt::format("onnx-crop {}", sha256_hex(identity).substr(0, 12));
    }

    [[nodiscard]] std::string version() const override { return version_; }

    [[nodiscard]] Detections detect(const Picture& picture) override {
        constexpr double convincing = 0.5;
        auto plain = plain_->detect(picture);
        if (!plain.found.empty() && plain.found.front().score >= convincing)
            return {.found = std::move(plain.found), .version = version_};
        Detections answer{.found = {}, .version = version_};
        for (const auto& source : sources_) add_boxes(answer.found, source, picture);
        answer.found = worth_looking_at(std::move(answer.found), picture);
        return answer;
    }

private:
    static void add_boxes(std::vector<Detection>& found, const Source& source, const Picture& picture) {
        const auto& model = *source.model;
        const auto& labels = model.labels[source.output];
        std::vector<float> input(model.network->input_values());
        const Box whole{0, 0, picture.width, picture.height};
        const auto placement = write_input(picture, whole, model.spec.input, input);
        const auto outputs = model.network->run(input);
        const auto& tensor = outputs.front()[source.output];
        for (const auto& raw : decode_detections(tensor.view(), source.meaning().decoder, labels.count())) {
            const Box box = to_picture_box(raw, placement, picture.width, picture.height);
            if (box.area() > 0)
                found.push_back({.box = box, .score = raw.score, .category = labels.category(raw.label)});
        }
    }

    const std::shared_ptr<OnnxModels> models_;
    const std::shared_ptr<Detector> plain_;
    const std::vector<Source> sources_;
    std::string version_;
};

} // namespace

std::shared_ptr<Detector> make_onnx_detector(std::shared_ptr<OnnxModels> models, std::shared_ptr<Detector> plain) {
    return std::make_shared<OnnxDetector>(std::move(models), std::move(plain));
}

} // namespace vitrine
