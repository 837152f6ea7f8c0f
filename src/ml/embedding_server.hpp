#pragma once

#include <memory>
#include <string>

#include "ml/describer.hpp"
#include "ml/embedding_messages.hpp"
#include "ml/known_model.hpp"
#include "ml/model_server.hpp"

namespace vitrine {

struct EmbeddingServerOptions {
    embedding_messages::Dialect dialect = embedding_messages::Dialect::Infinity;
    std::string model; ///< its name at the server
};

/// Vectors from a server that speaks the OpenAI form of image embeddings; it gives no labels. The version is
/// "embedding MODEL": a server whose model changes must change its name. Errors are ModelServer's; a vector that cannot
/// be used, or is longer or shorter than this model's were, is Error(BadInput).
std::shared_ptr<Describer> make_embedding_server(std::shared_ptr<ModelServer> server,
                                                 std::shared_ptr<ModelMemory> memory,
                                                 const EmbeddingServerOptions& options);

} // namespace vitrine
