#include "pipeline/switching_engine.hpp"

#include <utility>

#include <fmt/format.h>

#include "storage/model_repository.hpp"

namespace vitrine {

SwitchingEngine::SwitchingEngine(std::unique_ptr<VisionEngine> configured, std::unique_ptr<VisionEngine> next)
    : configured_(std::move(configured)), next_(std::move(next)) {
    choices_.active.engine = configured_.get();
}

SwitchingEngine::Choices SwitchingEngine::choices_by(Transaction& tx) const {
    VisionEngine* const in_use = engine_of(model_repository::models(tx).active);
    const Choice active = choice_of(tx, in_use != nullptr ? in_use : configured_.get());
    return {.active = active,
            .other = choice_of(tx, active.engine == configured_.get() ? next_.get() : configured_.get())};
}

void SwitchingEngine::follow(Transaction& tx) {
    Choices chosen = choices_by(tx);
    const std::lock_guard lock(mutex_);
    choices_ = std::move(chosen);
}

bool SwitchingEngine::follows(Transaction& tx) const {
    const Choices chosen = choices_by(tx);
    const std::lock_guard lock(mutex_);
    return choices_ == chosen;
}

SwitchingEngine::Choice SwitchingEngine::choice_of(Transaction& tx, VisionEngine* engine) const {
    Choice choice{.engine = engine, .own_model = {}};
    if (engine == nullptr) return choice;
    if (auto model = engine->versions().vector; model_repository::has_own_crops(tx, model)) {
        choice.own_model = std::move(model);
    }
    return choice;
}

VisionEngine& SwitchingEngine::labeller_of(const std::string& crop_model) const {
    const std::lock_guard lock(mutex_);
    const auto cut_it = [&crop_model](const Choice& choice) {
        if (choice.engine == nullptr) return false;
        const std::string crops = choice.engine->versions().crop;
        return crop_model == (choice.own_model.empty() ? crops : own_crops(crops, choice.own_model));
    };
    return !cut_it(choices_.active) && cut_it(choices_.other) ? *choices_.other.engine : *choices_.active.engine;
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

std::vector<ModelVersions> SwitchingEngine::versions_of_all() const {
    std::vector<ModelVersions> all;
    for (const VisionEngine* const engine : {configured_.get(), next_.get()}) {
        if (engine == nullptr) continue;
        ModelVersions versions = engine->versions();
        if (versions.label.empty() || engine_of(versions.vector) != engine) continue;
        all.push_back(std::move(versions));
    }
    return all;
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
    return choices_.active;
}

} // namespace vitrine
