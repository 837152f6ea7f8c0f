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
        if (!known.empty()) return save(task, subject, models, std::move(known), {});
    }
    const auto stored = picture_or_wait(parts_.pictures, *original);
    if (const auto* wait = std::get_if<Retry>(&stored)) return *wait;
    return save(task, subject, models, {}, look_at(*std::get<Decoded>(stored), *original));
}

std::optional<Done> CropStep::ride(Transaction& tx, const Task& task) {
    if (parts_.switching != nullptr && !parts_.switching->follows(tx)) return std::nullopt;
    const CropSubject subject = crop_subject_from(task.subject);
    const ModelVersions models = parts_.vision.versions();
    auto known = known_crops_of(tx, subject, models);
    if (known.empty()) return std::nullopt;
    return save(task, subject, models, std::move(known), {});
}

CropStep::Looked CropStep::look_at(const DecodedPicture& decoded, const Image& original) const {
    const PictureScale scale{.decoded_width = decoded.picture.width,
                             .decoded_height = decoded.picture.height,
                             .full_width = original.width,
                             .full_height = original.height};
    const CropSelectionOptions options{
        .max_crops = parts_.options.max_crops,
        .min_crop_fraction = parts_.options.min_crop_fraction,
        .padding = parts_.options.crop_padding,
        .sharpness = [&decoded](const Box& box) { return sharpness(decoded.picture, box); }};
    const Detections answer = parts_.vision.crop(decoded.picture);
    const SelectedCrops selected = select_crops(answer.found, scale, options);
    Looked looked{.original = original, .model = answer.version, .found = {}, .remarks = {}};
    for (const Detection& crop : selected.crops) looked.found.push_back({.box = crop.box, .score = crop.score});
    if (decoded.partial) {
        looked.remarks.emplace_back("The picture's file is damaged or ends early; what could be read of it was used.");
    }
    if (auto left_out = selected.left_out.sentence(); !left_out.empty()) looked.remarks.push_back(std::move(left_out));
    return looked;
}

Done CropStep::save(const Task& task, const CropSubject& subject, const ModelVersions& models, std::vector<Crop> known,
                    const Looked& looked) const {
    return Done{[this, task, subject, models, known = std::move(known), looked](Transaction& tx) {
        const Timestamp now = parts_.clock.now();
        std::vector<Crop> crops = known.empty() ? save_seen(tx, looked, models, now) : known;
        if (subject.region) crops = crops_in(tx, subject, std::move(crops), models, now);
        for (const auto& remark : looked.remarks) job_repository::add_error(tx, task.job_id, remark);
        const auto labelled = std::count_if(crops.begin(), crops.end(), [](const Crop& crop) { return crop.labelled; });
        job_repository::begin_labelling(
            tx, task.job_id, {.total = static_cast<int>(crops.size()), .done = static_cast<int>(labelled), .failed = 0},
            now);
        return label_all(crops, subject, parts_.options.parallel_crops);
    }};
}

std::vector<Crop> CropStep::save_seen(Transaction& tx, const Looked& looked, const ModelVersions& models,
                                      Timestamp now) const {
    std::vector<Crop> crops;
    std::vector<CutCrops::Cut> to_label;
    for (const auto& saved : image_repository::save_crops(tx, looked.original.id, looked.model, looked.found, now)) {
        crops.push_back(crop_of(saved, models));
        if (crops.back().labelled) continue;
        Image crop;
        crop.id = saved.id;
        crop.original_id = looked.original.id;
        crop.box = saved.box;
        crop.crop_model = looked.model;
        crop.label_model = saved.label_model;
        crop.vector_model = saved.vector_model;
        to_label.push_back({.crop = std::move(crop), .original = looked.original});
    }
    tx.after_commit([cut = cut_, to_label = std::move(to_label)] {
        for (const auto& crop : to_label) cut->put(crop);
    });
    return crops;
}

} // namespace vitrine
