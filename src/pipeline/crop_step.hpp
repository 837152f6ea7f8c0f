#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/image.hpp>

#include "pipeline/cut_crops.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/subjects.hpp"
#include "storage/image_repository.hpp"

namespace vitrine {

/// crop (image, job): finds the things in the picture, makes an Image of each, sets the job's crop counters and
/// starts one label task per crop; after the last of them comes the step that the subject names. A picture that this
/// model cut before is not cut again, and then rides in the transaction that accepts the job; a crop that the present
/// models labelled before needs no task.
class CropStep final : public Step {
public:
    /// A crop of the picture; `labelled` when the present models have labelled it before.
    struct Crop {
        ImageId id;
        Box box;
        bool labelled = false;
    };

    CropStep(const PipelineParts& parts, std::shared_ptr<CutCrops> cut) : parts_(parts), cut_(std::move(cut)) {}

    [[nodiscard]] std::string kind() const override;
    [[nodiscard]] StepLimits limits() const override;
    [[nodiscard]] Outcome compute(const Task& task, const StepContext& context) override;
    [[nodiscard]] std::optional<Done> ride(Transaction& tx, const Task& task) override;

private:
    /// What the detector sees in it now.
    struct Looked {
        Image original;
        std::string model;
        std::vector<image_repository::NewCrop> found;
        std::vector<std::string> remarks; ///< what the job says of the picture
    };

    [[nodiscard]] Looked look_at(const DecodedPicture& decoded, const Image& original) const;

    /// `known`: the crops that the present detector found before; where there are any, `looked` is empty.
    [[nodiscard]] Done save(const Task& task, const CropSubject& subject, const ModelVersions& models,
                            std::vector<Crop> known, const Looked& looked) const;

    /// Saves what was seen, for the label steps too.
    [[nodiscard]] std::vector<Crop> save_seen(Transaction& tx, const Looked& looked, const ModelVersions& models,
                                              Timestamp now) const;

    PipelineParts parts_;
    const std::shared_ptr<CutCrops> cut_;
};

} // namespace vitrine
