#include "pipeline/query_finisher.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/ranking.hpp"
#include "pipeline/catalogue_model.hpp"
#include "pipeline/job_crops.hpp"
#include "pipeline/photo_search.hpp"
#include "pipeline/subjects.hpp"
#include "storage/image_repository.hpp"
#include "storage/job_repository.hpp"
#include "storage/query_result_repository.hpp"
#include "storage/vector_mean_repository.hpp"

namespace vitrine {

/// What query_all_crops found for one run of a job. As shared_ptr<const FoundMatches> the head start of the finalize
/// step.
struct FoundMatches {
    std::vector<std::string> labels; ///< of the labelled crops, as words
    std::string category;            ///< asked for: narrowed to, or what a crop was taken for
    std::vector<CropMatches> matches;
    std::vector<QueryResult> results; ///< the products of `matches` (rank_products)
};

namespace {

/// How long the stages took: cropping until labelling began, labelling until the last crop joined, searching since.
QueryTimings timings_of(const job_repository::LabelledEnd& job, Timestamp joined_at, Timestamp now) {
    const auto between = [](Timestamp from, Timestamp to) {
        return static_cast<double>(std::max((to - from).count(), 0L));
    };
    const Timestamp started = job.started_at.value_or(job.created_at);
    const Timestamp labelling = job.labelling_at.value_or(started);
    return {.total_ms = between(job.created_at, now),
            .crop_ms = between(started, labelling),
            .label_ms = between(labelling, joined_at),
            .search_ms = between(joined_at, now)};
}

/// The crops' labels as words, without what may be about a person: printed text and codes.
std::vector<std::string> words_of(const std::vector<Image>& crops) {
    std::vector<std::string> words;
    for (const Image& crop : crops) {
        StructuredLabel label = *crop.label;
        label.barcodes.clear();
        label.text.clear();
        words.push_back(label.to_text());
    }
    return words;
}

/// What the query was narrowed to, or the first that a crop was taken for; empty: neither.
std::string category_of(const QuerySubject& subject, const std::vector<Image>& crops) {
    if (!subject.scope.category.empty()) return subject.scope.category;
    const auto known = std::ranges::find_if(crops, [](const Image& crop) { return !crop.label->category.empty(); });
    return known == crops.end() ? "" : known->label->category;
}

std::shared_ptr<const FoundMatches> found_among(JobId job, const QuerySubject& subject, const std::vector<Image>& crops,
                                                std::vector<CropMatches> matches) {
    auto results = rank_products(job, matches, subject.top);
    return std::make_shared<const FoundMatches>(FoundMatches{.labels = words_of(crops),
                                                             .category = category_of(subject, crops),
                                                             .matches = std::move(matches),
                                                             .results = std::move(results)});
}

QueryMetrics metrics_of(JobId job, const FoundMatches& found, const job_repository::LabelledEnd& end) {
    QueryMetrics metrics;
    metrics.job_id = job;
    metrics.crops = end.crops_total;
    metrics.crops_failed = end.crops_failed;
    metrics.products = static_cast<int>(found.results.size());
    metrics.best_score = found.results.empty() ? 0.0 : found.results.front().score;
    metrics.labels = found.labels;
    metrics.category = found.category;
    return metrics;
}

Timestamp moment_from(const std::string& subject) {
    std::int64_t milliseconds = 0;
    const auto [end, error] = std::from_chars(subject.data(), subject.data() + subject.size(), milliseconds);
    if (error != std::errc{} || end != subject.data() + subject.size()) {
        throw Error(ErrorCode::Corrupted,
                    fmt::format("A stored task has the subject '{:.50}', not a moment.", subject));
    }
    return Timestamp{Milliseconds{milliseconds}};
}

/// Why a search with vectors of this model would miss products; empty: it would not.
std::string why_missed(Transaction& tx, const PipelineParts& parts, const std::string& vector_model) {
    if (parts.switching == nullptr) return "";
    const auto foreign = foreign_catalogue(tx, *parts.switching, vector_model);
    return foreign ? sentence_of(*foreign) : "";
}

/// Whether the job may have stored something in a run before.
bool is_run_again(const Task& task) {
    return task.job_attempt > 1;
}

/// A vector store that cannot be reached: somebody waits for the answer, so it is tried once more, for a connection
/// that broke, and then said. One that let its whole time pass is not asked again.
Outcome put_off(const Task& task, const Error& error) {
    constexpr Milliseconds soon{200};
    if (task.attempts < 2 && error.code() != ErrorCode::TimedOut) return Retry{.after = soon, .why = error.what()};
    return Fail{error.what()};
}

} // namespace

std::vector<QueryResult> rank_products(JobId job, const std::vector<CropMatches>& crops, int top) {
    std::vector<QueryResult> results;
    for (const ProductScore& product : aggregate_by_product(crops)) {
        if (static_cast<int>(results.size()) >= top) break;
        const CropMatch& match = crops[product.crop].matches[product.match];
        results.push_back({.job_id = job,
                           .rank = static_cast<int>(results.size()) + 1,
                           .product_row = product.product_row,
                           .product_id = product.product_id,
                           .name = {},
                           .score = product.score,
                           .crop_image_id = crops[product.crop].crop,
                           .box = {},
                           .matched_image_id = match.matched_image_id,
                           .evidence = match.evidence,
                           .reasons = reasons_for(match.evidence)});
    }
    return results;
}

std::string QueryAllCropsStep::kind() const {
    return step_kind::query_all_crops;
}

StepLimits QueryAllCropsStep::limits() const {
    return {.max_attempts = parts_.options.max_attempts};
}

Outcome QueryAllCropsStep::compute(const Task& task, const StepContext&) {
    const std::string vector_model = parts_.vision.versions().vector;
    Job job;
    QuerySubject subject;
    std::vector<Image> crops;
    SearchedModel searched;
    std::string missed;
    parts_.database.read([&](Transaction& tx) {
        job = job_of(tx, task);
        subject = query_subject_from(job.subject);
        searched = searched_model(tx, parts_);
        crops = queried_crops_of(tx, subject, vector_model);
        if (!crops.empty() && searched.name.empty()) missed = why_missed(tx, parts_, crops.front().vector_model);
    });
    if (crops.empty()) return Fail{no_crop_sentence(job)};
    if (!missed.empty()) return Fail{missed};
    if (are_outdated(crops, searched)) {
        return cut_again({.image_id = subject.image_id, .region = subject.region}, task, searched, job);
    }

    const PhotoSearch search(parts_, subject, crops);
    std::vector<std::vector<VectorHit>> hits;
    try {
        hits = search.hits();
    } catch (const Error& error) {
        if (!error.retryable()) throw;
        return put_off(task, error);
    }
    auto matches = search.matches(hits);
    return answer(task, {.asked_for = subject,
                         .crops = std::move(crops),
                         .matches = std::move(matches),
                         .asked = search.asked(),
                         .searched = searched});
}

std::optional<Done> QueryAllCropsStep::ride(Transaction&, const Task& task, const HeadStart& head_start) {
    const auto* await_search = std::any_cast<AwaitSearch>(&head_start);
    if (await_search == nullptr) return std::nullopt;
    const auto found = (*await_search)();
    return found ? std::optional(answer(task, *found)) : std::nullopt;
}

Done QueryAllCropsStep::answer(const Task& task, const FoundInCatalogue& in_catalogue) const {
    const auto found = found_among(task.job_id, in_catalogue.asked_for, in_catalogue.crops, in_catalogue.matches);
    const std::string vector_model = in_catalogue.crops.front().vector_model;
    return Done{.effects =
                    [this, task, found, joined_at = task.created_at, vector_model, asked = in_catalogue.asked,
                     searched = in_catalogue.searched](Transaction& tx) {
                        if (auto again = again_if_switched(tx, parts_, task, searched)) return std::move(*again);
                        if (!asked.empty()) vector_mean_repository::add_queries(tx, vector_model, asked);
                        query_result_repository::save_crops(tx, task.job_id, found->matches, is_run_again(task));
                        NewTask finalize;
                        finalize.kind = step_kind::finalize_querying;
                        finalize.subject = fmt::format("{}", joined_at.time_since_epoch().count());
                        finalize.head_start = found;
                        return Next{.tasks = {std::move(finalize)}, .fan_out = {}};
                    },
                .ends_job = true}; // the finalize step rides
}

std::string FinalizeQueryingStep::kind() const {
    return step_kind::finalize_querying;
}

StepLimits FinalizeQueryingStep::limits() const {
    return {.max_attempts = parts_.options.max_attempts};
}

Outcome FinalizeQueryingStep::compute(const Task& task, const StepContext&) {
    const std::string vector_model = parts_.vision.versions().vector;
    return finish(task, parts_.database.read([&](Transaction& tx) {
        const Job job = job_of(tx, task);
        const QuerySubject subject = query_subject_from(job.subject);
        return found_among(job.id, subject, queried_crops_of(tx, subject, vector_model),
                           query_result_repository::crops_of(tx, job.id));
    }));
}

std::optional<Done> FinalizeQueryingStep::ride(Transaction&, const Task& task, const HeadStart& head_start) {
    const auto* found = std::any_cast<std::shared_ptr<const FoundMatches>>(&head_start);
    return found != nullptr ? std::optional(finish(task, *found)) : std::nullopt;
}

Done FinalizeQueryingStep::finish(const Task& task, std::shared_ptr<const FoundMatches> found) const {
    return Done{.effects =
                    [this, job = task.job_id, found = std::move(found), joined_at = moment_from(task.subject),
                     again = is_run_again(task)](Transaction& tx) {
                        const Timestamp now = parts_.clock.now();
                        const auto end = job_repository::finish_labelled(tx, job, now);
                        if (!end) return Next{}; // cancelled: it has no answer
                        query_result_repository::save_results(tx, job, found->results, again);
                        QueryMetrics metrics = metrics_of(job, *found, *end);
                        metrics.timings = timings_of(*end, joined_at, now);
                        metrics.created_at = now;
                        query_result_repository::save_metrics(tx, metrics, again);
                        return Next{.tasks = {}, .fan_out = {}, .ended_as = end->state};
                    },
                .ends_job = true};
}

} // namespace vitrine
