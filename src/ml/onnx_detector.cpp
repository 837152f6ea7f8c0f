#include <algorithm>

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

class OnnxDetector final : public Detector {
public:
    OnnxDetector(std::shared_ptr<OnnxModels> models, std::shared_ptr<Detector> plain)
        : models_(std::move(models)), plain_(std::move(plain)), sources_(detectors_of(*models_)) {
        if (sources_.empty()) {
            throw Error(ErrorCode::Configuration,
                        "No model in the folder of ml.models finds boxes; add a detector to its "
                        "models.json or set ml.crop.engine to \"builtin\".");
        }
        std::string identity = plain_->version();
        for (const auto& source : sources_) identity += '\n' + identity_of(*source.model);
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
        std::ranges::stable_sort(answer.found, std::ranges::greater{}, &Detection::score);
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
