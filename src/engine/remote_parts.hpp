#pragma once

#include <memory>
#include <string>

#include <vitrine/config.hpp>

#include "engine/vision_parts.hpp"
#include "ml/describer.hpp"
#include "ml/detector.hpp"
#include "ml/known_model.hpp"
#include "ml/matcher.hpp"

// The engines that ask a server: http, openinference, openai. Each function gives nothing where the question's engine
// asks no server or cannot answer that question; it throws Error(Configuration), naming the key, where something is
// missing or cannot be used. No server is asked but by check_model_server.

namespace vitrine {

std::shared_ptr<Detector> open_remote_detector(const ModelQuestion& question, const Config& config,
                                               const std::shared_ptr<ModelMemory>& memory);
std::shared_ptr<Describer> open_remote_describer(const ModelQuestion& question, const Config& config,
                                                 const std::shared_ptr<ModelMemory>& memory);
std::shared_ptr<Matcher> open_remote_matcher(const ModelQuestion& question, const Config& config);

/// Asks the question's server whether it is there and what it serves: one sentence. Throws what is wrong with it.
std::string check_model_server(const ModelQuestion& question, const Config& config);

} // namespace vitrine
