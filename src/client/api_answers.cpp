#include "client/api_answers.hpp"

#include <utility>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "client/json_document.hpp"
#include "lifecycle/run_reports.hpp"

namespace vitrine::api_answers {
namespace {

using namespace json_document;

[[noreturn]] void refuse(const std::string& clause) {
    throw Error(ErrorCode::BadInput, clause);
}

template <class Id>
std::optional<Id> id_or_nothing(const Json& object, const char* name) {
    return something_in(object, name) == nullptr ? std::nullopt : std::optional(Id{whole_in(object, name)});
}

std::optional<StructuredLabel> label_or_nothing(const Json& object) {
    const auto* const label = something_in(object, "label");
    return label == nullptr ? std::nullopt : std::optional(structured_label_from_json(dumped(*label)));
}

Product product_from(const Json& object) {
    Product product;
    product.external_id = text_in(object, "id");
    product.name = text_in(object, "name");
    product.description = text_in(object, "description");
    product.category = text_in(object, "category");
    product.attributes = dumped(object_in(object, "attributes"));
    product.created_at = moment_in(object, "created_at");
    product.updated_at = moment_in(object, "updated_at");
    return product;
}

ProductImage primary_link_from(const Json& object) {
    ProductImage link;
    link.image_id = {whole_in(object, "image_id")};
    link.is_primary_crop = true;
    link.chosen_by = text_in(object, "chosen_by") == "person" ? ChosenBy::Person : ChosenBy::Machine;
    link.job_id = {whole_in(object, "job_id")};
    return link;
}

/// What a product's picture or crop is said to be; `models` stand with the primary one alone.
Image image_from(const Json& object) {
    Image image;
    image.id = {whole_in(object, "image_id")};
    image.original_id = id_or_nothing<ImageId>(object, "original_id");
    if (something_in(object, "box") != nullptr) image.box = box_in(object, "box");
    image.label = label_or_nothing(object);
    if (const auto* const models = something_in(object, "models")) {
        image.crop_model = text_in(*models, "crop");
        image.label_model = text_in(*models, "label");
        image.vector_model = text_in(*models, "vector");
    }
    return image;
}

ProductCrop product_crop_from(const Json& object) {
    ProductCrop crop{.image = image_from(object), .is_primary = flag_in(object, "is_primary"), .score = {}};
    if (something_in(object, "score") != nullptr) crop.score = number_in(object, "score");
    if (!crop.image.box) { // the area is all that is told of its sides
        crop.image.width = small_in(object, "area");
        crop.image.height = 1;
    }
    return crop;
}

IndexingResult indexing_from(const Json& object) {
    IndexingResult result;
    result.job_id = {whole_in(object, "job_id")};
    result.image_id = {whole_in(object, "image_id")};
    result.score = number_in(object, "score");
    for (const auto& crop : list_in(object, "runners_up")) {
        result.runners_up.push_back({.image_id = {whole_in(crop, "image_id")},
                                     .score = number_in(crop, "score"),
                                     .area = whole_in(crop, "area")});
    }
    result.note = text_in(object, "note");
    return result;
}

JobState state_in(const Json& object) {
    const auto state = job_state_from(text_in(object, "state"));
    if (!state) refuse("'state' is no state of a job");
    return *state;
}

/// What its documents show of a job's subject.
std::string subject_from(const Json& object) {
    auto subject = Json::object();
    if (something_in(object, "image_id") != nullptr) subject["image_id"] = whole_in(object, "image_id");
    if (something_in(object, "product_id") != nullptr) subject["external_id"] = text_in(object, "product_id");
    return dumped(subject);
}

Job job_from(const Json& object) {
    Job job;
    job.id = {whole_in(object, "id")};
    job.kind = text_in(object, "kind");
    job.subject = subject_from(object);
    job.state = state_in(object);
    job.stage = text_in(object, "stage");
    job.attempts = small_in(object, "attempts");
    job.crops_total = small_in(object, "crops_total");
    job.crops_done = small_in(object, "crops_done");
    job.crops_failed = small_in(object, "crops_failed");
    job.errors = texts_in(object, "errors");
    job.created_at = moment_in(object, "created_at");
    job.started_at = moment_or_nothing_in(object, "started_at");
    job.labelling_at = moment_or_nothing_in(object, "labelling_at");
    job.finishing_at = moment_or_nothing_in(object, "finishing_at");
    job.finished_at = moment_or_nothing_in(object, "finished_at");
    return job;
}

Task task_from(const Json& object) {
    Task task;
    task.id = {whole_in(object, "id")};
    task.kind = text_in(object, "kind");
    task.subject = text_in(object, "subject");
    const auto state = task_state_from(text_in(object, "state"));
    if (!state) refuse("'state' is no state of a task");
    task.state = *state;
    task.attempts = small_in(object, "attempts");
    task.waited = Milliseconds(whole_in(object, "waited_ms"));
    task.worked = Milliseconds(whole_in(object, "worked_ms"));
    task.error = text_in(object, "error");
    task.created_at = moment_in(object, "created_at");
    task.started_at = moment_or_nothing_in(object, "started_at");
    task.finished_at = moment_or_nothing_in(object, "finished_at");
    return task;
}

/// Of a match or a ranked product: some figures stand beside the evidence.
Evidence evidence_from(const Json& holder) {
    const auto& object = object_in(holder, "evidence");
    Evidence evidence;
    evidence.distance = number_in(holder, "distance");
    evidence.inliers = small_in(holder, "inliers");
    evidence.label_agreement = number_in(object, "label_agreement");
    evidence.label_words = texts_in(object, "label_words");
    evidence.text_overlap = number_in(object, "text_overlap");
    evidence.printed_words = texts_in(object, "printed_words");
    if (something_in(object, "contrast") != nullptr) evidence.contrast = number_in(object, "contrast");
    if (something_in(object, "category_support") != nullptr)
        evidence.category_support = number_in(object, "category_support");
    if (something_in(object, "barcode") != nullptr) evidence.barcode = text_in(object, "barcode");
    evidence.barcode_equal = !evidence.barcode.empty();
    return evidence;
}

CropMatch match_from(const Json& object) {
    CropMatch match;
    match.product_id = text_in(object, "product_id");
    match.score = number_in(object, "score");
    match.matched_image_id = {whole_in(object, "matched_image_id")};
    match.evidence = evidence_from(object);
    match.reasons = texts_in(object, "reasons");
    return match;
}

QueriedCrop crop_from(const Json& object) {
    QueriedCrop crop;
    crop.image_id = {whole_in(object, "image_id")};
    crop.box = box_in(object, "box");
    crop.label = structured_label_from_json(dumped(object_in(object, "label")));
    for (const auto& match : list_in(object, "matches")) crop.matches.push_back(match_from(match));
    return crop;
}

QueryResult ranked_from(const Json& object, JobId job) {
    QueryResult result;
    result.job_id = job;
    result.rank = small_in(object, "rank");
    result.product_id = text_in(object, "product_id");
    result.name = text_in(object, "name");
    result.score = number_in(object, "score");
    result.crop_image_id = {whole_in(object, "crop_image_id")};
    result.box = box_in(object, "box");
    result.matched_image_id = {whole_in(object, "matched_image_id")};
    result.evidence = evidence_from(object);
    result.reasons = texts_in(object, "reasons");
    return result;
}

LifecycleRun run_from(const Json& object) {
    LifecycleRun run;
    run.job = {whole_in(object, "job_id")};
    run.kind = text_in(object, "kind");
    run.state = state_in(object);
    if (const auto* const report = something_in(object, "report")) run.report = dumped(*report);
    run.started = moment_in(object, "started_at");
    run.finished = moment_or_nothing_in(object, "finished_at");
    return run;
}

/// A report is read as it is stored; one that is none is the server's fault here.
template <class Read>
auto report_from(const std::string& json, const Read& read) {
    static_cast<void>(object_from(json)); // as deep as may be, and no deeper
    try {
        return read(json);
    } catch (const Error&) {
        refuse("it is not the report that was asked for");
    }
}

} // namespace

ServerFacts server_facts_from(const std::string& json) {
    const auto object = object_from(json);
    ServerFacts facts{.version = text_in(object, "version"),
                      .instance = text_in(object, "instance"),
                      .scope = text_in(object, "scope"),
                      .max_upload_bytes = whole_in(object, "max_upload_bytes"),
                      .workers = small_in(object, "workers")};
    constexpr int workers_max = 256;
    if (facts.max_upload_bytes < 1) refuse("'max_upload_bytes' is no size");
    if (facts.workers < 0 || facts.workers > workers_max) refuse("'workers' is beyond all measure");
    return facts;
}

std::string instance_from(const std::string& json) {
    const auto object = object_from(json);
    return something_in(object, "instance") == nullptr ? std::string() : text_in(object, "instance");
}

AddedProduct added_product_from(const std::string& json) {
    const auto object = object_from(json);
    AddedProduct added{.product = product_from(object_in(object, "product")),
                       .job = std::nullopt,
                       .unchanged = flag_in(object, "unchanged"),
                       .created = flag_in(object, "created")};
    if (const auto* const job = something_in(object, "job")) added.job = JobId{whole_in(*job, "id")};
    return added;
}

ProductPage product_page_from(const std::string& json) {
    const auto object = object_from(json);
    ProductPage page;
    for (const auto& product : list_in(object, "products")) page.products.push_back(product_from(product));
    if (something_in(object, "next_cursor") != nullptr) page.next_cursor = text_in(object, "next_cursor");
    return page;
}

ProductDetail product_detail_from(const std::string& json) {
    const auto object = object_from(json);
    ProductDetail detail;
    detail.product = product_from(object);
    if (const auto* const primary = something_in(object, "primary")) {
        detail.primary = primary_link_from(*primary);
        if (something_in(*primary, "models") != nullptr) detail.primary_image = image_from(*primary);
    }
    if (const auto* const last = something_in(object, "last_indexing")) detail.last_result = indexing_from(*last);
    for (const auto& crop : list_in(object, "images")) detail.crops.push_back(product_crop_from(crop));
    return detail;
}

EngineCounts counts_from(const std::string& json) {
    const auto object = object_from(json);
    const auto& counts = object_in(object, "counts");
    return {.products = whole_in(counts, "products"),
            .images = whole_in(counts, "images"),
            .product_images = whole_in(counts, "product_images"),
            .vectors = whole_in(counts, "vectors"),
            .jobs_unfinished = whole_in(counts, "jobs_unfinished")};
}

JobId accepted_job_from(const std::string& json) {
    const auto object = object_from(json);
    return {whole_in(object_in(object, "job"), "id")};
}

std::vector<Job> jobs_from(const std::string& json) {
    const auto object = object_from(json);
    std::vector<Job> jobs;
    for (const auto& job : list_in(object, "jobs")) jobs.push_back(job_from(job));
    return jobs;
}

JobDetail job_detail_from(const std::string& json) {
    const auto object = object_from(json);
    JobDetail detail{.job = job_from(object), .tasks = {}};
    for (const auto& task : list_in(object, "tasks")) detail.tasks.push_back(task_from(task));
    return detail;
}

std::optional<QueryAnswer> query_answer_from(const std::string& json) {
    const auto object = object_from(json);
    const auto state = state_in(object);
    if (state != JobState::Succeeded && state != JobState::PartiallySucceeded) return std::nullopt;
    QueryAnswer answer;
    answer.job_id = {whole_in(object, "job_id")};
    if (const auto* const image = something_in(object, "image")) {
        answer.image_id = {whole_in(*image, "id")};
        answer.image_width = small_in(*image, "width");
        answer.image_height = small_in(*image, "height");
    }
    for (const auto& crop : list_in(object, "crops")) answer.crops.push_back(crop_from(crop));
    for (const auto& product : list_in(object, "products"))
        answer.products.push_back(ranked_from(product, answer.job_id));
    const auto& took = object_in(object, "timings_ms");
    answer.timings = {.total_ms = number_in(took, "total"),
                      .crop_ms = number_in(took, "crop"),
                      .label_ms = number_in(took, "label"),
                      .search_ms = number_in(took, "search")};
    return answer;
}

std::vector<QueryResult> similar_products_from(const std::string& json) {
    const auto object = object_from(json);
    std::vector<QueryResult> products;
    for (const auto& product : list_in(object, "products")) products.push_back(ranked_from(product, {}));
    return products;
}

std::vector<LifecycleRun> lifecycle_runs_from(const std::string& json) {
    const auto object = object_from(json);
    std::vector<LifecycleRun> runs;
    for (const auto& run : list_in(object, "runs")) runs.push_back(run_from(run));
    return runs;
}

CheckReport check_report_from(const std::string& json) {
    return report_from(json, [](const std::string& text) { return vitrine::check_report_from(text); });
}

CleanupReport cleanup_report_from(const std::string& json) {
    return report_from(json, [](const std::string& text) { return vitrine::cleanup_report_from(text); });
}

ReindexEstimate reindex_estimate_from(const std::string& json) {
    return report_from(json, [](const std::string& text) { return vitrine::reindex_estimate_from(text); });
}

} // namespace vitrine::api_answers
