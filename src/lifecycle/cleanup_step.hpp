#pragma once

#include <string>

#include "lifecycle/lifecycle.hpp"

namespace vitrine {

/// remove_expired_images (a cutoff, where the last one ended): removes some of the originals that were made before the
/// cutoff, that no product refers to and that no query since the cutoff has, oldest first; the rows in the step's own
/// commit, their files with the next step. Small batches with pauses of their own length in between: half of the
/// database's time at most. While tasks of a higher priority are there, such as a query's, the batches are a tenth and
/// the pauses fifteen times what they took. The imports that ended before the cutoff come after the last one
/// (import_removal.hpp).
class CleanupStep final : public Step {
public:
    explicit CleanupStep(const LifecycleParts& parts) : parts_(parts) {}

    static NewTask first(Timestamp cutoff);

    [[nodiscard]] std::string kind() const override;
    [[nodiscard]] Outcome compute(const Task& task, const StepContext& context) override;

private:
    const LifecycleParts parts_;
};

} // namespace vitrine
