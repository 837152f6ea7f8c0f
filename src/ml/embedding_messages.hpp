#pragma once

#include <string>
#include <string_view>

#include <vitrine/image.hpp>

// Image embeddings over the OpenAI form of an embeddings call, as Infinity and vLLM speak it (docs/models.md). Answers
// come from anywhere: read throws Error(Unavailable) for what is no JSON and Error(BadInput) with a clause for what
// cannot be used.

namespace vitrine::embedding_messages {

/// How a picture is put into the request.
enum class Dialect {
    Infinity, ///< {"input":["data:image/jpeg;base64,…"],"modality":"image"}
    Vllm,     ///< {"messages":[{"role":"user","content":[{"type":"image_url",…}]}]}
};

/// The body of a request for the vector of one JPEG.
std::string request_for(Dialect dialect, const std::string& model, std::string_view jpeg);

/// The vector of the answer, as a list of numbers or as base64 of little-endian float32, brought to unit length.
Embedding vector_from(std::string_view body);

} // namespace vitrine::embedding_messages
