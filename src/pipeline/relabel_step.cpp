#include "pipeline/relabel_step.hpp"

#include <charconv>
#include <optional>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "pipeline/crop_selection.hpp"
#include "pipeline/picture_wait.hpp"
#include "pipeline/subjects.hpp"
#include "pipeline/switching_engine.hpp"
#include "storage/image_repository.hpp"
#include "storage/job_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_term_repository.hpp"

namespace vitrine {
namespace {

using Found = std::optional<image_repository::CropAndOriginal>;

ProductImageId link_from(const std::string& subject) {
    ProductImageId link;
    std::from_chars(subject.data(), subject.data() + subject.size(), link.value);
    return link;
}

Found crop_of(Transaction& tx, ProductImageId link) {
    const auto found = product_image_repository::find(tx, link);
    return found ? image_repository::find_with_original(tx, found->image_id) : std::nullopt;
}

Picture pixels_of(const Image& crop, const Image& original, const DecodedPicture& decoded) {
    const PictureScale scale{.decoded_width = decoded.picture.width,
                             .decoded_height = decoded.picture.height,
                             .full_width = original.width,
                             .full_height = original.height};
    return cut(decoded.picture, to_decoded(*crop.box, scale));
}

void count_done(Transaction& tx, JobId id) {
    const auto job = job_repository::find(tx, id);
    if (job && job->crops_done + job->crops_failed < job->crops_total) job_repository::count_crop_done(tx, id);
}

/// The words by which the crop's products are found, here and in a vector server, follow from its label.
void follow_label(Transaction& tx, VectorStore& vectors, ImageId crop) {
    for (const ProductImage& link : product_image_repository::links_with(tx, crop)) {
        vectors.words_changed(tx, link.id);
        if (link.is_primary_crop) product_term_repository::refresh(tx, link.product_id);
    }
}

} // namespace

NewTask RelabelStep::task_for(ProductImageId link, int round) {
    return {.kind = step_kind::relabel_link,
            .subject = fmt::format("{} {}", link.value, round),
            .priority = {},
            .run_after = {}};
}

std::string RelabelStep::kind() const {
    return step_kind::relabel_link;
}

StepLimits RelabelStep::limits() const {
    return {.max_attempts = parts_.options.max_attempts, .time_limit = parts_.options.model_step_limit};
}

Outcome RelabelStep::compute(const Task& task, const StepContext&) {
    const JobId job = task.job_id;
    const Done nothing_to_do{[job](Transaction& tx) {
        count_done(tx, job);
        return Next{};
    }};
    const Found found = parts_.database.read([&](Transaction& tx) { return crop_of(tx, link_from(task.subject)); });
    if (!found || parts_.switching == nullptr) return nothing_to_do;
    const auto& [crop, original] = *found;
    VisionEngine* const engine = parts_.switching->engine_of(crop.vector_model);
    if (engine == nullptr || engine->versions().label == crop.label_model) return nothing_to_do;

    const auto stored = picture_or_wait(parts_.pictures, original);
    if (const auto* wait = std::get_if<Retry>(&stored)) return *wait;
    const auto& decoded = std::get<std::shared_ptr<const DecodedPicture>>(stored);
    Labelled labelled = engine->label(pixels_of(crop, original, *decoded));
    if (labelled.vector_version != crop.vector_model) {
        throw Error(ErrorCode::Conflict,
                    fmt::format("The engine that labels for the model {} answered with {}; run vitrine reindex again.",
                                crop.vector_model, labelled.vector_version));
    }
    return Done{[this, job, id = crop.id, label = std::move(labelled.label),
                 label_model = std::move(labelled.label_version), vector_model = crop.vector_model](Transaction& tx) {
        if (image_repository::renew_label(tx, id, label, label_model, vector_model)) {
            follow_label(tx, parts_.vectors, id);
        }
        count_done(tx, job);
        return Next{};
    }};
}

void RelabelStep::on_failed(Transaction& tx, const Task& task, const std::string& error) {
    const std::string sentence = fmt::format("Product image {}: {}", link_from(task.subject).value, error);
    const auto job = job_repository::find(tx, task.job_id);
    if (job && job->crops_done + job->crops_failed < job->crops_total) {
        job_repository::count_crop_failed(tx, task.job_id, sentence);
    } else {
        job_repository::add_error(tx, task.job_id, sentence);
    }
}

} // namespace vitrine
