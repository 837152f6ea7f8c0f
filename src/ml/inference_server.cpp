#include "ml/inference_server.hpp"

#include <utility>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "ml/crop_view.hpp"
#include "ml/embedding_parts.hpp"
#include "ml/inference_call.hpp"

namespace vitrine {
namespace {

std::string memory_name(const char* question, const InferenceCall& call) {
    return fmt::format("openinference {} {} {}", question, call.server().name(), call.model());
}

class InferenceEmbedder final : public Describer {
public:
    InferenceEmbedder(std::shared_ptr<ModelServer> server, std::shared_ptr<ModelMemory> memory,
                      const InferenceModelOptions& options, const EmbeddingOutput& output)
        : call_(std::move(server), options), model_(std::move(memory), memory_name("vector", call_)), output_(output) {}

    [[nodiscard]] DescriberVersions versions() const override {
        const auto known = model_.now();
        return {.label = {}, .vector = known.version, .dimensions = known.dimensions};
    }

    [[nodiscard]] Description describe(CropView& crop, Wanted wanted) override {
        if (wanted.label) {
            throw Error(ErrorCode::Configuration, "The openinference engine gives no labels; set ml.label.engine.");
        }
        Description description;
        const auto jpeg = [&] { return crop.jpeg(); };
        call_.ask(crop.picture(), jpeg, [&](const InferenceCall::Answer& answer) {
            const TensorView view{.values = answer.output.values, .shape = answer.output.shape};
            auto vector = unit_embedding(view, output_);
            model_.answered({.version = answer.version, .dimensions = static_cast<int>(vector.size())});
            description.vector = std::move(vector);
            description.vector_version = answer.version;
        });
        return description;
    }

private:
    InferenceCall call_;
    KnownModel model_;
    const EmbeddingOutput output_;
};

class InferenceDetector final : public Detector {
public:
    InferenceDetector(std::shared_ptr<ModelServer> server, std::shared_ptr<ModelMemory> memory,
                      const InferenceModelOptions& options, DetectionDecoder decoder, LabelList labels)
        : call_(std::move(server), options), model_(std::move(memory), memory_name("crop", call_)),
          decoder_(std::move(decoder)), labels_(std::move(labels)) {}

    [[nodiscard]] std::string version() const override { return model_.now().version; }

    [[nodiscard]] Detections detect(const Picture& picture) override {
        Detections result;
        const auto jpeg = [&] { return *jpeg_for_model(picture); };
        call_.ask(picture, jpeg, [&](const InferenceCall::Answer& answer) {
            result = detections_in(answer, picture);
            model_.answered({.version = answer.version});
        });
        return result;
    }

private:
    [[nodiscard]] Detections detections_in(const InferenceCall::Answer& answer, const Picture& picture) const {
        Detections result{.found = {}, .version = answer.version};
        const TensorView output{.values = answer.output.values, .shape = answer.output.shape};
        for (const RawDetection& raw : decode_detections(output, decoder_, labels_.count())) {
            const Box box = to_picture_box(raw, answer.placement, picture.width, picture.height);
            if (box.area() == 0) continue;
            result.found.push_back({.box = box, .score = raw.score, .category = labels_.category(raw.label)});
        }
        return result;
    }

    InferenceCall call_;
    KnownModel model_;
    const DetectionDecoder decoder_;
    const LabelList labels_;
};

} // namespace

std::shared_ptr<Describer> make_inference_embedder(std::shared_ptr<ModelServer> server,
                                                   std::shared_ptr<ModelMemory> memory,
                                                   const InferenceModelOptions& options,
                                                   const EmbeddingOutput& output) {
    return std::make_shared<InferenceEmbedder>(std::move(server), std::move(memory), options, output);
}

std::shared_ptr<Detector> make_inference_detector(std::shared_ptr<ModelServer> server,
                                                  std::shared_ptr<ModelMemory> memory,
                                                  const InferenceModelOptions& options, const DetectionDecoder& decoder,
                                                  LabelList labels) {
    return std::make_shared<InferenceDetector>(std::move(server), std::move(memory), options, decoder,
                                               std::move(labels));
}

std::string check_inference_model(std::shared_ptr<ModelServer> server, const InferenceModelOptions& options) {
    InferenceCall call(std::move(server), options);
    const auto shape = call.shape();
    return fmt::format("the model '{}' is served and takes {} {}", options.model, shape.input.datatype,
                       shape.binary ? "in binary" : "in JSON");
}

} // namespace vitrine
