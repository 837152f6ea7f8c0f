#include "pipeline/indexing_finisher.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/ranking.hpp"
#include "pipeline/job_crops.hpp"
#include "pipeline/model_pace.hpp"
#include "pipeline/primary_crop.hpp"
#include "pipeline/standby_step.hpp"
#include "pipeline/subjects.hpp"
#include "pipeline/switching_engine.hpp"
#include "storage/image_repository.hpp"
#include "storage/indexing_result_repository.hpp"
#include "storage/job_repository.hpp"
#include "storage/model_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"

namespace vitrine {
namespace {

constexpr auto deleted_meanwhile = "The product was deleted while it was being indexed.";

/// A job whose vector is on its way is woken when that arrives or goes (awaited_vectors.hpp). It also looks by itself,
/// soon and then now and then, so that its task says why it waits.
constexpr Milliseconds first_look{5'000};
constexpr Milliseconds further_looks{30'000};

std::vector<CropScore> scored_crops(const std::vector<Image>& crops, const std::vector<double>& scores) {
    std::vector<CropScore> scored;
    for (std::size_t i = 0; i < crops.size(); ++i) {
        scored.push_back({.image_id = crops[i].id, .score = scores[i], .area = crops[i].box->area()});
    }
    return scored;
}

/// The others, best first, in the order of the same tie-breaks.
std::vector<CropScore> runners_up_of(std::vector<CropScore> scored, ImageId winner) {
    std::erase_if(scored, [winner](const CropScore& crop) { return crop.image_id == winner; });
    std::vector<CropScore> sorted;
    while (!scored.empty()) {
        const CropScore best = choose_primary(scored);
        sorted.push_back(best);
        std::erase_if(scored, [&best](const CropScore& crop) { return crop.image_id == best.image_id; });
    }
    return sorted;
}

std::optional<ProductImage> primary_among(const std::vector<ProductImage>& links) {
    const auto found = std::ranges::find_if(links, &ProductImage::is_primary_crop);
    return found == links.end() ? std::nullopt : std::optional(*found);
}

/// Why the present primary stays; empty when the new one takes its place.
std::string reason_to_keep(const std::optional<ProductImage>& present, JobId job) {
    if (!present) return "";
    if (present->chosen_by == ChosenBy::Person) return "A person chose the product's primary crop, and it was kept.";
    if (present->job_id.value > job.value) {
        return fmt::format("Job {}, which was accepted later, had already chosen the product's primary crop.",
                           present->job_id.value);
    }
    return "";
}

/// Whether the product needs a second link, of the model that stands by during a change of models. Where no model is
/// known yet, the first link's is the catalogue's.
bool wants_standby(Transaction& tx, const PipelineParts& parts, const std::string& model, Timestamp now) {
    if (parts.switching == nullptr) return false;
    const auto models = model_repository::models(tx);
    if (models.active.empty()) model_repository::activate_first(tx, model, now);
    return models.standby != model && parts.switching->serves(models.standby);
}

} // namespace

std::vector<double> fit_to_name(const PipelineParts& parts, const std::string& name, const std::vector<Image>& crops) {
    std::vector<std::string> phrases;
    for (const Image& crop : crops) phrases.push_back(crop.label->to_text());
    auto scores = parts.pace.time(ModelPace::Question::Match, [&] { return parts.vision.match(name, phrases); });
    const auto sane = [](double score) { return score >= 0.0 && score <= 1.0; };
    if (scores.size() != phrases.size() || !std::all_of(scores.begin(), scores.end(), sane)) {
        throw Error(ErrorCode::BadInput,
                    "The match model answered scores that are not one number in [0, 1] for each crop.");
    }
    return scores;
}

std::string SelectPrimaryCropStep::kind() const {
    return step_kind::select_primary;
}

StepLimits SelectPrimaryCropStep::limits() const {
    return {.max_attempts = parts_.options.max_attempts};
}

Outcome SelectPrimaryCropStep::compute(const Task& task, const StepContext&) {
    const std::string vector_model = parts_.vision.versions().vector;
    Job job;
    std::optional<product_repository::StoredProduct> product;
    std::vector<Image> crops;
    SearchedModel searched;
    ImageId photo;
    parts_.database.read([&](Transaction& tx) {
        job = job_of(tx, task);
        const IndexingSubject subject = indexing_subject_from(job.subject);
        photo = subject.image_id;
        searched = searched_model(tx, parts_);
        product = product_repository::find(tx, subject.product_id);
        crops = labelled_crops_of(tx, subject.image_id, vector_model);
    });
    if (!product) return Fail{deleted_meanwhile};
    if (are_outdated(crops, searched)) return cut_again({.image_id = photo}, task, searched, job);
    if (crops.empty()) return Fail{no_crop_sentence(job)};

    auto scores = fit_to_name(parts_, product->product.name, crops);
    return select(task, {.product = product->product.id, .crops = std::move(crops), .scores = std::move(scores)},
                  searched);
}

std::optional<Done> SelectPrimaryCropStep::ride(Transaction& tx, const Task& task, const HeadStart& head_start) {
    const auto* scored = std::any_cast<std::shared_ptr<const ScoredCrops>>(&head_start);
    if (scored == nullptr) return std::nullopt;
    const SearchedModel searched = searched_model(tx, parts_);
    if (are_outdated((*scored)->crops, searched)) return std::nullopt;
    return select(task, **scored, searched);
}

Done SelectPrimaryCropStep::select(const Task& task, const ScoredCrops& crops, const SearchedModel& searched) const {
    const std::vector<CropScore> scored = scored_crops(crops.crops, crops.scores);
    const CropScore best = choose_primary(scored);
    const Image winner = *std::ranges::find(crops.crops, best.image_id, &Image::id);
    IndexingResult result;
    result.job_id = task.job_id;
    result.product_id = crops.product;
    result.image_id = winner.id;
    result.score = best.score;
    result.runners_up = runners_up_of(scored, winner.id);

    auto effects = [this, task, winner, result, searched, is_new = crops.product_is_new](Transaction& tx) mutable {
        const Timestamp now = parts_.clock.now();
        if (auto again = again_if_switched(tx, parts_, task, searched)) return std::move(*again);
        bool searchable = true;
        if (!is_new && !product_repository::find_and_hold(tx, result.product_id)) {
            throw Error(ErrorCode::NotFound, deleted_meanwhile);
        }
        if (!parts_.vectors.is_searchable_at_once()) job_repository::set_stage(tx, result.job_id, "finishing", now);
        const auto links =
            is_new ? std::vector<ProductImage>() : product_image_repository::links_of(tx, result.product_id);
        result.note = reason_to_keep(primary_among(links), result.job_id);
        if (result.note.empty()) {
            const SavedPrimary saved = save_primary(tx, {parts_.vectors, parts_.queue},
                                                    {.product_id = result.product_id,
                                                     .image_id = winner.id,
                                                     .job_id = result.job_id,
                                                     .product_is_new = is_new},
                                                    links, winner, now);
            if (saved.replaced) tx.after_commit(parts_.released);
            result.product_image_id = saved.id;
            searchable = saved.searchable;
        }
        if (result.note.empty() && result.score < parts_.options.match_floor) {
            result.note =
                fmt::format("The product was indexed, but no crop fits the name well: the best scores {:.2f}, "
                            "below pipeline.match_floor ({:.2f}).",
                            result.score, parts_.options.match_floor);
        }
        NewTask finalize{.kind = step_kind::finalize_indexing, .subject = to_json(result)};
        if (wants_standby(tx, parts_, winner.vector_model, now)) {
            return Next{.tasks = {},
                        .fan_out = FanOut{.children = {StandbyStep::task_for(result.product_id, "0")},
                                          .then = std::move(finalize)}};
        }
        if (!searchable) finalize.run_after = now + first_look;
        return Next{.tasks = {std::move(finalize)}, .fan_out = {}};
    };
    return Done{.effects = std::move(effects),
                .ends_job = parts_.vectors.is_searchable_at_once()}; // the next one rides
}

std::string FinalizeIndexingStep::kind() const {
    return step_kind::finalize_indexing;
}

StepLimits FinalizeIndexingStep::limits() const {
    return {.max_attempts = parts_.options.max_attempts};
}

Outcome FinalizeIndexingStep::compute(const Task& task, const StepContext&) {
    const IndexingResult result = indexing_result_from(task.subject);
    if (result.product_image_id) {
        const auto standing = parts_.vectors.standing(*result.product_image_id);
        if (standing.state == VectorStanding::State::Refused) return Fail{standing.why};
        if (standing.state == VectorStanding::State::OnItsWay) {
            return Retry{.after = further_looks, .why = standing.why, .counts_as_attempt = false};
        }
    }
    return finish(task, result, false);
}

std::optional<Done> FinalizeIndexingStep::ride(Transaction&, const Task& task, const HeadStart&) {
    if (!parts_.vectors.is_searchable_at_once()) return std::nullopt;
    return finish(task, indexing_result_from(task.subject), true);
}

Done FinalizeIndexingStep::finish(const Task& task, IndexingResult result, bool rides) const {
    result.job_id = task.job_id;
    return Done{.effects =
                    [this, result = std::move(result), rides](Transaction& tx) mutable {
                        // A rider's product is most often held already; where it is gone the row is refused, and the
                        // step then runs by itself and says so.
                        if (!rides && !product_repository::find_and_hold(tx, result.product_id))
                            throw Error(ErrorCode::NotFound, deleted_meanwhile);
                        result.created_at = parts_.clock.now();
                        indexing_result_repository::save(tx, result);
                        const auto end = job_repository::finish_labelled(tx, result.job_id, result.created_at);
                        return Next{
                            .tasks = {}, .fan_out = {}, .ended_as = end ? std::optional(end->state) : std::nullopt};
                    },
                .ends_job = true};
}

} // namespace vitrine
