// What a server, or whatever answers in its place, may say to a command that asks it.

#include <vitrine/error.hpp>

#include "client/api_answers.hpp"
#include "client/server_problem.hpp"

#include "fuzz_target.hpp"

namespace {

using namespace vitrine;

/// Calls `read`, which may refuse.
template <class Read>
void try_to(const Read& read, const std::string& json) {
    try {
        read(json);
    } catch (const Error& error) {
        promise(error.code() == ErrorCode::BadInput, "an answer is refused as bad input");
    }
}

} // namespace

std::vector<std::string> fuzz_seeds() {
    const std::string product =
        R"("id":"S","product_id":"S","name":"Shoe","description":"","category":"","attributes":{"a":[1]},)"
        R"("created_at":"2026-03-09T17:04:05.123Z","updated_at":"2026-03-09T17:04:05.123Z")";
    const std::string label = R"({"category":"shoe","colors":["red"],"barcodes":[],"confidence":0.5})";
    const std::string job =
        R"({"id":7,"kind":"index","image_id":1,"product_id":"S","state":"running","stage":"cropping","crops_total":1,)"
        R"("crops_done":0,"crops_failed":0,"attempts":1,"errors":["x"],"created_at":"2026-03-09T17:04:05.123Z",)"
        R"("started_at":null,"labelling_at":null,"finishing_at":null,"finished_at":null,"tasks":[{"id":1,"kind":"crop",)"
        R"("subject":"1","state":"ready","attempts":0,"waited_ms":1,"worked_ms":0,"error":"","created_at":)"
        R"("2026-03-09T17:04:05.123Z","started_at":null,"finished_at":null}]})";
    const std::string evidence =
        R"("distance":0.1,"inliers":3,"evidence":{"label_agreement":0.1,"label_words":["a"],"text_overlap":0,)"
        R"("contrast":null,"printed_words":[],"barcode":null},"reasons":[])";
    return {
        "{" + product +
            R"(,"primary":{"image_id":1,"chosen_by":"machine","job_id":2,"original_id":1,"box":[0,0,1,1],"label":)" +
            label +
            R"(,"models":{"crop":"c","label":"l","vector":"v"}},"last_indexing":{"job_id":2,"image_id":1,"score":0.5,)"
            R"("runners_up":[{"image_id":2,"score":0.1,"area":4}],"note":""},"images":[{"image_id":1,"original_id":null,)"
            R"("box":null,"area":4,"is_primary":true,"score":null,"label":null}]})",
        R"({"products":[{)" + product + R"(}],"next_cursor":"7"})",
        R"({"product":{)" + product + R"(},"created":true,"unchanged":false,"job":)" + job + "}",
        R"({"jobs":[)" + job + R"(],"next_cursor":null})",
        job,
        R"({"job_id":9,"state":"succeeded","crops":[{"image_id":1,"box":[0,0,1,1],"label":)" + label +
            R"(,"matches":[{"product_id":"S","score":0.5,"matched_image_id":1,)" + evidence +
            R"(}]}],"products":[{"rank":1,"product_id":"S","name":"Shoe","score":0.5,"crop_image_id":1,"box":[0,0,1,1],)"
            R"("matched_image_id":1,)" +
            evidence +
            R"(}],"timings_ms":{"total":1,"crop":1,"label":1,"search":1},"image":{"id":1,"width":2,"height":2}})",
        R"({"runs":[{"job_id":1,"kind":"check","state":"succeeded","report":{"vectors":1},"started_at":)"
        R"("2026-03-09T17:04:05.123Z","finished_at":null}],"next_run_at":null})",
        R"({"images":1,"crops":2,"bytes":3,"older_than":"2026-03-09T17:04:05.123Z","cutoff_ms":4,"dry_run":true})",
        R"({"from":"a","to":"b","images":1,"model_calls":1,"seconds":0.5,"unchanged":false})",
        R"({"version":"0.1.0","instance":"ab","scope":"admin","max_upload_bytes":33554432,"workers":4})",
        R"({"counts":{"products":1,"images":2,"product_images":3,"vectors":4,"jobs_unfinished":5}})",
        R"({"type":"urn:x","title":"t","status":404,"detail":"There is no product.","code":"not_found"})"};
}

void fuzz_one(std::string_view bytes) {
    const std::string json(bytes);
    try_to(api_answers::server_facts_from, json);
    try_to(api_answers::instance_from, json);
    try_to(api_answers::added_product_from, json);
    try_to(api_answers::product_page_from, json);
    try_to(api_answers::product_detail_from, json);
    try_to(api_answers::counts_from, json);
    try_to(api_answers::accepted_job_from, json);
    try_to(api_answers::jobs_from, json);
    try_to(api_answers::job_detail_from, json);
    try_to(api_answers::query_answer_from, json);
    try_to(api_answers::lifecycle_runs_from, json);
    try_to(api_answers::check_report_from, json);
    try_to(api_answers::cleanup_report_from, json);
    try_to(api_answers::reindex_estimate_from, json);
    if (const auto problem = problem_from(bytes)) static_cast<void>(error_from(*problem, {.url = "http://h"}));
}
