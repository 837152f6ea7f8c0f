#pragma once

#include "lifecycle/lifecycle.hpp"

namespace vitrine {

/// remove_ended_imports (a cutoff, where the last one ended): removes what imports keep whose jobs ended before the
/// cutoff: their rows, some at a time, and what was sent, where it was kept for a retry. The jobs stay, as others do.
/// The last one ends the job, which is a clean-up's.
class ImportRemovalStep final : public Step {
public:
    explicit ImportRemovalStep(const LifecycleParts& parts) : parts_(parts) {}

    static NewTask first(Timestamp cutoff);

    [[nodiscard]] std::string kind() const override;
    [[nodiscard]] Outcome compute(const Task& task, const StepContext& context) override;

private:
    const LifecycleParts parts_;
};

} // namespace vitrine
