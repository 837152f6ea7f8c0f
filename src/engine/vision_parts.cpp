#include "engine/vision_parts.hpp"

#include <algorithm>
#include <map>
#include <thread>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "engine/remote_parts.hpp"
#include "ml/builtin_engine.hpp"
#include "ml/composed_engine.hpp"
#include "ml/onnx_engine.hpp"
#include "ml/shop_file.hpp"
#include "pipeline/guarded_parts.hpp"
#include "pipeline/stored_model_memory.hpp"

namespace vitrine {
namespace {

ModelQuestion question_of(const Config& config, const char* name, const std::optional<Config::Engine>& own) {
    if (own) return {.name = name, .section = fmt::format("ml.{}", name), .engine = *own};
    return {.name = name, .section = "ml", .engine = config.ml};
}

/// Without a section of its own the vector comes with the label, where the label's engine makes vectors.
ModelQuestion vector_question(const Config& config, const ModelQuestion& label) {
    const bool label_only = label.engine.engine == "openai" || label.engine.engine == "openinference";
    if (config.ml.vector || label_only) return question_of(config, "vector", config.ml.vector);
    return {.name = "vector", .section = label.section, .engine = label.engine};
}

ModelQuestion match_question(const Config& config) {
    auto question = question_of(config, "match", config.ml.match);
    if (question.engine.engine != "http" && !config.ml.match) question.engine.engine = "builtin";
    return question;
}

[[noreturn]] void refuse(const ModelQuestion& question) {
    throw Error(ErrorCode::Configuration,
                fmt::format("{}.engine \"{}\" does not answer the question '{}' in this version; set ml.{}.engine.",
                            question.section, question.engine.engine, question.name, question.name));
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

    std::shared_ptr<OnnxModels> of(const ModelQuestion& question) {
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

/// What opening a part needs besides its question.
struct Opening {
    const Config& config;
    std::shared_ptr<ModelMemory> memory; ///< may be null
    OpenModels& models;
};

std::shared_ptr<Detector> open_detector(const ModelQuestion& question, const Opening& opening) {
    const auto& [config, memory, models] = opening;
    if (question.engine.engine == "builtin") return make_builtin_detector();
    if (question.engine.engine == "onnx") return make_onnx_detector(models.of(question), make_builtin_detector());
    if (auto remote = open_remote_detector(question, config, memory)) return remote;
    refuse(question);
}

std::shared_ptr<Describer> open_describer(const ModelQuestion& question, const Opening& opening) {
    const auto& [config, memory, models] = opening;
    if (question.engine.engine == "builtin") return make_builtin_describer(builtin_options(config));
    if (question.engine.engine == "onnx") {
        OnnxDescriberOptions options;
        options.builtin_weight = config.ml.builtin_weight;
        return make_onnx_describer(models.of(question), make_builtin_describer(builtin_options(config)), options);
    }
    if (auto remote = open_remote_describer(question, config, memory)) return remote;
    refuse(question);
}

std::shared_ptr<Matcher> open_matcher(const ModelQuestion& question, const Config& config) {
    if (question.engine.engine == "builtin" || question.engine.engine == "onnx")
        return make_lexical_matcher(open_vocabulary(config));
    if (auto remote = open_remote_matcher(question, config)) return remote;
    refuse(question);
}

/// ml.limits, which all processes of a database keep together; null where there are none to keep.
std::shared_ptr<CallLimit> shared_limit(const Config& config, Database* database, const std::string& holder) {
    const auto& limits = config.ml.limits;
    if (database == nullptr || (limits.concurrency == 0 && limits.requests_per_second <= 0)) return nullptr;
    return std::make_shared<CallLimit>(*database, CallLimitOptions{.name = "ml",
                                                                   .holder = holder,
                                                                   .concurrency = limits.concurrency,
                                                                   .calls_per_second = limits.requests_per_second,
                                                                   .burst = limits.burst});
}

int processors() {
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// Of one question; 0: any number. What runs in this process keeps a processor busy: more calls at a time would only
/// get in each other's way.
int calls_at_once(const ModelQuestion& question) {
    return question.asks_a_server() ? question.engine.at_once : processors();
}

CallGuardOptions guard_options(const ModelQuestion& question, const Config& config) {
    CallGuardOptions options;
    options.name = fmt::format("The model of ml.{}", question.name);
    options.is_server = question.asks_a_server();
    options.at_once = calls_at_once(question);
    options.throttled_max = config.ml.limits.throttled_max;
    options.breaker = {.failures_max = 5,
                       .pause = {.initial = config.ml.limits.backoff_initial,
                                 .max = std::min<Milliseconds>(config.ml.limits.backoff_max, Milliseconds{10'000})}};
    return options;
}

/// What runs in this process is guarded as a whole; a server's part passes its guard with each call it makes.
template <class Part>
std::shared_ptr<Part> behind(const OpenVision::Guarded& guard, std::shared_ptr<Part> part) {
    return guard.question.asks_a_server() ? std::move(part) : guarded(std::move(part), guard.guard);
}

} // namespace

std::vector<ModelQuestion> model_questions(const Config& config) {
    const auto label = question_of(config, "label", config.ml.label);
    return {question_of(config, "crop", config.ml.crop), label, vector_question(config, label), match_question(config)};
}

int calls_that_wait(const Config& config) {
    constexpr int any_number = 64;
    const auto waiting_for = [](const ModelQuestion& question) {
        if (!question.asks_a_server()) return 0;
        return question.engine.at_once > 0 ? question.engine.at_once : any_number;
    };
    const auto questions = model_questions(config);
    const bool one_call_gives_both = questions[1].engine == questions[2].engine;
    const int label = waiting_for(questions[1]) + (one_call_gives_both ? 0 : waiting_for(questions[2]));
    return waiting_for(questions[0]) + 2 * label;
}

StepsAtOnce steps_at_once(const Config& config) {
    const auto questions = model_questions(config);
    const bool one_call_gives_both = questions[1].engine == questions[2].engine;
    const int crop = calls_at_once(questions[0]);
    const int label = calls_at_once(questions[1]);
    const int vector = one_call_gives_both ? 0 : calls_at_once(questions[2]);
    const bool any_number = label == 0 || (!one_call_gives_both && vector == 0);
    return {.crop = crop == 0 ? 0 : crop + processors(), .label = any_number ? 0 : 2 * (label + vector)};
}

namespace {

OpenVision open_parts(const Config& config, const std::shared_ptr<CallLimit>& limit,
                      const std::shared_ptr<ModelMemory>& memory) {
    OpenVision opened;
    for (auto question : model_questions(config)) {
        question.stop = opened.stop.get_token();
        const bool limited = question.name != "match" || question.asks_a_server();
        const auto guard = std::make_shared<CallGuard>(guard_options(question, config), limited ? limit : nullptr);
        question.gate = guard;
        opened.guards.push_back({.question = question, .guard = guard});
    }
    const auto& [crop, label, vector, match] =
        std::tie(opened.guards[0], opened.guards[1], opened.guards[2], opened.guards[3]);
    OpenModels models(config);
    const Opening opening{.config = config, .memory = memory, .models = models};
    EngineParts parts;
    parts.local_features = config.ml.local_features;
    parts.detector = behind(crop, open_detector(crop.question, opening));
    parts.labeller = behind(label, open_describer(label.question, opening));
    if (vector.question.engine == label.question.engine) {
        parts.vectorizer = parts.labeller;
        opened.guards.erase(opened.guards.begin() + 2); // the label's calls are the vector's, and are counted there
    } else {
        parts.vectorizer = behind(vector, open_describer(vector.question, opening));
    }
    const auto& vectors_from = opened.guards.size() == 4 ? opened.guards[2].question : opened.guards[1].question;
    if (vectors_from.engine.engine == "onnx" && parts.vectorizer->versions().vector.empty()) {
        throw Error(ErrorCode::Configuration,
                    fmt::format("The models in '{}' make no vectors; add an embedding to its models.json or set "
                                "ml.vector.engine to another engine.",
                                vectors_from.engine.models));
    }
    parts.matcher = behind(opened.guards.back(), open_matcher(opened.guards.back().question, config));
    if (models.any()) use_processors_in_networks();
    opened.engine = make_composed_engine(std::move(parts));
    return opened;
}

} // namespace

OpenVision open_vision(const Config& config, Database* database, const std::string& holder) {
    return open_parts(config, shared_limit(config, database, holder),
                      database != nullptr ? make_stored_model_memory(*database) : nullptr);
}

OpenVision open_vision(const Config& config, std::shared_ptr<ModelMemory> memory) {
    return open_parts(config, nullptr, memory);
}

Config next_models(const Config& config) {
    Config next = config;
    static_cast<Config::Engine&>(next.ml) = config.ml.next.value();
    for (auto* const question : {&next.ml.crop, &next.ml.label, &next.ml.vector, &next.ml.match}) question->reset();
    return next;
}

std::shared_ptr<const Vocabulary> open_vocabulary(const Config& config) {
    const auto& file = config.ml.vocabulary;
    if (file.empty()) return std::make_shared<const Vocabulary>(Vocabulary::builtin());
    return std::make_shared<const Vocabulary>(read_shop_file("ml.vocabulary", file), file);
}

std::vector<ModelCalls> model_calls(const OpenVision& vision) {
    std::vector<ModelCalls> calls;
    for (const auto& [question, guard] : vision.guards) {
        calls.push_back({.question = question.name,
                         .engine = question.engine.engine,
                         .counts = guard->counts(),
                         .at_once = guard->at_once()});
    }
    return calls;
}

} // namespace vitrine
