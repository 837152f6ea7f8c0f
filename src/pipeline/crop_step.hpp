#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/image.hpp>

#include "pipeline/cut_crops.hpp"
#include "pipeline/picture_look.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/subjects.hpp"
#include "storage/image_repository.hpp"

namespace vitrine {

/// What is known of a picture before it is saved. As shared_ptr<const SeenPicture> a crop step's head start.
struct SeenPicture {
    ModelVersions models; ///< that were asked
    PictureLook look;

    /// The head start of what follows the last label, given the look's crops as they were saved; all of them are
    /// labelled. Called in the transaction that saves them. Not set: there is none.
    std::function<HeadStart(std::vector<Image> crops)> next{};
};

/// A picture that was cut and labelled before, as shared_ptr<const KnownPicture> a crop step's head start.
struct KnownPicture {
    std::vector<ImageId> crops; ///< all of them, which the present models labelled
    HeadStart next;             ///< of what follows, where these are still its crops
};

/// crop (image, job): finds the things in the picture, makes an Image of each, sets the job's crop counters and
/// starts one label task per crop; after the last of them comes the step that the subject names. A picture that this
/// model cut before is not cut again, and then rides in the transaction that accepts the job, as with a head start; a
/// crop that the present models labelled before, or ahead, needs no task.
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
    [[nodiscard]] std::optional<Done> ride(Transaction& tx, const Task& task, const HeadStart& head_start) override;

private:
    [[nodiscard]] Done save_known(const Task& task, const CropSubject& subject, const ModelVersions& models,
                                  std::vector<Crop> known, HeadStart next = {}) const;

    /// `original`: where label steps of this process may follow.
    [[nodiscard]] Done save_seen(const Task& task, const CropSubject& subject, std::shared_ptr<const SeenPicture> seen,
                                 std::optional<Image> original) const;

    [[nodiscard]] Next begin_labelling(Transaction& tx, JobId job, const CropSubject& subject,
                                       const ModelVersions& models, std::vector<Crop> crops, HeadStart next) const;
    void keep_for_label_steps(Transaction& tx, const std::vector<Crop>& crops, const std::string& model,
                              const Image& original) const;

    PipelineParts parts_;
    const std::shared_ptr<CutCrops> cut_;
};

} // namespace vitrine
