#pragma once

#include <memory>

#include "pipeline/cut_crops.hpp"
#include "pipeline/pipeline.hpp"

namespace vitrine {

/// label (crop): ONE call gives the StructuredLabel, the storage vector and the local features; they are written to the
/// Image row and the job's counter moves, in one transaction. A crop that these models labelled before is not labelled
/// again. After the last failed attempt the crop is counted as failed and the job goes on.
class LabelStep final : public Step {
public:
    LabelStep(const PipelineParts& parts, std::shared_ptr<CutCrops> cut) : parts_(parts), cut_(std::move(cut)) {}

    [[nodiscard]] std::string kind() const override;
    [[nodiscard]] StepLimits limits() const override;
    [[nodiscard]] Outcome compute(const Task& task, const StepContext& context) override;
    void on_failed(Transaction& tx, const Task& task, const std::string& error) override;

private:
    /// The crop and its original; nothing when the crop is gone.
    [[nodiscard]] std::shared_ptr<const CutCrops::Cut> find(ImageId crop);

    PipelineParts parts_;
    const std::shared_ptr<CutCrops> cut_;
};

} // namespace vitrine
