#include "engine/json_text.hpp"

#include <cmath>
#include <optional>

#include <nlohmann/json.hpp>

#include "pipeline/subjects.hpp"

namespace vitrine {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json box_json(const Box& box) {
    return Json::array({box.x, box.y, box.w, box.h});
}

Json label_json(const StructuredLabel& label) {
    return Json::parse(to_json(label));
}

Json moment_json(const std::optional<Timestamp>& moment) {
    return moment ? Json(to_rfc3339(*moment)) : Json();
}

template <class Value>
Json value_or_null(const std::optional<Value>& value) {
    return value ? Json(*value) : Json();
}

// Four digits are more than a score or a time means, and keep documents of many crops readable.
double rounded(double value) {
    return std::round(value * 1e4) / 1e4;
}

/// What speaks for a match, in figures and words.
Json evidence_json(const Evidence& evidence) {
    return {{"contrast", evidence.contrast ? Json(rounded(*evidence.contrast)) : Json()},
            {"category_support", evidence.category_support ? Json(rounded(*evidence.category_support)) : Json()},
            {"label_agreement", rounded(evidence.label_agreement)},
            {"label_words", evidence.label_words},
            {"text_overlap", rounded(evidence.text_overlap)},
            {"printed_words", evidence.printed_words},
            {"barcode", evidence.barcode.empty() ? Json() : Json(evidence.barcode)}};
}

Json match_json(const CropMatch& match) {
    return {{"product_id", match.product_id},
            {"score", rounded(match.score)},
            {"distance", rounded(match.evidence.distance)},
            {"inliers", match.evidence.inliers},
            {"matched_image_id", match.matched_image_id.value},
            {"evidence", evidence_json(match.evidence)},
            {"reasons", match.reasons}};
}

Json crop_json(const QueriedCrop& crop) {
    Json matches = Json::array();
    for (const auto& match : crop.matches) matches.push_back(match_json(match));
    return {{"image_id", crop.image_id.value},
            {"box", box_json(crop.box)},
            {"label", label_json(crop.label)},
            {"matches", std::move(matches)}};
}

Json ranked_json(const QueryResult& result) {
    return {{"rank", result.rank},
            {"product_id", result.product_id},
            {"name", result.name},
            {"score", rounded(result.score)},
            {"crop_image_id", result.crop_image_id.value},
            {"box", box_json(result.box)},
            {"matched_image_id", result.matched_image_id.value},
            {"distance", rounded(result.evidence.distance)},
            {"inliers", result.evidence.inliers},
            {"evidence", evidence_json(result.evidence)},
            {"reasons", result.reasons}};
}

Json errors_json(const std::vector<RowError>& errors) {
    Json list = Json::array();
    for (const auto& error : errors) list.push_back({{"line", error.line}, {"error", error.error}});
    return list;
}

Json description_json(const Product& product) {
    return {{"id", product.external_id},
            {"product_id", product.external_id},
            {"name", product.name},
            {"description", product.description},
            {"category", product.category},
            {"attributes", Json::parse(product.attributes, nullptr, /*allow_exceptions=*/false)},
            {"created_at", to_rfc3339(product.created_at)},
            {"updated_at", to_rfc3339(product.updated_at)}};
}

Json primary_json(const ProductImage& primary, const std::optional<Image>& image) {
    Json json{{"image_id", primary.image_id.value},
              {"chosen_by", primary.chosen_by == ChosenBy::Person ? "person" : "machine"},
              {"job_id", primary.job_id.value}};
    if (!image) return json;
    json["original_id"] = image->original_id ? Json(image->original_id->value) : Json();
    json["box"] = image->box ? box_json(*image->box) : Json();
    json["label"] = image->label ? label_json(*image->label) : Json();
    json["models"] = {{"crop", image->crop_model}, {"label", image->label_model}, {"vector", image->vector_model}};
    return json;
}

Json product_crop_json(const ProductCrop& crop) {
    const auto& image = crop.image;
    return {{"image_id", image.id.value},
            {"original_id", image.original_id ? Json(image.original_id->value) : Json()},
            {"box", image.box ? box_json(*image.box) : Json()},
            {"area", image.box ? image.box->area() : std::int64_t{image.width} * image.height},
            {"is_primary", crop.is_primary},
            {"score", crop.score ? Json(rounded(*crop.score)) : Json()},
            {"label", image.label ? label_json(*image.label) : Json()}};
}

Json indexing_json(const IndexingResult& result) {
    Json runners_up = Json::array();
    for (const auto& crop : result.runners_up) {
        runners_up.push_back({{"image_id", crop.image_id.value}, {"score", rounded(crop.score)}, {"area", crop.area}});
    }
    return {{"job_id", result.job_id.value},
            {"image_id", result.image_id.value},
            {"score", rounded(result.score)},
            {"runners_up", std::move(runners_up)},
            {"note", result.note}};
}

/// What stands in a job's subject; null where nothing does.
Json subject_member(const Json& subject, const char* name) {
    const auto found = subject.is_object() ? subject.find(name) : subject.end();
    return found != subject.end() && (found->is_number_integer() || found->is_string()) ? *found : Json();
}

Json summary_json(const Job& job) {
    const auto subject = Json::parse(job.subject, nullptr, /*allow_exceptions=*/false);
    Json json{{"id", job.id.value},
              {"kind", job.kind},
              {"image_id", subject_member(subject, "image_id")},
              {"product_id", subject_member(subject, "external_id")},
              {"state", to_string(job.state)},
              {"stage", job.stage},
              {"crops_total", job.crops_total},
              {"crops_done", job.crops_done},
              {"crops_failed", job.crops_failed},
              {"attempts", job.attempts},
              {"errors", job.errors},
              {"created_at", to_rfc3339(job.created_at)},
              {"started_at", moment_json(job.started_at)},
              {"labelling_at", moment_json(job.labelling_at)},
              {"finishing_at", moment_json(job.finishing_at)},
              {"finished_at", moment_json(job.finished_at)}};
    if (job.kind == job_kind::import) { // whose parts are rows
        json["rows_total"] = job.crops_total;
        json["rows_done"] = job.crops_done;
        json["rows_failed"] = job.crops_failed;
    }
    return json;
}

Json task_json(const Task& task) {
    return {{"id", task.id.value},
            {"kind", task.kind},
            {"subject", task.subject},
            {"state", to_string(task.state)},
            {"attempts", task.attempts},
            {"waited_ms", task.waited.count()},
            {"worked_ms", task.worked.count()},
            {"error", task.error},
            {"created_at", to_rfc3339(task.created_at)},
            {"started_at", moment_json(task.started_at)},
            {"finished_at", moment_json(task.finished_at)}};
}

/// Where the next page begins, as a text that only this program reads; null after the last.
template <class Row>
Json next_cursor(const std::vector<Row>& page, int limit) {
    if (page.empty() || static_cast<int>(page.size()) < limit) return {};
    return std::to_string(page.back().id.value);
}

} // namespace

