#include "pipeline/switching_engine.hpp"

#include <utility>

#include <fmt/format.h>

#include "storage/model_repository.hpp"

namespace vitrine {

SwitchingEngine::SwitchingEngine(std::unique_ptr<VisionEngine> configured, std::unique_ptr<VisionEngine> next)
    : configured_(std::move(configured)), next_(std::move(next)) {
    choice_.engine = configured_.get();
}

void SwitchingEngine::follow(Transaction& tx) {
    const std::string active = model_repository::models(tx).active;
    Choice chosen{.engine = engine_of(active), .own_model = {}};
    if (chosen.engine == nullptr) chosen.engine = configured_.get();
    if (const auto model = chosen.engine->versions().vector; model_repository::has_own_crops(tx, model)) {
        chosen.own_model = model;
    }
    const std::lock_guard lock(mutex_);
    choice_ = std::move(chosen);
}

bool SwitchingEngine::serves(const std::string& model) const {
    return engine_of(model) != nullptr;
}

VisionEngine* SwitchingEngine::engine_of(const std::string& model) const {
    if (model.empty()) return nullptr;
    if (configured_->versions().vector == model) return configured_.get();
    if (next_ && next_->versions().vector == model) return next_.get();
    return nullptr;
}

ModelVersions SwitchingEngine::versions() const {
    const Choice chosen = choice();
    ModelVersions versions = chosen.engine->versions();
    if (!chosen.own_model.empty() && !versions.crop.empty()) versions.crop = own_crops(versions.crop, chosen.own_model);
    return versions;
}

Detections SwitchingEngine::crop(const Picture& picture) {
    const Choice chosen = choice();
    Detections found = chosen.engine->crop(picture);
    if (!chosen.own_model.empty()) found.version = own_crops(found.version, chosen.own_model);
    return found;
}

Labelled SwitchingEngine::label(const Picture& crop) {
    return choice().engine->label(crop);
}

std::vector<double> SwitchingEngine::match(const std::string& target, const std::vector<std::string>& candidates) {
    return choice().engine->match(target, candidates);
}

std::string SwitchingEngine::own_crops(const std::string& crop_model, const std::string& vector_model) {
    return fmt::format("{} for {}", crop_model, vector_model);
}

SwitchingEngine::Choice SwitchingEngine::choice() const {
    const std::lock_guard lock(mutex_);
    return choice_;
}

} // namespace vitrine
