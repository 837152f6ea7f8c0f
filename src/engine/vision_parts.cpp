#include "engine/vision_parts.hpp"

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "ml/builtin_engine.hpp"
#include "ml/composed_engine.hpp"

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

std::shared_ptr<Detector> open_detector(const Question& question) {
    if (question.engine.engine == "builtin") return make_builtin_detector();
    refuse(question);
}

std::shared_ptr<Describer> open_describer(const Question& question, const Config& config) {
    if (question.engine.engine == "builtin") return make_builtin_describer(builtin_options(config));
    refuse(question);
}

std::shared_ptr<Matcher> open_matcher(const Question& question) {
    if (question.engine.engine == "builtin") return make_lexical_matcher();
    refuse(question);
}

} // namespace

std::unique_ptr<VisionEngine> open_vision_engine(const Config& config) {
    const auto label = question_of(config, "ml.label", config.ml.label);
    const auto vector = vector_question(config, label);
    EngineParts parts;
    parts.detector = open_detector(question_of(config, "ml.crop", config.ml.crop));
    parts.labeller = open_describer(label, config);
    parts.vectorizer = vector.engine == label.engine ? parts.labeller : open_describer(vector, config);
    parts.matcher = open_matcher(question_of(config, "ml.match", config.ml.match));
    return make_composed_engine(std::move(parts));
}

} // namespace vitrine
