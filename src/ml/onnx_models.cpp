#include "ml/onnx_models.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <opencv2/core/utility.hpp>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "ml/onnx_engine.hpp"
#include "ml/shop_file.hpp"

namespace vitrine {
namespace {

struct LabelFiles {
    std::string labels, categories;
};

LabelFiles files_of(const ModelOutput& output) {
    if (const auto* classifier = std::get_if<ClassifierOutput>(&output.meaning))
        return {classifier->labels, classifier->categories};
    if (const auto* detector = std::get_if<DetectorOutput>(&output.meaning)) return {detector->labels, {}};
    return {};
}

LabelList labels_of(const ModelOutput& output, const ModelFolder& folder, const std::string& own_categories,
                    const std::filesystem::path& own_file) {
    const auto files = files_of(output);
    if (files.labels.empty()) return {};
    const auto labels = folder.read_text(files.labels);
    const bool classifies = std::holds_alternative<ClassifierOutput>(output.meaning);
    if (classifies && !own_categories.empty()) return {labels, files.labels, own_categories, own_file.string()};
    if (classifies && files.categories.empty()) return LabelList::with_default_categories(labels, files.labels);
    const auto categories = files.categories.empty() ? std::string() : folder.read_text(files.categories);
    return {labels, files.labels, categories, files.categories};
}

/// A label for each of the classifier's values.
void check_labels(const LoadedModel& model, std::size_t index) {
    const auto& output = model.spec.outputs[index];
    const auto* classifier = std::get_if<ClassifierOutput>(&output.meaning);
    if (classifier == nullptr || output.shape.empty()) return;
    const auto values = output.shape.back();
    if (values >= 0 && values != model.labels[index].count()) {
        throw Error(ErrorCode::Configuration,
                    fmt::format("The output '{}' of '{}' has {} values, but '{}' has {} labels.", output.name,
                                model.spec.file, values, classifier->labels, model.labels[index].count()));
    }
}

/// The categories of all labels, as far as they decide what is said.
std::string sum_of(const LabelList& labels) {
    std::string all;
    for (int i = 0; i < labels.count(); ++i) all += labels.category(i) + '\n';
    return all.empty() ? "-" : sha256_hex(all).substr(0, 16);
}

std::string text_of(const EmbeddingOutput& meaning) {
    return fmt::format("embedding {} {} {} {}", static_cast<int>(meaning.pool), meaning.square_root, meaning.weight,
                       fmt::join(meaning.views, ","));
}

std::string text_of(const ClassifierOutput& meaning) {
    return fmt::format("classifier {} {} {}", static_cast<int>(meaning.activation), meaning.score_min,
                       fmt::join(meaning.ignored, ","));
}

std::string text_of(const DetectorOutput& meaning) {
    const auto& decoder = meaning.decoder;
    return fmt::format("{} {} {} {} {} {}", to_string(decoder.kind), decoder.score_min, decoder.same_label_overlap,
                       decoder.any_label_overlap, fmt::join(decoder.strides, ","), decoder.boxes_max);
}

} // namespace

template <class Meaning>
std::string identity_of(const LoadedModel& model) {
    const auto& input = model.spec.input;
    std::string text = fmt::format("{} {}x{} {} {} {} {} {}", model.spec.sha256, input.width, input.height,
                                   input.blue_first, static_cast<int>(input.resize), input.fill,
                                   fmt::join(input.mean, ","), fmt::join(input.scale, ","));
    for (std::size_t i = 0; i < model.spec.outputs.size(); ++i) {
        const auto& output = model.spec.outputs[i];
        if (const auto* meaning = std::get_if<Meaning>(&output.meaning))
            text += fmt::format("|{} {} {}", output.name, text_of(*meaning), sum_of(model.labels[i]));
    }
    return text;
}
template std::string identity_of<EmbeddingOutput>(const LoadedModel&);
template std::string identity_of<ClassifierOutput>(const LoadedModel&);
template std::string identity_of<DetectorOutput>(const LoadedModel&);

std::shared_ptr<OnnxModels> load_onnx_models(const std::filesystem::path& path,
                                             const std::filesystem::path& categories) {
    const ModelFolder folder(path);
    const auto own_categories =
        categories.empty() ? std::string() : read_shop_file("ml.categories", categories.string());
    auto result = std::make_shared<OnnxModels>();
    for (const auto& spec : folder.pack().models) {
        LoadedModel model{.spec = spec, .network = nullptr, .labels = {}};
        for (std::size_t i = 0; i < spec.outputs.size(); ++i) {
            model.labels.push_back(labels_of(spec.outputs[i], folder, own_categories, categories));
            check_labels(model, i);
        }
        const auto bytes = folder.read_model(model.spec);
        model.network = std::make_unique<Network>(model.spec, bytes);
        result->models.push_back(std::move(model));
    }
    return result;
}

void use_processors_in_networks() {
    cv::setNumThreads(static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
}

std::vector<std::string> names_of(const OnnxModels& models) {
    std::vector<std::string> names;
    for (const auto& model : models.models) names.push_back(model.spec.name);
    return names;
}

} // namespace vitrine
