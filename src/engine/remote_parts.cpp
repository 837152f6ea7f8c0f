#include "engine/remote_parts.hpp"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "ml/chat_labeller.hpp"
#include "ml/embedding_server.hpp"
#include "ml/inference_server.hpp"
#include "ml/ml_service.hpp"
#include "ml/model_server.hpp"

namespace vitrine {
namespace {

const std::string& required(const ModelQuestion& question, const char* key, const std::string& value) {
    if (value.empty()) {
        throw Error(
            ErrorCode::Configuration,
            fmt::format("{0}.engine is \"{1}\", so {0}.{2} must say {3}.", question.section, question.engine.engine,
                        key,
                        key == std::string_view("url") ? "where: http://HOST:PORT" : "which model the server has"));
    }
    return value;
}

std::shared_ptr<ModelServer> server_of(const ModelQuestion& question, const Config& config) {
    const auto& engine = question.engine;
    ModelServerOptions options;
    options.url = required(question, "url", engine.url);
    options.api_key = engine.api_key;
    options.section = question.section;
    options.stop = question.stop;
    options.gate = question.gate;
    options.timeout = engine.timeout.count() > 0 ? engine.timeout : config.ml.limits.timeout;
    return std::make_shared<ModelServer>(std::move(options));
}

[[noreturn]] void refuse_dialect(const ModelQuestion& question, const char* known) {
    throw Error(ErrorCode::Configuration,
                fmt::format("{}.dialect \"{}\" has no form for the question '{}'; it must be {}.", question.section,
                            question.engine.dialect, question.name, known));
}

chat_messages::Dialect chat_dialect(const ModelQuestion& question) {
    const auto& name = question.engine.dialect;
    if (name.empty() || name == "openai") return chat_messages::Dialect::OpenAi;
    if (name == "vllm") return chat_messages::Dialect::Vllm;
    if (name == "llama.cpp") return chat_messages::Dialect::LlamaCpp;
    if (name == "ollama") return chat_messages::Dialect::Ollama;
    refuse_dialect(question, "\"openai\", \"vllm\", \"llama.cpp\" or \"ollama\"");
}

embedding_messages::Dialect embedding_dialect(const ModelQuestion& question) {
    const auto& name = question.engine.dialect;
    if (name.empty() || name == "infinity") return embedding_messages::Dialect::Infinity;
    if (name == "vllm") return embedding_messages::Dialect::Vllm;
    refuse_dialect(question, "\"infinity\" or \"vllm\"");
}

std::shared_ptr<Describer> open_openai(const ModelQuestion& question, const Config& config,
                                       const std::shared_ptr<ModelMemory>& memory) {
    const auto& model = required(question, "model", question.engine.model);
    if (question.name == "vector") {
        return make_embedding_server(server_of(question, config), memory,
                                     {.dialect = embedding_dialect(question), .model = model});
    }
    return make_chat_labeller(server_of(question, config), {.dialect = chat_dialect(question), .model = model});
}

/// What lists the models of a server that speaks OpenAI's API, under the base URL as it is configured.
std::string list_of_models(const ModelQuestion& question, const ModelServer& server) {
    if (question.name == "vector" && embedding_dialect(question) == embedding_messages::Dialect::Infinity)
        return "/models";
    if (question.name != "vector" && chat_dialect(question) == chat_messages::Dialect::Ollama) return "/api/tags";
    return server.name().ends_with("/v1") ? "/models" : "/v1/models";
}

constexpr std::size_t file_bytes_max = 1U << 20;

std::string read_limited(const ModelQuestion& question, const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::string text(file_bytes_max + 1, '\0');
    if (stream) stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, stream.gcount())));
    if (text.empty() || text.size() > file_bytes_max) {
        throw Error(ErrorCode::Configuration,
                    fmt::format("{} cannot be read or is over 1 MiB; {}.models must name a folder of models.",
                                file.string(), question.section));
    }
    return text;
}

/// What models.json says of the model at the server; nothing without ml.models.
std::optional<ModelSpec> described_model(const ModelQuestion& question) {
    const auto& engine = question.engine;
    if (engine.models.empty()) return std::nullopt;
    const auto file = std::filesystem::path(engine.models) / "models.json";
    const auto pack = parse_model_pack(read_limited(question, file));
    for (const auto& model : pack.models) {
        if (model.name == engine.model || std::filesystem::path(model.file).stem() == engine.model) return model;
    }
    if (pack.models.size() == 1) return pack.models.front();
    throw Error(ErrorCode::Configuration, fmt::format("{} describes no model '{}', which {}.model names.",
                                                      file.string(), engine.model, question.section));
}