std::string error_json(const Error& error) {
    return text_of({{"error", error.what()}, {"code", to_string(error.code())}});
}

std::string import_json(const ImportReport& report) {
    Json json{{"rows", report.rows},
              {"indexed", report.indexed},
              {"unchanged", report.unchanged},
              {"failed", report.failed},
              {"errors", errors_json(report.errors)},
              {"seconds", rounded(report.seconds)}};
    if (report.errors_left_out > 0) json["errors_left_out"] = report.errors_left_out;
    if (report.interrupted) json["interrupted"] = true;
    return text_of(json);
}

std::string evaluation_json(const EvaluationReport& report) {
    Json json{{"queries", report.queries},
              {"answered", report.answered},
              {"failed", report.failed},
              {"top1", rounded(report.scores.top1)},
              {"top5", rounded(report.scores.top5)},
              {"map", rounded(report.scores.map)},
              {"recall5", value_or_null(report.scores.recall5)},
              {"category_top1", value_or_null(report.scores.category_top1)},
              {"latency_ms",
               {{"p50", rounded(report.latency_ms.p50)},
                {"p95", rounded(report.latency_ms.p95)},
                {"p99", rounded(report.latency_ms.p99)}}},
              {"errors", errors_json(report.errors)},
              {"seconds", rounded(report.seconds)}};
    if (report.errors_left_out > 0) json["errors_left_out"] = report.errors_left_out;
    if (report.interrupted) json["interrupted"] = true;
    return text_of(json);
}

std::string search_json(const Job& job, const QueryAnswer& answer) {
    Json crops = Json::array();
    for (const auto& crop : answer.crops) crops.push_back(crop_json(crop));
    Json products = Json::array();
    for (const auto& product : answer.products) products.push_back(ranked_json(product));
    Json json{{"job_id", job.id.value},
              {"state", to_string(job.state)},
              {"crops", std::move(crops)},
              {"products", std::move(products)},
              {"timings_ms",
               {{"total", rounded(answer.timings.total_ms)},
                {"crop", rounded(answer.timings.crop_ms)},
                {"label", rounded(answer.timings.label_ms)},
                {"search", rounded(answer.timings.search_ms)}}}};
    if (answer.image_id.value > 0) {
        json["image"] = {{"id", answer.image_id.value}, {"width", answer.image_width}, {"height", answer.image_height}};
    }
    if (!job.errors.empty()) json["errors"] = job.errors;
    return text_of(json);
}

std::string similar_json(const std::vector<QueryResult>& products) {
    Json list = Json::array();
    for (const auto& product : products) list.push_back(ranked_json(product));
    return text_of({{"products", std::move(list)}});
}

std::string points_json(const std::vector<PointPair>& points) {
    Json list = Json::array();
    for (const auto& point : points) {
        list.push_back({{"x", rounded(point.x)},
                        {"y", rounded(point.y)},
                        {"matched_x", rounded(point.matched_x)},
                        {"matched_y", rounded(point.matched_y)}});
    }
    return text_of({{"points", std::move(list)}});
}

