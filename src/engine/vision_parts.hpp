#pragma once

#include <memory>

#include <vitrine/config.hpp>

#include "ml/vision_engine.hpp"

namespace vitrine {

/// The engine of [ml], whose crop, label, vector and match may each come from another one ([ml.crop], [ml.label],
/// [ml.vector], [ml.match]). Without [ml.vector] the vector comes from the label's engine where that makes vectors, and
/// where both have the same configuration one call gives both. Throws Error(Configuration), naming the section, for an
/// engine that cannot answer its question or is not part of this program, and what the engine itself throws when it
/// cannot be opened. A server is not asked here: it may be down.
std::unique_ptr<VisionEngine> open_vision_engine(const Config& config);

} // namespace vitrine
