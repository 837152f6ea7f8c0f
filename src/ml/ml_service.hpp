#pragma once

#include <memory>

#include "ml/describer.hpp"
#include "ml/detector.hpp"
#include "ml/known_model.hpp"
#include "ml/matcher.hpp"
#include "ml/model_server.hpp"

// The http engine: asks a server that keeps the ml_service contract (docs/models.md), with a JPEG of the pixels. Each
// answer names the model that gave it. Errors are ModelServer's; an answer that cannot be used is Error(BadInput).

namespace vitrine {

/// POST /v1/crop.
std::shared_ptr<Detector> make_ml_service_detector(std::shared_ptr<ModelServer> server,
                                                   std::shared_ptr<ModelMemory> memory);

/// POST /v1/label: one call for both halves.
std::shared_ptr<Describer> make_ml_service_describer(std::shared_ptr<ModelServer> server,
                                                     std::shared_ptr<ModelMemory> memory);

/// POST /v1/match.
std::shared_ptr<Matcher> make_ml_service_matcher(std::shared_ptr<ModelServer> server);

/// GET /healthz: what the service says of itself.
ModelIdentity ask_ml_service_health(ModelServer& server);

} // namespace vitrine
