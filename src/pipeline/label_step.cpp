#include "pipeline/label_step.hpp"

#include <charconv>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "pipeline/picture_look.hpp"
#include "pipeline/picture_wait.hpp"
#include "pipeline/subjects.hpp"
#include "pipeline/switching_engine.hpp"
#include "storage/image_repository.hpp"
#include "storage/job_repository.hpp"

namespace vitrine {
namespace {

ImageId crop_id_from(const std::string& subject) {
    ImageId id;
    const auto [end, error] = std::from_chars(subject.data(), subject.data() + subject.size(), id.value);
    if (error != std::errc{} || end != subject.data() + subject.size()) {
        throw Error(ErrorCode::Corrupted,
                    fmt::format("A stored label task has the subject '{:.50}', not a crop's id.", subject));
    }
    return id;
}

} // namespace

std::string LabelStep::kind() const {
    return step_kind::label;
}

StepLimits LabelStep::limits() const {
    return {.max_attempts = parts_.options.max_attempts,
            .time_limit = parts_.options.model_step_limit,
            .at_once = parts_.options.label_steps};
}

Outcome LabelStep::compute(const Task& task, const StepContext&) {
    const ImageId crop_id = crop_id_from(task.subject);
    const auto found = find(crop_id);
    if (!found) return Fail{"The crop was removed before it could be labelled."};
    const auto& [crop, original] = *found;
    VisionEngine& engine = parts_.switching != nullptr ? parts_.switching->labeller_of(crop.crop_model) : parts_.vision;
    const ModelVersions versions = engine.versions();

    if (versions.made(crop.label_model, crop.vector_model)) {
        return Done{[job = task.job_id](Transaction& tx) {
            job_repository::count_crop_done(tx, job);
            return Next{};
        }};
    }

    const auto stored = picture_or_wait(parts_.pictures, original);
    if (const auto* wait = std::get_if<Retry>(&stored)) return *wait;
    const auto& decoded = *std::get<std::shared_ptr<const DecodedPicture>>(stored);
    auto row = label_crop(engine, parts_.pace, decoded, *crop.box, scale_of(decoded, original.width, original.height));
    return Done{[crop_id, row = std::move(row), job = task.job_id](Transaction& tx) {
        image_repository::save_label(tx, crop_id, row);
        job_repository::count_crop_done(tx, job);
        return Next{};
    }};
}

std::shared_ptr<const CutCrops::Cut> LabelStep::find(ImageId crop) {
    if (auto just_cut = cut_->take(crop)) return just_cut;
    auto stored = parts_.database.look([&](Transaction& tx) { return image_repository::find_with_original(tx, crop); });
    return stored ? std::make_shared<const CutCrops::Cut>(std::move(*stored)) : nullptr;
}

void LabelStep::on_failed(Transaction& tx, const Task& task, const std::string& error) {
    job_repository::count_crop_failed(tx, task.job_id, fmt::format("Crop {}: {}", task.subject, error));
}

} // namespace vitrine
