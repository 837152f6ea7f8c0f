#include "ml/model_pack.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>
#include <set>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "ml/pack_node.hpp"

namespace vitrine {
namespace {

constexpr std::size_t models_max = 16;
constexpr std::size_t outputs_max = 8;
constexpr std::size_t views_max = 8;
constexpr int side_max = 4096;
constexpr std::int64_t file_bytes_max = 2LL << 30;

/// A name in the pack's folder, or below it; never out of it.
std::string file_name(const PackNode& node) {
    auto name = node.text(200);
    const std::filesystem::path path(name);
    const bool climbs = std::ranges::any_of(path, [](const auto& part) { return part == ".." || part == "."; });
    if (path.is_absolute() || climbs || name.find('\\') != std::string::npos || !path.has_filename()) {
        node.refuse("be the name of a file in the folder of models, without '..' and without a leading '/'");
    }
    return name;
}

std::string sha256(const PackNode& node) {
    auto text = node.text(64);
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (text.size() != 64 || !std::ranges::all_of(text, is_hex)) node.refuse("be 64 hex digits");
    return text;
}

/// One number for all channels, or one for each.
std::array<double, 3> per_channel(const PackNode& node, double least, double most) {
    if (node.is_number()) {
        const double value = node.number(least, most);
        return {value, value, value};
    }
    const auto entries = node.entries(3);
    if (entries.size() != 3) node.refuse("be one number or three");
    std::array<double, 3> values{};
    std::ranges::transform(entries, values.begin(), [&](const PackNode& one) { return one.number(least, most); });
    return values;
}

std::vector<std::int64_t> shape(const PackNode& node) {
    std::vector<std::int64_t> sizes;
    for (const auto& entry : node.entries(6)) sizes.push_back(entry.integer(-1, 100'000'000));
    return sizes;
}

void take_size(const PackNode& input, InputSpec& spec) {
    const auto node = input.require("shape");
    const auto sizes = shape(node);
    const auto fits = [](std::int64_t side) { return side >= 8 && side <= side_max; };
    if (sizes.size() != 4 || sizes[1] != 3 || !fits(sizes[2]) || !fits(sizes[3])) {
        node.refuse(fmt::format("be [1,3,height,width] with sides from 8 to {}", side_max));
    }
    spec.height = static_cast<int>(sizes[2]);
    spec.width = static_cast<int>(sizes[3]);
}

/// "letterbox", "stretch", "stretch to 224x224", or {"mode":…,"fill":…}.
void take_resize(const PackNode& node, InputSpec& spec) {
    if (node.is_object()) {
        node.expect_keys({"mode", "fill"});
        if (const auto fill = node.find("fill")) spec.fill = fill->number(0, 255);
        return take_resize(node.require("mode"), spec);
    }
    const auto text = node.text(100);
    const auto mode = text.substr(0, text.find(' '));
    const auto rest = text.substr(mode.size());
    if (!rest.empty() && rest != fmt::format(" to {}x{}", spec.width, spec.height)) {
        node.refuse(fmt::format("end in 'to {}x{}', as the shape says, or not say a size", spec.width, spec.height));
    }
    if (mode == "letterbox")
        spec.resize = InputSpec::Resize::Letterbox;
    else if (mode != "stretch")
        node.refuse("be \"stretch\" or \"letterbox\"");
}

void expect_word(const PackNode& object, std::string_view key, std::string_view word) {
    const auto node = object.find(key);
    if (node && node->text(40) != word) node->refuse(fmt::format("be \"{}\", the only one that is read", word));
}

InputSpec input_spec(const PackNode& input) {
    input.expect_keys(
        {"name", "shape", "dtype", "layout", "channel_order", "resize", "mean", "std", "scale", "formula"});
    InputSpec spec;
    if (const auto name = input.find("name")) spec.name = name->text(200);
    take_size(input, spec);
    expect_word(input, "dtype", "float32");
    expect_word(input, "layout", "NCHW");
    if (const auto order = input.find("channel_order")) {
        const auto text = order->text(10);
        if (text != "RGB" && text != "BGR") order->refuse("be \"RGB\" or \"BGR\"");
        spec.blue_first = text == "BGR";
    }
    if (const auto resize = input.find("resize")) take_resize(*resize, spec);
    if (const auto mean = input.find("mean")) spec.mean = per_channel(*mean, -1e6, 1e6);
    const auto scale = input.find("scale");
    const auto deviation = input.find("std");
    if (scale && deviation) deviation->refuse("be left out where 'scale' is given: both divide");
    if (scale) spec.scale = per_channel(*scale, 1e-9, 1e6);
    if (deviation) {
        spec.scale = per_channel(*deviation, 1e-6, 1e9);
        for (double& value : spec.scale) value = 1.0 / value;
    }
    return spec;
}

constexpr std::string_view embedding_kind = "embedding";
constexpr std::string_view classifier_kind = "classifier";
constexpr std::string_view kinds_known =
    "\"embedding\", \"classifier\", \"fastestdet\", \"yolov5\", \"yolov8\", \"yolox\" or \"ssd\"";

/// "yolox" for "YOLOX-nano 416": the decoder whose name the model's begins with.
std::string kind_by_model_name(std::string name) {
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const auto* known : {"fastestdet", "yolov5", "yolov8", "yolox", "ssd"}) {
        if (name.starts_with(known)) return known;
    }
    return {};
}

/// What an output means: as its decode declares, or else as its own or its model's name says.
std::string kind_of(const PackNode& output, const std::string& output_name, const std::string& model_name) {
    const auto decode = output.find("decode");
    if (decode && decode->is_object()) return decode->require("kind").text(40);
    if (decode && decode->is_text()) {
        const auto text = decode->text(2000);
        if (text == embedding_kind || text == classifier_kind || detection_kind(text)) return text;
    }
    if (output_name == "embedding" || output_name == "features") return std::string(embedding_kind);
    if (output_name == "logits" || output_name == "probabilities") return std::string(classifier_kind);
    auto kind = kind_by_model_name(model_name);
    if (kind.empty()) {
        output.refuse(fmt::format("have a decode {{\"kind\":…}} of {}, since neither its name nor its model's tells",
                                  kinds_known));
    }
    return kind;
}

EmbeddingOutput::Pool pool(const PackNode& node) {
    using Pool = EmbeddingOutput::Pool;
    const auto text = node.text(40);
    if (text == "none") return Pool::None;
    if (text == "average") return Pool::Average;
    if (text == "max") return Pool::Maximum;
    if (text == "gem") return Pool::GeneralizedMean;
    if (text == "first") return Pool::First;
    node.refuse("be \"none\", \"average\", \"max\", \"gem\" or \"first\"");
}

EmbeddingOutput embedding(const std::optional<PackNode>& decode) {
    EmbeddingOutput result;
    if (!decode) return result;
    decode->expect_keys({"kind", "pool", "square_root", "weight", "views"});
    if (const auto node = decode->find("pool")) result.pool = pool(*node);
    if (const auto node = decode->find("square_root")) result.square_root = node->truth();
    if (const auto node = decode->find("weight")) result.weight = node->number(0.001, 1000);
    if (const auto node = decode->find("views")) {
        result.views.clear();
        for (const auto& view : node->entries(views_max)) result.views.push_back(view.number(0.05, 1.0));
    }
    return result;
}

ClassifierOutput classifier(const PackNode& output, const std::optional<PackNode>& decode,
                            const std::string& output_name) {
    using Activation = ClassifierOutput::Activation;
    ClassifierOutput result;
    result.labels = file_name(output.require("labels"));
    if (const auto node = output.find("categories")) result.categories = file_name(*node);
    if (output_name == "probabilities") result.activation = Activation::None;
    if (!decode) return result;
    decode->expect_keys({"kind", "activation", "ignore", "score_min"});
    if (const auto node = decode->find("activation")) {
        const auto text = node->text(40);
        if (text != "softmax" && text != "sigmoid" && text != "none")
            node->refuse("be \"softmax\", \"sigmoid\" or \"none\"");
        result.activation = text == "softmax"   ? Activation::Softmax
                            : text == "sigmoid" ? Activation::Sigmoid
                                                : Activation::None;
    }
    if (const auto node = decode->find("ignore")) {
        for (const auto& index : node->entries(1000)) {
            result.ignored.push_back(static_cast<int>(index.integer(0, 1'000'000)));
        }
    }
    if (const auto node = decode->find("score_min")) result.score_min = node->number(0, 1);
    return result;
}

DetectorOutput detector(const PackNode& output, const std::optional<PackNode>& decode, DetectionDecoder::Kind kind,
                        const InputSpec& input) {
    DetectorOutput result;
    auto& decoder = result.decoder;
    decoder.kind = kind;
    decoder.input_width = input.width;
    decoder.input_height = input.height;
    if (const auto node = output.find("labels")) result.labels = file_name(*node);
    if (!decode) return result;
    decode->expect_keys({"kind", "score_min", "same_label_overlap", "any_label_overlap", "strides", "boxes_max"});
    if (const auto node = decode->find("score_min")) decoder.score_min = node->number(0.001, 1);
    if (const auto node = decode->find("same_label_overlap")) decoder.same_label_overlap = node->number(0, 1);
    if (const auto node = decode->find("any_label_overlap")) decoder.any_label_overlap = node->number(0, 1);
    if (const auto node = decode->find("boxes_max")) decoder.boxes_max = static_cast<int>(node->integer(1, 1000));
    if (const auto node = decode->find("strides")) {
        decoder.strides.clear();
        for (const auto& stride : node->entries(8))
            decoder.strides.push_back(static_cast<int>(stride.integer(1, 1024)));
    }
    return result;
}

ModelOutput model_output(const PackNode& output, const ModelSpec& model) {
    output.expect_keys({"name", "shape", "decode", "labels", "categories"});
    ModelOutput result{.name = output.require("name").text(200), .shape = {}, .meaning = EmbeddingOutput{}};
    if (const auto node = output.find("shape")) result.shape = shape(*node);
    const auto kind = kind_of(output, result.name, model.name);
    auto decode = output.find("decode");
    if (decode && !decode->is_object()) decode.reset(); // free text, told by name
    if (kind == embedding_kind)
        result.meaning = embedding(decode);
    else if (kind == classifier_kind)
        result.meaning = classifier(output, decode, result.name);
    else if (const auto known = detection_kind(kind))
        result.meaning = detector(output, decode, *known, model.input);
    else
        output.require("decode").require("kind").refuse(fmt::format("be {}", kinds_known));
    return result;
}

ModelSpec model_spec(const PackNode& node) {
    ModelSpec model;
    model.file = file_name(node.require("file"));
    model.name = node.find("name") ? node.require("name").text(200) : model.file;
    if (const auto sum = node.find("sha256")) model.sha256 = sha256(*sum);
    if (const auto bytes = node.find("bytes")) model.bytes = bytes->integer(1, file_bytes_max);
    model.input = input_spec(node.require("input"));
    for (const auto& output : node.require("outputs").entries(outputs_max)) {
        model.outputs.push_back(model_output(output, model));
    }
    return model;
}

void require_different_names(const std::vector<PackNode>& nodes, const std::vector<ModelSpec>& models) {
    std::set<std::string> names;
    for (std::size_t i = 0; i < models.size(); ++i) {
        if (!names.insert(models[i].name).second)
            nodes[i].require("name").refuse("differ from the other models' names");
    }
}

} // namespace

ModelPack parse_model_pack(std::string_view json) {
    const auto root = PackNode::parse(json);
    const auto nodes = (root.is_object() ? root.require("models") : root).entries(models_max);
    ModelPack pack;
    for (const auto& node : nodes) pack.models.push_back(model_spec(node));
    require_different_names(nodes, pack.models);
    return pack;
}

} // namespace vitrine
