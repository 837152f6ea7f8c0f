#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ml/vision_engine.hpp"
#include "storage/database.hpp"

namespace vitrine {

/// The engine of [ml] and, during a change of models, the one of [ml.next]: answers with the one whose vectors searches
/// use, as the database said when it was last followed. Every answer bears the versions of the engine that gave it, so
/// that what is stored is true whenever a switch comes; the finishers look into the database once more. Safe from any
/// thread.
class SwitchingEngine final : public VisionEngine {
public:
    /// `next` may be nothing.
    SwitchingEngine(std::unique_ptr<VisionEngine> configured, std::unique_ptr<VisionEngine> next);

    /// Looks which model is active. Where no engine here makes its vectors, the engine of [ml] answers.
    void follow(Transaction& tx);

    /// Whether `follow` would change nothing. Safe in a transaction of which it is not known whether it lands.
    [[nodiscard]] bool follows(Transaction& tx) const;

    /// Whether an engine here makes the vectors of `model`.
    [[nodiscard]] bool serves(const std::string& model) const;

    /// The engine here that makes the vectors of `model`; nullptr when none does.
    [[nodiscard]] VisionEngine* engine_of(const std::string& model) const;

    /// The engine that a crop is labelled by: the one whose crops bear this name, although another may be active by
    /// now. Labelled by that other one, a row that is kept apart for one model would bear the other's vector. Any other
    /// crop, such as a person's, is the active engine's.
    [[nodiscard]] VisionEngine& labeller_of(const std::string& crop_model) const;

    /// What the catalogue changes to: [ml.next] where there is one, or [ml].
    [[nodiscard]] VisionEngine& target() const { return next_ ? *next_ : *configured_; }

    /// What each engine here labels by and makes vectors of, as far as that is known: each vector model once.
    [[nodiscard]] std::vector<ModelVersions> versions_of_all() const;

    [[nodiscard]] ModelVersions versions() const override;
    [[nodiscard]] Detections crop(const Picture& picture) override;
    [[nodiscard]] Labelled label(const Picture& crop) override;
    [[nodiscard]] std::vector<double> match(const std::string& target,
                                            const std::vector<std::string>& candidates) override;

    /// What a crop's detector is called where crops of `vector_model` are kept apart from others.
    static std::string own_crops(const std::string& crop_model, const std::string& vector_model);

private:
    struct Choice {
        VisionEngine* engine = nullptr;
        std::string own_model; ///< the vector model whose crops are kept apart; empty: they are not

        friend bool operator==(const Choice&, const Choice&) = default;
    };
    struct Choices {
        Choice active;
        Choice other; ///< the engine that is not active; none where there is one alone

        friend bool operator==(const Choices&, const Choices&) = default;
    };
    [[nodiscard]] Choice choice_of(Transaction& tx, VisionEngine* engine) const;
    [[nodiscard]] Choices choices_by(Transaction& tx) const;
    [[nodiscard]] Choice choice() const;

    const std::unique_ptr<VisionEngine> configured_;
    const std::unique_ptr<VisionEngine> next_;
    mutable std::mutex mutex_;
    Choices choices_; ///< guarded by mutex_
};

} // namespace vitrine
