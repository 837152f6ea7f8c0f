#include "engine/remote_parts.hpp"

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "ml/chat_labeller.hpp"
#include "ml/embedding_server.hpp"
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

} // namespace

std::shared_ptr<Detector> open_remote_detector(const ModelQuestion& question, const Config& config,
                                               const std::shared_ptr<ModelMemory>& memory) {
    if (question.engine.engine == "http") return make_ml_service_detector(server_of(question, config), memory);
    return nullptr;
}

std::shared_ptr<Describer> open_remote_describer(const ModelQuestion& question, const Config& config,
                                                 const std::shared_ptr<ModelMemory>& memory) {
    if (question.engine.engine == "http") return make_ml_service_describer(server_of(question, config), memory);
    if (question.engine.engine == "openai") return open_openai(question, config, memory);
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
    const auto path = list_of_models(question, *server);
    const bool listed = server->get(path, [&](const HttpResponse& response) {
        return response.body.find('"' + question.engine.model) != std::string::npos;
    });
    return fmt::format("The model server {} answers; {} '{}'.", server->name(),
                       listed ? "it has" : "its list of models does not name", question.engine.model);
}

} // namespace vitrine