std::string added_json(const AddedProduct& added, const std::optional<Job>& job,
                       const std::optional<ProductDetail>& now) {
    Json json{{"product_id", added.product.external_id},
              {"name", added.product.name},
              {"category", added.product.category},
              {"unchanged", added.unchanged},
              {"job_id", job ? Json(job->id.value) : Json()},
              {"state", job ? Json(to_string(job->state)) : Json("succeeded")},
              {"errors", job ? job->errors : std::vector<std::string>()}};
    if (now && now->primary) json["primary"] = primary_json(*now->primary, now->primary_image);
    if (now && now->last_result) json["last_indexing"] = indexing_json(*now->last_result);
    return text_of(json);
}

std::string accepted_product_json(const AddedProduct& added, const std::optional<Job>& job) {
    return text_of({{"product", description_json(added.product)},
                    {"created", added.created},
                    {"unchanged", added.unchanged},
                    {"job", job ? summary_json(*job) : Json()}});
}

std::string products_json(const std::vector<Product>& products) {
    Json list = Json::array();
    for (const auto& product : products) list.push_back(description_json(product));
    return text_of({{"products", std::move(list)}});
}

std::string product_json(const ProductDetail& detail) {
    auto json = description_json(detail.product);
    json["primary"] = detail.primary ? primary_json(*detail.primary, detail.primary_image) : Json();
    json["last_indexing"] = detail.last_result ? indexing_json(*detail.last_result) : Json();
    json["images"] = Json::array();
    for (const auto& crop : detail.crops) json["images"].push_back(product_crop_json(crop));
    return text_of(json);
}

std::string categories_json(const std::vector<CategoryCount>& categories) {
    Json list = Json::array();
    for (const auto& [category, products] : categories) {
        list.push_back({{"category", category}, {"products", products}});
    }
    return text_of({{"categories", std::move(list)}});
}

std::string attributes_json(const AttributeTexts& names) {
    Json list = Json::array();
    for (const auto& name : names.texts) list.push_back({{"name", name}});
    return text_of({{"attributes", std::move(list)}, {"more", names.more}});
}

std::string attribute_values_json(const std::string& name, const AttributeTexts& values) {
    return text_of({{"name", name}, {"values", values.texts}, {"more", values.more}});
}

std::string image_json(const Image& image) {
    return text_of(
        {{"id", image.id.value},
         {"original_id", image.original_id ? Json(image.original_id->value) : Json()},
         {"box", image.box ? box_json(*image.box) : Json()},
         {"width", image.width},
         {"height", image.height},
         {"media_type", image.media_type},
         {"bytes", image.bytes},
         {"score", rounded(image.crop_score)},
         {"label", image.label ? label_json(*image.label) : Json()},
         {"models", {{"crop", image.crop_model}, {"label", image.label_model}, {"vector", image.vector_model}}},
         {"created_at", to_rfc3339(image.created_at)}});
}

std::string removed_json(const std::string& product_id) {
    return text_of({{"product_id", product_id}, {"removed", true}});
}

std::string jobs_json(const std::vector<Job>& jobs) {
    Json list = Json::array();
    for (const auto& job : jobs) list.push_back(summary_json(job));
    return text_of({{"jobs", std::move(list)}});
}

std::string jobs_page_json(const std::vector<Job>& jobs, int limit) {
    Json list = Json::array();
    for (const auto& job : jobs) list.push_back(summary_json(job));
    return text_of({{"jobs", std::move(list)}, {"next_cursor", next_cursor(jobs, limit)}});
}

std::string job_summary_json(const Job& job) {
    return text_of(summary_json(job));
}

std::string job_json(const JobDetail& detail) {
    auto json = summary_json(detail.job);
    json["tasks"] = Json::array();
    for (const auto& task : detail.tasks) json["tasks"].push_back(task_json(task));
    return text_of(json);
}

std::string lifecycle_runs_json(const std::vector<LifecycleRun>& runs, const std::optional<Timestamp>& next) {
    Json list = Json::array();
    for (const auto& run : runs) {
        list.push_back({{"job_id", run.job.value},
                        {"kind", run.kind},
                        {"state", to_string(run.state)},
                        {"report", Json::parse(run.report, nullptr, /*allow_exceptions=*/false)},
                        {"started_at", to_rfc3339(run.started)},
                        {"finished_at", moment_json(run.finished)}});
    }
    return text_of({{"runs", std::move(list)}, {"next_run_at", moment_json(next)}});
}

std::string checks_json(const std::vector<Check>& checks) {
    bool ok = true;
    Json list = Json::array();
    for (const auto& check : checks) {
        ok = ok && check.ok;
        list.push_back({{"name", check.name}, {"ok", check.ok}, {"detail", check.detail}});
    }
    return text_of({{"ok", ok}, {"checks", std::move(list)}});
}

} // namespace vitrine
