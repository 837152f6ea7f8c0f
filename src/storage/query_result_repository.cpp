#include "storage/query_result_repository.hpp"

#include <iterator>

#include <fmt/compile.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"

namespace vitrine::query_result_repository {
namespace {

using nlohmann::json;
using soci::into;
using soci::use;

// Reasons are not stored: they follow from the evidence.

/// A code may hold any bytes: what is not UTF-8 becomes U+FFFD.
std::string json_text(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// With as many digits as a float has: of more the models' numbers know nothing, and a query's matches would be half as
/// large again.
float written(double number) {
    return static_cast<float>(number);
}

/// Written straight and not by way of a json object, which would be some hundred allocations for one query's matches;
/// without what most matches have nothing of. The numbers are finite.
void append(std::string& text, const Evidence& evidence) {
    fmt::format_to(std::back_inserter(text), FMT_COMPILE(R"({{"distance":{})"), written(evidence.distance));
    if (evidence.inliers != 0)
        fmt::format_to(std::back_inserter(text), FMT_COMPILE(R"(,"inliers":{})"), evidence.inliers);
    if (const float agreement = written(evidence.label_agreement); agreement != 0.0F)
        fmt::format_to(std::back_inserter(text), FMT_COMPILE(R"(,"label_agreement":{})"), agreement);
    if (const float overlap = written(evidence.text_overlap); overlap != 0.0F)
        fmt::format_to(std::back_inserter(text), FMT_COMPILE(R"(,"text_overlap":{})"), overlap);
    if (evidence.barcode_equal) text += ",\"barcode_equal\":true";
    if (evidence.contrast)
        fmt::format_to(std::back_inserter(text), FMT_COMPILE(R"(,"contrast":{})"), written(*evidence.contrast));
    if (evidence.category_support)
        fmt::format_to(std::back_inserter(text), FMT_COMPILE(R"(,"category_support":{})"),
                       written(*evidence.category_support));
    if (!evidence.label_words.empty()) text += ",\"label_words\":" + json_text(evidence.label_words);
    if (!evidence.printed_words.empty()) text += ",\"printed_words\":" + json_text(evidence.printed_words);
    if (!evidence.barcode.empty()) text += ",\"barcode\":" + json_text(evidence.barcode);
    text += '}';
}

Evidence evidence_from(const json& object) {
    Evidence evidence;
    evidence.distance = object.at("distance").get<double>();
    if (object.contains("contrast")) evidence.contrast = object.at("contrast").get<double>();
    if (object.contains("category_support")) evidence.category_support = object.at("category_support").get<double>();
    evidence.inliers = object.value("inliers", 0);
    evidence.label_agreement = object.value("label_agreement", 0.0);
    evidence.text_overlap = object.value("text_overlap", 0.0);
    evidence.barcode_equal = object.value("barcode_equal", false);
    evidence.label_words = object.value("label_words", std::vector<std::string>());
    evidence.printed_words = object.value("printed_words", std::vector<std::string>());
    evidence.barcode = object.value("barcode", std::string());
    return evidence;
}

std::string to_json(const std::vector<CropMatch>& matches) {
    std::string text = "[";
    for (const CropMatch& match : matches) {
        if (text.size() > 1) text += ',';
        fmt::format_to(
            std::back_inserter(text),
            FMT_COMPILE(R"({{"product_id":{},"product_row":{},"score":{},"matched_image_id":{},"evidence":)"),
            json(match.product_id).dump(), match.product_row.value, match.score, match.matched_image_id.value);
        append(text, match.evidence);
        text += '}';
    }
    return text + ']';
}

std::vector<CropMatch> matches_from(const std::string& text) {
    std::vector<CropMatch> matches;
    for (const json& match : json::parse(text)) {
        const Evidence evidence = evidence_from(match.at("evidence"));
        matches.push_back({.product_id = match.at("product_id").get<std::string>(),
                           .product_row = {match.at("product_row").get<std::int64_t>()},
                           .score = match.at("score").get<double>(),
                           .matched_image_id = {match.at("matched_image_id").get<std::int64_t>()},
                           .evidence = evidence,
                           .reasons = reasons_for(evidence)});
    }
    return matches;
}

/// One round trip; json_to_recordset reads each row's JSON once, and not once for each of its columns.
void insert_crops_at_once(Transaction& tx, long long job, const std::vector<CropMatches>& crops) {
    static const std::string insert =
        "INSERT INTO query_crops (job_id, image_id, matches) SELECT CAST(:job AS BIGINT), image, "
        "CAST(matches AS TEXT) FROM json_to_recordset(CAST(:rows AS json)) AS crop (image BIGINT, matches JSON)";
    std::string rows = "[";
    for (const CropMatches& crop : crops) {
        fmt::format_to(std::back_inserter(rows), R"({}{{"image":{},"matches":{}}})", rows.size() > 1 ? "," : "",
                       crop.crop.value, to_json(crop.matches));
    }
    rows += ']';
    run_soon(tx, insert, use(job, "job"), use(rows, "rows"));
}

void insert_crops_one_by_one(Transaction& tx, long long job, const std::vector<CropMatches>& crops) {
    for (const CropMatches& crop : crops) {
        const std::string matches = to_json(crop.matches);
        run_soon(tx, "INSERT INTO query_crops (job_id, image_id, matches) VALUES (:job, :image, :matches)",
                 use(job, "job"), use(crop.crop.value, "image"), use(matches, "matches"));
    }
}

/// One round trip. A product that another process is just removing is waited for first.
void insert_results_at_once(Transaction& tx, long long job, const std::vector<QueryResult>& results) {
    static const std::string insert =
        "WITH given AS MATERIALIZED (SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS result (rank INTEGER, "
        "product BIGINT, score DOUBLE PRECISION, crop BIGINT, matched BIGINT, distance DOUBLE PRECISION, "
        "evidence JSON)), "
        "there AS (SELECT id FROM products WHERE id IN (SELECT product FROM given) ORDER BY id FOR KEY SHARE) "
        "INSERT INTO query_results (job_id, rank, product_id, score, crop_image_id, matched_image_id, distance, "
        "evidence) SELECT CAST(:job AS BIGINT), ROW_NUMBER() OVER (ORDER BY given.rank), there.id, score, crop, "
        "matched, distance, CAST(evidence AS TEXT) FROM given JOIN there ON there.id = given.product";
    std::string rows = "[";
    int rank = 0;
    for (const QueryResult& result : results) {
        fmt::format_to(
            std::back_inserter(rows),
            FMT_COMPILE(R"({}{{"rank":{},"product":{},"score":{},"crop":{},"matched":{},"distance":{},"evidence":)"),
            rows.size() > 1 ? "," : "", ++rank, result.product_row.value, result.score, result.crop_image_id.value,
            result.matched_image_id.value, written(result.evidence.distance));
        append(rows, result.evidence);
        rows += '}';
    }
    rows += ']';
    run_soon(tx, insert, use(job, "job"), use(rows, "rows"));
}

/// Half the price of a list, of which SQLite would read each row's JSON once for each column.
void insert_results_one_by_one(Transaction& tx, long long job, const std::vector<QueryResult>& results) {
    int rank = 1;
    std::string evidence;
    for (const QueryResult& result : results) {
        evidence.clear();
        append(evidence, result.evidence);
        const double distance = written(result.evidence.distance);
        const long long added = change_prepared(
            tx,
            "INSERT INTO query_results (job_id, rank, product_id, score, crop_image_id, matched_image_id, distance, "
            "evidence) SELECT :job, :rank, id, :score, :crop, :matched, :distance, :evidence FROM products "
            "WHERE id = :product",
            use(job, "job"), use(rank, "rank"), use(result.score, "score"), use(result.crop_image_id.value, "crop"),
            use(result.matched_image_id.value, "matched"), use(distance, "distance"), use(evidence, "evidence"),
            use(result.product_row.value, "product"));
        rank += static_cast<int>(added); // of a product that is gone there is no row, and those after it move up
    }
}

} // namespace

void save_crops(Transaction& tx, JobId job, const std::vector<CropMatches>& crops, bool again) {
    const long long job_id = job.value;
    if (again) run_soon(tx, "DELETE FROM query_crops WHERE job_id = :job", use(job_id, "job"));
    is_postgres(tx) ? insert_crops_at_once(tx, job_id, crops) : insert_crops_one_by_one(tx, job_id, crops);
}

std::vector<CropMatches> crops_of(Transaction& tx, JobId job) {
    const long long job_id = job.value;
    long long image_id = 0;
    std::string matches;
    std::vector<CropMatches> crops;
    for_each_row(
        tx, "SELECT image_id, matches FROM query_crops WHERE job_id = :job ORDER BY image_id",
        [&] {
            crops.push_back({{image_id}, matches_from(matches)});
        },
        into(image_id), into(matches), use(job_id, "job"));
    return crops;
}

void save_results(Transaction& tx, JobId job, const std::vector<QueryResult>& results, bool again) {
    const long long job_id = job.value;
    if (again) run_soon(tx, "DELETE FROM query_results WHERE job_id = :job", use(job_id, "job"));
    is_postgres(tx) ? insert_results_at_once(tx, job_id, results) : insert_results_one_by_one(tx, job_id, results);
}

std::vector<QueryResult> results_of(Transaction& tx, JobId job) {
    const long long job_id = job.value;
    long long product_row = 0, crop_image_id = 0, matched_image_id = 0;
    int rank = 0;
    double score = 0.0;
    Box box;
    soci::indicator has_box = soci::i_null;
    std::string product_id, name, evidence;
    std::vector<QueryResult> results;
    const auto add = [&] {
        const Evidence why = evidence_from(json::parse(evidence));
        results.push_back({.job_id = job,
                           .rank = rank,
                           .product_row = {product_row},
                           .product_id = product_id,
                           .name = name,
                           .score = score,
                           .crop_image_id = {crop_image_id},
                           .box = has_box == soci::i_ok ? box : Box{},
                           .matched_image_id = {matched_image_id},
                           .evidence = why,
                           .reasons = reasons_for(why)});
    };
    for_each_row(tx,
                 "SELECT r.rank, r.product_id, p.external_id, p.name, r.score, r.crop_image_id, r.matched_image_id, "
                 "r.evidence, i.box_x, i.box_y, i.box_w, i.box_h FROM query_results r "
                 "JOIN products p ON p.id = r.product_id LEFT JOIN images i ON i.id = r.crop_image_id "
                 "WHERE r.job_id = :job ORDER BY r.rank",
                 add, into(rank), into(product_row), into(product_id), into(name), into(score), into(crop_image_id),
                 into(matched_image_id), into(evidence), into(box.x, has_box), into(box.y, has_box),
                 into(box.w, has_box), into(box.h, has_box), use(job_id, "job"));
    return results;
}

void save_metrics(Transaction& tx, const QueryMetrics& metrics, bool again) {
    const long long job_id = metrics.job_id.value;
    const long long created_at = to_column(metrics.created_at);
    const std::string labels = json(metrics.labels).dump();
    const QueryTimings& timings = metrics.timings;
    if (again) run_soon(tx, "DELETE FROM query_metrics WHERE job_id = :job", use(job_id, "job"));
    run_soon(
        tx,
        "INSERT INTO query_metrics (job_id, total_ms, crop_ms, label_ms, search_ms, crops, crops_failed, products, "
        "best_score, labels, created_at, category) VALUES (:job, :total, :crop, :label, :search, :crops, :failed, "
        ":products, :best, :labels, :created_at, COALESCE(NULLIF((SELECT p.category FROM query_results r "
        "JOIN products p ON p.id = r.product_id WHERE r.job_id = :job AND r.rank = 1), ''), :category))",
        use(job_id, "job"), use(timings.total_ms, "total"), use(timings.crop_ms, "crop"),
        use(timings.label_ms, "label"), use(timings.search_ms, "search"), use(metrics.crops, "crops"),
        use(metrics.crops_failed, "failed"), use(metrics.products, "products"), use(metrics.best_score, "best"),
        use(labels, "labels"), use(created_at, "created_at"), use(metrics.category, "category"));
}

std::optional<QueryMetrics> metrics_of(Transaction& tx, JobId job) {
    const long long job_id = job.value;
    long long created_at = 0;
    std::string labels;
    QueryMetrics metrics;
    metrics.job_id = job;
    const bool found = run_prepared(
        tx,
        "SELECT total_ms, crop_ms, label_ms, search_ms, crops, crops_failed, products, best_score, labels, "
        "created_at, category FROM query_metrics WHERE job_id = :job",
        into(metrics.timings.total_ms), into(metrics.timings.crop_ms), into(metrics.timings.label_ms),
        into(metrics.timings.search_ms), into(metrics.crops), into(metrics.crops_failed), into(metrics.products),
        into(metrics.best_score), into(labels), into(created_at), into(metrics.category), use(job_id, "job"));
    if (!found) return std::nullopt;
    metrics.labels = json::parse(labels).get<std::vector<std::string>>();
    metrics.created_at = moment_from(created_at);
    return metrics;
}

} // namespace vitrine::query_result_repository
