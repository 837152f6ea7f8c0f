#include "engine/vision_parts.hpp"

#include <map>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "ml/builtin_engine.hpp"
#include "ml/composed_engine.hpp"
#include "ml/onnx_engine.hpp"

namespace vitrine {
namespace {

/// One question's engine and the section that says so, for messages.
struct Question {
    const char* section;
    Config::Engine engine;
};

Question question_of(const Config& config, const char* section, const std::optional<Config::Engine>& own) {
    if (own) return {.section = section, .engine = *own};
    return {.section = "ml", .engine = config.ml};
}

/// Without a section of its own the vector comes with the label, where the label's engine makes vectors.
Question vector_question(const Config& config, const Question& label) {
    if (config.ml.vector || label.engine.engine == "openai" || label.engine.engine == "openinference") {
        return question_of(config, "ml.vector", config.ml.vector);
    }
    return label;
}

[[noreturn]] void refuse(const Question& question) {
    throw Error(ErrorCode::Configuration, fmt::format("{}.engine \"{}\" is not part of this version; use \"builtin\".",
                                                      question.section, question.engine.engine));
}

BuiltinOptions builtin_options(const Config& config) {
    BuiltinOptions options;
    options.label.text.enabled = config.ml.read_text;
    options.label.text.time_limit = config.ml.read_text_limit;
    return options;
}

/// The folders of models that are open: each once, whichever questions its models answer.
class OpenModels {
public:
    explicit OpenModels(const Config& config) : categories_(config.ml.categories) {}

    std::shared_ptr<OnnxModels> of(const Question& question) {
        const auto& folder = question.engine.models;
        if (folder.empty()) {
            throw Error(ErrorCode::Configuration,
                        fmt::format("{0}.engine is \"onnx\", so {0}.models must name a folder "
                                    "with a models.json.",
                                    question.section));
        }
        auto& models = open_[folder];
        if (!models) models = load_onnx_models(folder, categories_);
        return models;
    }

    [[nodiscard]] bool any() const { return !open_.empty(); }

private:
    const std::string categories_;
    std::map<std::string, std::shared_ptr<OnnxModels>> open_; ///< by folder
};

std::shared_ptr<Detector> open_detector(const Question& question, OpenModels& models) {
    if (question.engine.engine == "builtin") return make_builtin_detector();
    if (question.engine.engine == "onnx") return make_onnx_detector(models.of(question), make_builtin_detector());
    refuse(question);
}

std::shared_ptr<Describer> open_describer(const Question& question, const Config& config, OpenModels& models) {
    if (question.engine.engine == "builtin") return make_builtin_describer(builtin_options(config));
    if (question.engine.engine == "onnx") {
        OnnxDescriberOptions options;
        options.builtin_weight = config.ml.builtin_weight;
        return make_onnx_describer(models.of(question), make_builtin_describer(builtin_options(config)), options);
    }
    refuse(question);
}

std::shared_ptr<Matcher> open_matcher(const Question& question) {
    if (question.engine.engine == "builtin" || question.engine.engine == "onnx") return make_lexical_matcher();
    refuse(question);
}

} // namespace

std::unique_ptr<VisionEngine> open_vision_engine(const Config& config) {
    const auto label = question_of(config, "ml.label", config.ml.label);
    const auto vector = vector_question(config, label);
    OpenModels models(config);
    EngineParts parts;
    parts.detector = open_detector(question_of(config, "ml.crop", config.ml.crop), models);
    parts.labeller = open_describer(label, config, models);
    parts.vectorizer = vector.engine == label.engine ? parts.labeller : open_describer(vector, config, models);
    parts.matcher = open_matcher(question_of(config, "ml.match", config.ml.match));
    if (parts.vectorizer->versions().vector.empty() && vector.engine.engine == "onnx") {
        throw Error(ErrorCode::Configuration,
                    fmt::format("The models in '{}' make no vectors; add an embedding to its models.json or set "
                                "ml.vector.engine to another engine.",
                                vector.engine.models));
    }
    if (models.any()) use_processors_in_networks();
    return make_composed_engine(std::move(parts));
}

} // namespace vitrine
