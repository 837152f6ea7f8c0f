#include "pipeline/crop_step.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "ml/sharpness.hpp"
#include "pipeline/crop_selection.hpp"
#include "pipeline/job_crops.hpp"
#include "pipeline/picture_wait.hpp"
#include "pipeline/subjects.hpp"
#include "pipeline/switching_engine.hpp"
#include "storage/image_repository.hpp"
#include "storage/job_repository.hpp"

namespace vitrine {
namespace {

/// A crop of the picture; `labelled` when the present models have labelled it before.
struct Crop {
    ImageId id;
    Box box;
    bool labelled = false;
};

/// Of the picture's crops those inside the region, and the region as one more unless one of them is nearly it.
std::vector<Crop> crops_in(Transaction& tx, const CropSubject& subject, std::vector<Crop> crops,
                           const ModelVersions& models, Timestamp now) {
    const Box& region = *subject.region;
    std::erase_if(crops, [&](const Crop& crop) { return !lies_in(crop.box, region); });
    if (std::ranges::any_of(crops, [&](const Crop& crop) { return is_nearly(crop.box, region); })) return crops;
    const auto drawn = image_repository::find_or_add_region(tx, subject.image_id, region, now);
    crops.push_back({.id = drawn.id, .box = drawn.box, .labelled = models.made(drawn.label_model, drawn.vector_model)});
    return crops;
}

/// The label tasks of the crops that need one, and what comes after the last of them.
Next label_all(const std::vector<Crop>& crops, const CropSubject& subject, int at_once) {
    FanOut fan_out;
    for (const Crop& crop : crops) {
        if (crop.labelled) continue;
        fan_out.children.push_back({.kind = step_kind::label, .subject = fmt::format("{}", crop.id.value)});
    }
    fan_out.then = {.kind = subject.then, .subject = subject.model};
    fan_out.at_once = at_once;
    return {.tasks = {}, .fan_out = std::move(fan_out)};
}

} // namespace

std::string CropStep::kind() const {
    return step_kind::crop;
}

StepLimits CropStep::limits() const {
    return {.max_attempts = parts_.options.max_attempts, .time_limit = parts_.options.model_step_limit};
}

Outcome CropStep::compute(const Task& task, const StepContext&) {
    const CropSubject subject = crop_subject_from(task.subject);
    if (parts_.switching != nullptr) parts_.database.read([&](Transaction& tx) { parts_.switching->follow(tx); });
    const ModelVersions models = parts_.vision.versions();
    struct Known {
        std::optional<Image> original;
        std::vector<image_repository::CropModels> crops;
    };
    const Known known = parts_.database.read([&](Transaction& tx) {
        Known read{.original = image_repository::find(tx, subject.image_id), .crops = {}};
        if (read.original && read.original->crop_model == models.crop) {
            read.crops = image_repository::crop_models_of(tx, subject.image_id, models.crop);
        }
        return read;
    });
    if (!known.original) return Fail{"The photo was removed before it could be cut."};

    std::string model = models.crop;
    std::vector<image_repository::NewCrop> found;
    std::vector<std::string> remarks; ///< what the job says of the picture
    if (known.crops.empty()) {
        const auto stored = picture_or_wait(parts_.pictures, *known.original);
        if (const auto* wait = std::get_if<Retry>(&stored)) return *wait;
        const auto& decoded = std::get<std::shared_ptr<const DecodedPicture>>(stored);
        const PictureScale scale{.decoded_width = decoded->picture.width,
                                 .decoded_height = decoded->picture.height,
                                 .full_width = known.original->width,
                                 .full_height = known.original->height};
        const CropSelectionOptions options{
            .max_crops = parts_.options.max_crops,
            .min_crop_fraction = parts_.options.min_crop_fraction,
            .padding = parts_.options.crop_padding,
            .sharpness = [&decoded](const Box& box) { return sharpness(decoded->picture, box); }};
        const Detections answer = parts_.vision.crop(decoded->picture);
        model = answer.version;
        const SelectedCrops selected = select_crops(answer.found, scale, options);
        for (const Detection& crop : selected.crops) found.push_back({.box = crop.box, .score = crop.score});
        if (decoded->partial)
            remarks.emplace_back("The picture's file is damaged or ends early; what could be read of it was used.");
        if (auto left_out = selected.left_out.sentence(); !left_out.empty()) remarks.push_back(std::move(left_out));
    }

    std::vector<Crop> known_crops;
    for (const auto& crop : known.crops) {
        known_crops.push_back(
            {.id = crop.id, .box = crop.box, .labelled = models.made(crop.label_model, crop.vector_model)});
    }

    return Done{[this, task, subject, model, models, known_crops, found, remarks](Transaction& tx) {
        const Timestamp now = parts_.clock.now();
        std::vector<Crop> crops = known_crops;
        if (crops.empty()) {
            for (const ImageId id : image_repository::save_crops(tx, subject.image_id, model, found, now)) {
                crops.push_back({.id = id, .box = found[crops.size()].box});
            }
        }
        if (subject.region) crops = crops_in(tx, subject, std::move(crops), models, now);
        for (const auto& remark : remarks) job_repository::add_error(tx, task.job_id, remark);
        const auto labelled = std::count_if(crops.begin(), crops.end(), [](const Crop& crop) { return crop.labelled; });
        job_repository::set_crops(
            tx, task.job_id,
            {.total = static_cast<int>(crops.size()), .done = static_cast<int>(labelled), .failed = 0});
        job_repository::set_stage(tx, task.job_id, "labelling", now);
        return label_all(crops, subject, parts_.options.parallel_crops);
    }};
}

} // namespace vitrine
