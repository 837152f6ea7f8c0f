#pragma once

#include "pipeline/pipeline.hpp"

namespace vitrine {

/// crop (image, job): finds the things in the picture, makes an Image of each, sets the job's crop counters and
/// starts one label task per crop; after the last of them comes the step that the subject names. A picture that this
/// model cut before is not cut again, and a crop that the present models labelled before needs no task.
class CropStep final : public Step {
public:
    explicit CropStep(const PipelineParts& parts) : parts_(parts) {}

    [[nodiscard]] std::string kind() const override;
    [[nodiscard]] StepLimits limits() const override;
    [[nodiscard]] Outcome compute(const Task& task, const StepContext& context) override;

private:
    PipelineParts parts_;
};

} // namespace vitrine
