#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace vitrine {

/// Which model a server answers with.
struct ModelIdentity {
    std::string version;
    int dimensions = 0; ///< of its vectors; 0: it makes none

    friend bool operator==(const ModelIdentity&, const ModelIdentity&) = default;
};

/// What lasts of that when the program ends. Safe from any thread.
class ModelMemory {
public:
    virtual ~ModelMemory() = default;

    /// What was remembered last under `name`; nothing when nothing was.
    [[nodiscard]] virtual std::optional<ModelIdentity> recall(const std::string& name) = 0;
    virtual void remember(const std::string& name, const ModelIdentity& identity) = 0;
};

/// The model that a server answers with, as far as its answers have told: known after a restart before anything is
/// asked, so that an unchanged catalogue costs no call. Safe from any thread.
class KnownModel {
public:
    /// `name` says which server and question; without a memory it forgets.
    KnownModel(std::shared_ptr<ModelMemory> memory, std::string name);

    /// Empty while nothing is known.
    [[nodiscard]] ModelIdentity now() const;

    /// An answer came from this model. Throws Error(BadInput) with a clause when the same version made vectors of
    /// another length before.
    void answered(const ModelIdentity& identity);

private:
    const std::shared_ptr<ModelMemory> memory_;
    const std::string name_;
    mutable std::mutex mutex_;
    ModelIdentity identity_; ///< guarded by mutex_
};

/// A model's name out of a server's answer, fit to be stored and shown. Throws Error(BadInput) with a clause for an
/// empty one, one of over 200 bytes and one with control characters.
std::string checked_version(const std::string& name);

} // namespace vitrine
