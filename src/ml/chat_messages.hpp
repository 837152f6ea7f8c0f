#pragma once

#include <string>
#include <string_view>

#include <vitrine/structured_label.hpp>

// Labels from a vision model behind a chat API with a JSON schema (docs/models.md). Answers come from anywhere: the
// reading functions throw Error(Unavailable) for what is no JSON and Error(BadInput) with a clause for what cannot be
// used.

namespace vitrine::chat_messages {

/// How a server wants the schema.
enum class Dialect {
    OpenAi,   ///< response_format {"type":"json_schema","json_schema":{"name","strict","schema"}}
    Vllm,     ///< the same without `strict`, which is OpenAI's
    LlamaCpp, ///< response_format {"type":"json_object","schema"}
    Ollama,   ///< its own /api/chat: {"format":schema,"messages":[{"images":[…]}]}
};

/// "/v1/chat/completions" or "/api/chat".
std::string_view path_of(Dialect dialect);

/// What the labels are made with, besides the model: part of their version. It changes with the prompt and the schema.
constexpr int prompt_version = 1;

/// The body of a request for the label of one JPEG, in at most `tokens_max` tokens.
std::string request_for(Dialect dialect, const std::string& model, std::string_view jpeg, int tokens_max);

/// What the model said.
struct Answer {
    std::string content;
    bool cut_short = false; ///< it stopped because its tokens were used up
};
Answer answer_from(Dialect dialect, std::string_view body);

/// The label that the content of an answer is: one JSON object of the schema, also between the fences of Markdown;
/// cleaned. Throws Error(BadInput) for everything else: an empty text, a label that says nothing.
StructuredLabel label_from(const std::string& content);

} // namespace vitrine::chat_messages
