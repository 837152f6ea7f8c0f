#include "pipeline/crop_step.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "pipeline/job_crops.hpp"
#include "pipeline/picture_wait.hpp"
#include "pipeline/subjects.hpp"
#include "pipeline/switching_engine.hpp"
#include "storage/image_repository.hpp"
#include "storage/job_repository.hpp"

namespace vitrine {
namespace {

using Decoded = std::shared_ptr<const DecodedPicture>;
using Crop = CropStep::Crop;

Crop crop_of(const image_repository::CropModels& row, const ModelVersions& models) {
    return {.id = row.id, .box = row.box, .labelled = models.made(row.label_model, row.vector_model)};
}

/// Of the picture's crops those inside the region, and the region as one more unless one of them is nearly it.
std::vector<Crop> crops_in(Transaction& tx, const CropSubject& subject, std::vector<Crop> crops,
                           const ModelVersions& models, Timestamp now) {
    const Box& region = *subject.region;
    std::erase_if(crops, [&](const Crop& crop) { return !lies_in(crop.box, region); });
    if (std::ranges::any_of(crops, [&](const Crop& crop) { return is_nearly(crop.box, region); })) return crops;
    crops.push_back(crop_of(image_repository::find_or_add_region(tx, subject.image_id, region, now), models));
    return crops;
}

/// The crops that the present detector found in the picture before.
std::vector<Crop> known_crops_of(Transaction& tx, const CropSubject& subject, const ModelVersions& models) {
    std::vector<Crop> crops;
    for (const auto& crop : image_repository::crop_models_of(tx, subject.image_id, models.crop))
        crops.push_back(crop_of(crop, models));
    return crops;
}

/// The label tasks of the crops that need one, and what comes after the last of them, which may have a head start.
Next label_all(const std::vector<Crop>& crops, const CropSubject& subject, int at_once, HeadStart head_start) {
    FanOut fan_out;
    for (const Crop& crop : crops) {
        if (crop.labelled) continue;
        fan_out.children.push_back({.kind = step_kind::label, .subject = fmt::format("{}", crop.id.value)});
    }
    fan_out.then = {.kind = subject.then,
                    .subject = subject.model,
                    .priority = {},
                    .run_after = {},
                    .head_start = std::move(head_start)};
    fan_out.at_once = at_once;
    return {.tasks = {}, .fan_out = std::move(fan_out)};
}

/// The crops of the look as they were saved.
std::vector<Image> images_of(const PictureLook& look, const std::vector<Crop>& saved, ImageId original) {
    std::vector<Image> images;
    for (std::size_t i = 0; i < saved.size(); ++i) {
        const auto& label = *look.found[i].label;
        Image image;
        image.id = saved[i].id;
        image.original_id = original;
        image.box = saved[i].box;
        image.crop_model = look.model;
        image.label = label.label;
        image.label_model = label.label_model;
        image.vector = label.vector;
        image.vector_model = label.vector_model;
        images.push_back(std::move(image));
    }
    return images;
}

} // namespace

std::string CropStep::kind() const {
    return step_kind::crop;
}

StepLimits CropStep::limits() const {
    return {.max_attempts = parts_.options.max_attempts,
            .time_limit = parts_.options.model_step_limit,
            .at_once = parts_.options.crop_steps};
}

Outcome CropStep::compute(const Task& task, const StepContext&) {
    const CropSubject subject = crop_subject_from(task.subject);
    if (parts_.switching != nullptr) parts_.database.read([&](Transaction& tx) { parts_.switching->follow(tx); });
    const ModelVersions models = parts_.vision.versions();
    const auto original =
        parts_.database.look([&](Transaction& tx) { return image_repository::find(tx, subject.image_id); });
    if (!original) return Fail{"The photo was removed before it could be cut."};
    if (original->crop_model == models.crop) {
        auto known = parts_.database.look([&](Transaction& tx) { return known_crops_of(tx, subject, models); });
        if (!known.empty()) return save_known(task, subject, models, std::move(known));
    }
    const auto stored = picture_or_wait(parts_.pictures, *original);
    if (const auto* wait = std::get_if<Retry>(&stored)) return *wait;
    const auto& decoded = *std::get<Decoded>(stored);
    auto look = look_at(parts_, decoded, scale_of(decoded, original->width, original->height));
    return save_seen(task, subject,
                     std::make_shared<const SeenPicture>(SeenPicture{.models = models, .look = std::move(look)}),
                     *original);
}

std::optional<Done> CropStep::ride(Transaction& tx, const Task& task, const HeadStart& head_start) {
    if (parts_.switching != nullptr && !parts_.switching->follows(tx)) return std::nullopt;
    const CropSubject subject = crop_subject_from(task.subject);
    const ModelVersions models = parts_.vision.versions();
    if (const auto* seen = std::any_cast<std::shared_ptr<const SeenPicture>>(&head_start)) {
        if ((*seen)->models == models) return save_seen(task, subject, *seen, std::nullopt);
    }
    auto known = known_crops_of(tx, subject, models);
    if (known.empty()) return std::nullopt;
    HeadStart next;
    if (const auto* picture = std::any_cast<std::shared_ptr<const KnownPicture>>(&head_start)) {
        const auto is_same = [](const Crop& crop, ImageId id) { return crop.labelled && crop.id == id; };
        if (std::ranges::equal(known, (*picture)->crops, is_same)) next = (*picture)->next;
    }
    return save_known(task, subject, models, std::move(known), std::move(next));
}

Done CropStep::save_known(const Task& task, const CropSubject& subject, const ModelVersions& models,
                          std::vector<Crop> known, HeadStart next) const {
    return Done{[this, job = task.job_id, subject, models, known = std::move(known), next](Transaction& tx) {
        return begin_labelling(tx, job, subject, models, known, next);
    }};
}

Done CropStep::save_seen(const Task& task, const CropSubject& subject, std::shared_ptr<const SeenPicture> seen,
                         std::optional<Image> original) const {
    return Done{[this, job = task.job_id, subject, seen = std::move(seen), original](Transaction& tx) {
        std::vector<Crop> crops;
        for (const auto& saved :
             image_repository::save_crops(tx, subject.image_id, seen->look.model, seen->look.found, parts_.clock.now()))
            crops.push_back(crop_of(saved, seen->models));
        if (original) keep_for_label_steps(tx, crops, seen->look.model, *original);
        for (const auto& remark : seen->look.remarks) job_repository::add_error(tx, job, remark);
        const bool all_labelled = std::ranges::all_of(crops, &Crop::labelled);
        HeadStart next;
        if (seen->next && all_labelled) next = seen->next(images_of(seen->look, crops, subject.image_id));
        return begin_labelling(tx, job, subject, seen->models, std::move(crops), std::move(next));
    }};
}

Next CropStep::begin_labelling(Transaction& tx, JobId job, const CropSubject& subject, const ModelVersions& models,
                               std::vector<Crop> crops, HeadStart next) const {
    const Timestamp now = parts_.clock.now();
    if (subject.region) crops = crops_in(tx, subject, std::move(crops), models, now);
    const auto labelled = std::ranges::count_if(crops, &Crop::labelled);
    job_repository::begin_labelling(
        tx, job, {.total = static_cast<int>(crops.size()), .done = static_cast<int>(labelled), .failed = 0}, now);
    return label_all(crops, subject, parts_.options.parallel_crops, std::move(next));
}

void CropStep::keep_for_label_steps(Transaction& tx, const std::vector<Crop>& crops, const std::string& model,
                                    const Image& original) const {
    std::vector<CutCrops::Cut> to_label;
    for (const Crop& saved : crops) {
        if (saved.labelled) continue;
        Image crop;
        crop.id = saved.id;
        crop.original_id = original.id;
        crop.box = saved.box;
        crop.crop_model = model;
        to_label.push_back({.crop = std::move(crop), .original = original});
    }
    tx.after_commit([cut = cut_, to_label = std::move(to_label)] {
        for (const auto& crop : to_label) cut->put(crop);
    });
}

} // namespace vitrine
