#pragma once

#include <string>

#include "lifecycle/lifecycle.hpp"

namespace vitrine {

/// check_consistency (what to look at, where the last one ended): compares the vector store with the primary links in
/// both directions, then the stored files with the Image rows in both directions, page by page for a part of a second,
/// and repairs what is amiss where that is asked for, in the step's own commit and looked at once more in it:
///
///     links ──▶ vectors        missing: put from the Image row
///     vectors ──▶ links        orphan: removed; wrong length or model: put from the Image row
///     images ──▶ files         missing: told
///     files ──▶ images         orphan: removed, unless somebody is accepting these bytes; damaged: told
///
/// Vectors that an outbox has still to deliver are neither missing nor orphans. The last one ends the job.
class CheckStep final : public Step {
public:
    explicit CheckStep(const LifecycleParts& parts) : parts_(parts) {}

    static NewTask first(const CheckOptions& options);

    [[nodiscard]] std::string kind() const override;
    [[nodiscard]] StepLimits limits() const override;
    [[nodiscard]] Outcome compute(const Task& task, const StepContext& context) override;

private:
    const LifecycleParts parts_;
};

} // namespace vitrine
