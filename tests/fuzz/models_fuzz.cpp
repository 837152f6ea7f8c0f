// A models.json from anybody: refused by the key's path, or a pack whose every number is within its limits and whose
// files cannot lie outside the folder. And a detector's output of any shape: refused, or boxes that are sound.

#include <cmath>
#include <cstring>

#include <vitrine/error.hpp>

#include "fuzz_target.hpp"
#include "ml/model_pack.hpp"

std::vector<std::string> fuzz_seeds() {
    return {R"([{"file":"v2.onnx","bytes":5,"name":"MobileNetV2","input":{"name":"image","shape":[1,3,224,224],)"
            R"("channel_order":"RGB","resize":"stretch to 224x224","mean":[127.5,127.5,127.5],"scale":0.0078},)"
            R"("outputs":[{"name":"embedding","shape":[1,1280],"decode":"pool"},)"
            R"({"name":"logits","shape":[1,1001],"labels":"imagenet.txt"}]}])",
            R"({"models":[{"file":"a/y.onnx","name":"yolox","input":{"shape":[1,3,416,416],"resize":)"
            R"({"mode":"letterbox","fill":114},"std":[58,57,57]},"outputs":[{"name":"o","decode":)"
            R"({"kind":"yolox","strides":[8,16,32],"score_min":0.3,"boxes_max":50},"labels":"coco.txt"}]}]})",
            std::string("\0\0\3\2\5\1\0\0\200\77\0\0\0\77abcdefghijklmnopqrstuvwxyz", 40)};
}

namespace {

void parse(std::string_view bytes) {
    try {
        const auto pack = vitrine::parse_model_pack(bytes);
        promise(!pack.models.empty() && pack.models.size() <= 16, "a pack has models, and not too many");
        for (const auto& model : pack.models) {
            promise(model.file.find("..") == std::string::npos || model.file.find("/..") == std::string::npos,
                    "a file lies in the folder");
            promise(!model.file.empty() && model.file.front() != '/', "a file's path is relative");
            promise(model.input.width >= 8 && model.input.width <= 4096, "an input's size is within its limits");
            for (const double scale : model.input.scale) promise(std::isfinite(scale) && scale > 0, "a scale is sound");
        }
    } catch (const vitrine::Error& error) {
        promise(error.code() == vitrine::ErrorCode::Configuration, "a pack is refused as wrong configuration");
    }
}

void decode(std::string_view bytes) {
    if (bytes.size() < 6) return;
    vitrine::DetectionDecoder decoder;
    decoder.kind = static_cast<vitrine::DetectionDecoder::Kind>(static_cast<unsigned char>(bytes[0]) % 5);
    decoder.input_width = decoder.input_height = 64;
    decoder.score_min = 0.01;
    std::vector<std::int64_t> shape;
    for (int i = 1; i < 5; ++i) shape.push_back(static_cast<signed char>(bytes[static_cast<std::size_t>(i)]));
    bytes.remove_prefix(5);
    std::vector<float> values(bytes.size() / sizeof(float));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
    try {
        for (const auto& box : vitrine::decode_detections({.values = values, .shape = shape}, decoder, 0)) {
            promise(std::isfinite(box.left) && box.right > box.left && box.bottom > box.top, "a box has an area");
            promise(box.score >= 0.01 && box.score <= 1.0 && box.label >= 0, "a box has a score and a label");
        }
    } catch (const vitrine::Error& error) {
        promise(error.code() == vitrine::ErrorCode::BadInput, "an output is refused as bad input");
    }
}

} // namespace

void fuzz_one(std::string_view bytes) {
    parse(bytes);
    decode(bytes);
}
