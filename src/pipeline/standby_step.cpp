#include "pipeline/standby_step.hpp"

#include <charconv>
#include <optional>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/embedding.hpp"
#include "pipeline/crop_selection.hpp"
#include "pipeline/picture_wait.hpp"
#include "pipeline/subjects.hpp"
#include "pipeline/switching_engine.hpp"
#include "storage/image_repository.hpp"
#include "storage/job_repository.hpp"
#include "storage/model_repository.hpp"
#include "storage/product_repository.hpp"

namespace vitrine {
namespace {

/// What the step found when it began.
struct Work {
    std::string model;
    model_repository::Lacking lacking;
    Image crop;
    Image original;
    std::string crop_model;
    std::optional<Image> known; ///< the standby crop, where it was made before
};

ProductId product_from(const std::string& subject) {
    ProductId product;
    std::from_chars(subject.data(), subject.data() + subject.size(), product.value);
    return product;
}

std::optional<Work> work_for(Transaction& tx, const SwitchingEngine& engines, ProductId product) {
    Work work;
    work.model = model_repository::models(tx).standby;
    const VisionEngine* const engine = engines.engine_of(work.model);
    if (engine == nullptr) return std::nullopt;
    const auto lacking = model_repository::lacking_of(tx, work.model, product);
    if (!lacking) return std::nullopt;
    work.lacking = *lacking;
    const auto crop = image_repository::find(tx, lacking->image);
    const auto original = crop && crop->original_id ? image_repository::find(tx, *crop->original_id) : std::nullopt;
    if (!crop || !original) return std::nullopt;
    work.crop = *crop;
    work.original = *original;
    work.crop_model = model_repository::has_own_crops(tx, work.model)
                          ? SwitchingEngine::own_crops(engine->versions().crop, work.model)
                          : engine->versions().crop;
    // The primary crop's own row bears that name where it was cut before a switch and labelled after it.
    if (crop->crop_model == work.crop_model) work.crop_model = SwitchingEngine::own_crops(work.crop_model, work.model);
    work.known = image_repository::find_crop(tx, original->id, work.crop_model, *crop->box);
    return work;
}

Picture pixels_of(const Work& work, const DecodedPicture& decoded) {
    const PictureScale scale{.decoded_width = decoded.picture.width,
                             .decoded_height = decoded.picture.height,
                             .full_width = work.original.width,
                             .full_height = work.original.height};
    return cut(decoded.picture, to_decoded(*work.crop.box, scale));
}

void count_done(Transaction& tx, JobId id) {
    const auto job = job_repository::find(tx, id);
    if (job && job->kind == job_kind::reindex && job->crops_done + job->crops_failed < job->crops_total) {
        job_repository::count_crop_done(tx, id);
    }
}

} // namespace

NewTask StandbyStep::task_for(ProductId product, const std::string& round) {
    return {.kind = step_kind::embed_for_standby,
            .subject = fmt::format("{} {}", product.value, round),
            .priority = {},
            .run_after = {}};
}

std::string StandbyStep::kind() const {
    return step_kind::embed_for_standby;
}

StepLimits StandbyStep::limits() const {
    return {.max_attempts = parts_.options.max_attempts, .time_limit = parts_.options.model_step_limit};
}

Outcome StandbyStep::compute(const Task& task, const StepContext&) {
    const JobId job = task.job_id;
    const Done nothing_to_do{[job](Transaction& tx) {
        count_done(tx, job);
        return Next{};
    }};
    if (parts_.switching == nullptr) return nothing_to_do;
    const auto work = parts_.database.read(
        [&](Transaction& tx) { return work_for(tx, *parts_.switching, product_from(task.subject)); });
    if (!work) return nothing_to_do;

    std::optional<image_repository::LabelledCrop> labelled;
    const bool made = work->known && work->known->label && work->known->vector_model == work->model;
    if (!made) {
        const auto stored = picture_or_wait(parts_.pictures, work->original);
        if (const auto* wait = std::get_if<Retry>(&stored)) return *wait;
        const auto& decoded = std::get<std::shared_ptr<const DecodedPicture>>(stored);
        Labelled answer = parts_.switching->engine_of(work->model)->label(pixels_of(*work, *decoded));
        if (answer.vector_version != work->model || !is_unit_length(answer.vector)) {
            throw Error(ErrorCode::BadInput,
                        fmt::format("The engine answered a vector of the model {} that cannot be used where one of {} "
                                    "was asked for; nothing of it was stored.",
                                    answer.vector_version, work->model));
        }
        labelled = image_repository::LabelledCrop{.label = std::move(answer.label),
                                                  .label_model = std::move(answer.label_version),
                                                  .vector = std::move(answer.vector),
                                                  .vector_model = std::move(answer.vector_version),
                                                  .features = std::move(answer.features)};
    }
    return Done{[this, work, labelled, job](Transaction& tx) {
        count_done(tx, job);
        if (model_repository::hold(tx, false).standby != work->model) return Next{};
        if (!product_repository::find_and_hold(tx, work->lacking.product)) return Next{};
        const auto lacking = model_repository::lacking_of(tx, work->model, work->lacking.product);
        if (!lacking || lacking->link != work->lacking.link) return Next{}; // indexed anew meanwhile: that job's affair
        const Timestamp now = parts_.clock.now();
        const ImageId crop = image_repository::add_crop(tx, work->original.id, work->crop_model,
                                                        {.box = *work->crop.box, .score = work->crop.crop_score}, now);
        if (labelled) image_repository::save_label(tx, crop, *labelled);
        if (work->crop.label_by_person) image_repository::correct_label(tx, crop, work->crop.label);
        const ProductImageId link = model_repository::add_standby(tx, lacking->product, crop, job, now);
        const Embedding& vector = labelled ? labelled->vector : work->known->vector;
        parts_.vectors.put(tx, {.id = link, .model = work->model, .vector = vector});
        return Next{};
    }};
}

void StandbyStep::on_failed(Transaction& tx, const Task& task, const std::string& error) {
    const auto job = job_repository::find(tx, task.job_id);
    const std::string sentence = fmt::format("Product row {}: {}", product_from(task.subject).value, error);
    if (job && job->kind == job_kind::reindex && job->crops_done + job->crops_failed < job->crops_total) {
        job_repository::count_crop_failed(tx, task.job_id, sentence);
    } else {
        job_repository::add_error(tx, task.job_id, sentence);
    }
}

} // namespace vitrine
