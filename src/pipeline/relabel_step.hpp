#pragma once

#include <string>

#include <vitrine/ids.hpp>

#include "pipeline/pipeline.hpp"

namespace vitrine {

/// relabel_link (link): makes the label of the link's crop anew where the engine of its vector's model labels by
/// another version now. The vector, the local features and what a person said of the crop stay. Nothing is done when
/// the label is of this version already, the link is gone, or no engine here makes that model's vectors.
class RelabelStep final : public Step {
public:
    explicit RelabelStep(const PipelineParts& parts) : parts_(parts) {}

    /// `round` tells tasks of one job for the same link apart.
    static NewTask task_for(ProductImageId link, int round);

    [[nodiscard]] std::string kind() const override;
    [[nodiscard]] StepLimits limits() const override;
    [[nodiscard]] Outcome compute(const Task& task, const StepContext& context) override;
    void on_failed(Transaction& tx, const Task& task, const std::string& error) override;

private:
    const PipelineParts parts_;
};

} // namespace vitrine
