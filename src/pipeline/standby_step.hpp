#pragma once

#include <string>

#include "pipeline/pipeline.hpp"

namespace vitrine {

/// embed_for_standby (product): while a change of models is under way, gives the product its second link: the primary
/// crop's box, labelled by the standby model's engine, on an Image row of its own, linked as standby, its vector put,
/// in one transaction. A crop that this model labelled before is not labelled again. Nothing is done when the product
/// has the link, is gone, or no engine here makes that model's vectors.
class StandbyStep final : public Step {
public:
    explicit StandbyStep(const PipelineParts& parts) : parts_(parts) {}

    /// `round` tells tasks of one job for the same product apart.
    static NewTask task_for(ProductId product, const std::string& round);

    [[nodiscard]] std::string kind() const override;
    [[nodiscard]] StepLimits limits() const override;
    [[nodiscard]] Outcome compute(const Task& task, const StepContext& context) override;
    void on_failed(Transaction& tx, const Task& task, const std::string& error) override;

private:
    const PipelineParts parts_;
};

} // namespace vitrine
