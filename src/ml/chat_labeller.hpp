#pragma once

#include <memory>
#include <string>

#include "ml/chat_messages.hpp"
#include "ml/describer.hpp"
#include "ml/model_server.hpp"

namespace vitrine {

struct ChatLabellerOptions {
    chat_messages::Dialect dialect = chat_messages::Dialect::OpenAi;
    std::string model;    ///< its name at the server
    int tokens_max = 512; ///< of a first answer; one that is cut short is asked for once more with four times as many
};

/// Labels from a vision model that a server offers for chat (OpenAI, vLLM, llama.cpp, Ollama); it gives no vectors. The
/// version is "chat MODEL prompt N". Errors are ModelServer's. An answer that is no label is asked for once more, since
/// such models need not answer twice alike; then it is Error(BadInput).
std::shared_ptr<Describer> make_chat_labeller(std::shared_ptr<ModelServer> server, const ChatLabellerOptions& options);

} // namespace vitrine