/// The model's output of that meaning; nullptr where it has none.
template <class Meaning>
const ModelOutput* output_of(const std::optional<ModelSpec>& spec) {
    if (!spec) return nullptr;
    for (const auto& output : spec->outputs) {
        if (std::holds_alternative<Meaning>(output.meaning)) return &output;
    }
    return nullptr;
}

InferenceModelOptions inference_options(const ModelQuestion& question, const std::optional<ModelSpec>& spec,
                                        const ModelOutput* output) {
    InferenceModelOptions options;
    options.model = required(question, "model", question.engine.model);
    if (spec) options.input = spec->input;
    if (output != nullptr) options.output = output->name;
    return options;
}

std::shared_ptr<Detector> open_inference_detector(const ModelQuestion& question, const Config& config,
                                                  const std::shared_ptr<ModelMemory>& memory) {
    const auto spec = described_model(question);
    const auto* const output = output_of<DetectorOutput>(spec);
    if (output == nullptr) {
        throw Error(
            ErrorCode::Configuration,
            fmt::format("{0}.engine is \"openinference\", so {0}.models must name a folder whose models.json says "
                        "how the boxes in the model's output are read.",
                        question.section));
    }
    const auto& meaning = std::get<DetectorOutput>(output->meaning);
    LabelList labels;
    if (!meaning.labels.empty()) {
        const auto file = std::filesystem::path(question.engine.models) / meaning.labels;
        labels = LabelList(read_limited(question, file), file.string(), {}, {});
    }
    return make_inference_detector(server_of(question, config), memory, inference_options(question, spec, output),
                                   meaning.decoder, std::move(labels));
}

std::shared_ptr<Describer> open_inference_embedder(const ModelQuestion& question, const Config& config,
                                                   const std::shared_ptr<ModelMemory>& memory) {
    const auto spec = described_model(question);
    const auto* const output = output_of<EmbeddingOutput>(spec);
    return make_inference_embedder(server_of(question, config), memory, inference_options(question, spec, output),
                                   output != nullptr ? std::get<EmbeddingOutput>(output->meaning) : EmbeddingOutput{});
}

std::string check_inference(const ModelQuestion& question, const std::shared_ptr<ModelServer>& server) {
    const auto spec = described_model(question);
    const auto* const output =
        question.name == "crop" ? output_of<DetectorOutput>(spec) : output_of<EmbeddingOutput>(spec);
    return fmt::format("At the model server {} {}.", server->name(),
                       check_inference_model(server, inference_options(question, spec, output)));
}

} // namespace

std::shared_ptr<Detector> open_remote_detector(const ModelQuestion& question, const Config& config,
                                               const std::shared_ptr<ModelMemory>& memory) {
    if (question.engine.engine == "http") return make_ml_service_detector(server_of(question, config), memory);
    if (question.engine.engine == "openinference") return open_inference_detector(question, config, memory);
    return nullptr;
}

std::shared_ptr<Describer> open_remote_describer(const ModelQuestion& question, const Config& config,
                                                 const std::shared_ptr<ModelMemory>& memory) {
    if (question.engine.engine == "http") return make_ml_service_describer(server_of(question, config), memory);
    if (question.engine.engine == "openai") return open_openai(question, config, memory);
    if (question.engine.engine == "openinference" && question.name == "vector") {
        return open_inference_embedder(question, config, memory);
    }
    return nullptr;
}

std::shared_ptr<Matcher> open_remote_matcher(const ModelQuestion& question, const Config& config) {
    if (question.engine.engine == "http") return make_ml_service_matcher(server_of(question, config));
    return nullptr;
}

std::string check_model_server(const ModelQuestion& question, const Config& config) {
    const auto server = server_of(question, config);
    if (question.engine.engine == "http") {
        const auto health = ask_ml_service_health(*server);
        const auto dimensions = health.dimensions > 0 ? fmt::format(" with {} dimensions", health.dimensions) : "";
        return fmt::format("The model server {} serves '{}'{}.", server->name(), health.version, dimensions);
    }
    if (question.engine.engine == "openinference") return check_inference(question, server);
    const auto path = list_of_models(question, *server);
    const bool listed = server->get(path, [&](const HttpResponse& response) {
        return response.body.find('"' + question.engine.model) != std::string::npos;
    });
    return fmt::format("The model server {} answers; {} '{}'.", server->name(),
                       listed ? "it has" : "its list of models does not name", question.engine.model);
}

} // namespace vitrine
