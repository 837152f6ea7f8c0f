#include "ml/known_model.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine {

KnownModel::KnownModel(std::shared_ptr<ModelMemory> memory, std::string name)
    : memory_(std::move(memory)), name_(std::move(name)),
      identity_(memory_ ? memory_->recall(name_).value_or(ModelIdentity{}) : ModelIdentity{}) {}

ModelIdentity KnownModel::now() const {
    const std::lock_guard lock(mutex_);
    return identity_;
}

void KnownModel::answered(const ModelIdentity& identity) {
    {
        const std::lock_guard lock(mutex_);
        if (identity == identity_) return;
        if (identity.version == identity_.version && identity_.dimensions != 0) {
            throw Error(ErrorCode::BadInput,
                        fmt::format("the vector has {} values, and those of the same model '{}' had {}",
                                    identity.dimensions, identity.version, identity_.dimensions));
        }
        identity_ = identity;
    }
    if (!memory_) return;
    try {
        memory_->remember(name_, identity);
    } catch (const Error&) {
        // What is not remembered costs a call after the next start, no more.
    }
}

std::string checked_version(const std::string& name) {
    constexpr std::size_t bytes_max = 200;
    const bool has_control = std::ranges::any_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (name.empty() || name.size() > bytes_max || has_control) {
        throw Error(ErrorCode::BadInput, "its 'model' is not a name of 1 to 200 printable bytes");
    }
    return name;
}

} // namespace vitrine
