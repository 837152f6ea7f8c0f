#include "client/api_answers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "engine/catalogue_page.hpp"
#include "engine/json_text.hpp"
#include "lifecycle/run_reports.hpp"

namespace vitrine {
namespace {

using testing::HasSubstr;

constexpr Timestamp moment{Milliseconds{1'773'075'845'123}};

Product product() {
    Product product;
    product.external_id = "P/1 \"ü\"";
    product.name = "Red <shoe>";
    product.description = "line\nline";
    product.category = "shoes";
    product.attributes = R"({"size":42,"a":{"b":[1,null]}})";
    product.created_at = moment;
    product.updated_at = moment + Milliseconds(1);
    return product;
}

StructuredLabel label() {
    StructuredLabel label;
    label.category = "shoe";
    label.colors = {"red", "dark blue"};
    label.barcodes = {{"ean13", "4006381333931"}};
    label.confidence = 0.5;
    return label;
}

Image crop() {
    Image image;
    image.id = {7};
    image.original_id = ImageId{6};
    image.box = Box{1, 2, 3, 4};
    image.label = label();
    image.crop_model = "crop 1";
    image.label_model = "label 1";
    image.vector_model = "vector 1";
    return image;
}

Job job() {
    Job job;
    job.id = {9};
    job.kind = "index";
    job.subject = R"({"image_id":6,"external_id":"P/1"})";
    job.state = JobState::PartiallySucceeded;
    job.crops_total = 3;
    job.crops_done = 2;
    job.crops_failed = 1;
    job.attempts = 2;
    job.errors = {"One crop is lost."};
    job.created_at = moment;
    job.finished_at = moment + Milliseconds(5);
    return job;
}

TEST(ApiAnswers, OfAProductAreWhatWasWritten) {
    ProductDetail detail;
    detail.product = product();
    detail.primary = ProductImage{.image_id = {7}, .chosen_by = ChosenBy::Person, .job_id = {9}};
    detail.primary_image = crop();
    IndexingResult last;
    last.job_id = {9};
    last.image_id = {7};
    last.score = 0.75;
    last.runners_up = {{{8}, 0.5, 100}};
    last.note = "kept";
    detail.last_result = last;
    Image whole = crop();
    whole.box = std::nullopt;
    whole.original_id = std::nullopt;
    whole.width = 50;
    whole.height = 40;
    detail.crops = {{.image = crop(), .is_primary = true, .score = 0.75}, {.image = whole, .score = std::nullopt}};
    const auto written = product_json(detail);
    EXPECT_EQ(product_json(api_answers::product_detail_from(written)), written);

    const auto bare = product_json({.product = product()});
    EXPECT_EQ(product_json(api_answers::product_detail_from(bare)), bare);
}

TEST(ApiAnswers, OfACataloguePageAreItsProductsAndTheNextCursor) {
    auto stored = product();
    stored.id = {12};
    const auto page = api_answers::product_page_from(products_page_json({{stored}, "12"}, {ImageId{7}}));
    EXPECT_EQ(page.next_cursor, "12");
    EXPECT_EQ(products_json(page.products), products_json({stored}));
    EXPECT_EQ(api_answers::product_page_from(products_page_json({}, {})).next_cursor, "");
}

TEST(ApiAnswers, OfJobsAreWhatWasWritten) {
    Task task;
    task.id = {4};
    task.kind = "label";
    task.subject = "7";
    task.state = TaskState::Failed;
    task.attempts = 3;
    task.error = "No.";
    task.created_at = moment;
    task.started_at = moment;
    const auto written = job_json({.job = job(), .tasks = {task}});
    EXPECT_EQ(job_json(api_answers::job_detail_from(written)), written);
    const auto list = jobs_page_json({job(), job()}, 100);
    EXPECT_EQ(jobs_json(api_answers::jobs_from(list)), jobs_json({job(), job()}));
}

TEST(ApiAnswers, OfAQueryAreWhatWasWritten) {
    Evidence evidence;
    evidence.distance = 0.25;
    evidence.inliers = 12;
    evidence.label_agreement = 0.5;
    evidence.contrast = -0.125;
    evidence.category_support = 0.5;
    evidence.barcode_equal = true;
    evidence.barcode = "4006381333931";
    evidence.label_words = {"red"};
    evidence.printed_words = {"run"};
    QueryAnswer answer;
    answer.job_id = {9};
    answer.image_id = {6};
    answer.image_width = 640;
    answer.image_height = 480;
    answer.crops = {{.image_id = {7},
                     .box = {1, 2, 3, 4},
                     .label = label(),
                     .matches = {{.product_id = "P",
                                  .product_row = {},
                                  .score = 0.9,
                                  .matched_image_id = {3},
                                  .evidence = evidence,
                                  .reasons = {"12 matching points"}}}}};
    answer.products = {{.job_id = {9},
                        .rank = 1,
                        .product_row = {},
                        .product_id = "P",
                        .name = "Red",
                        .score = 0.9,
                        .crop_image_id = {7},
                        .box = {1, 2, 3, 4},
                        .matched_image_id = {3},
                        .evidence = evidence,
                        .reasons = {}}};
    answer.timings = {.total_ms = 12.5, .crop_ms = 1, .label_ms = 2, .search_ms = 3};
    auto ended = job();
    ended.errors.clear();
    const auto written = search_json(ended, answer);
    const auto read = api_answers::query_answer_from(written);
    ASSERT_TRUE(read);
    EXPECT_EQ(search_json(ended, *read), written);
    EXPECT_TRUE(read->products.front().evidence.barcode_equal);
    ended.state = JobState::Failed;
    EXPECT_FALSE(api_answers::query_answer_from(search_json(ended, {})));
}

TEST(ApiAnswers, OfRunsAndEstimatesAreWhatWasWritten) {
    CheckReport report;
    report.vectors = 3;
    report.examples = {"One."};
    const LifecycleRun run{.job = {5},
                           .kind = "check",
                           .state = JobState::Succeeded,
                           .report = to_json(report),
                           .started = moment,
                           .finished = moment};
    const auto runs = api_answers::lifecycle_runs_from(lifecycle_runs_json({run}, std::nullopt));
    ASSERT_EQ(runs.size(), 1U);
    EXPECT_EQ(runs.front().report, run.report);
    EXPECT_EQ(to_json(api_answers::check_report_from(runs.front().report)), run.report);
    const ReindexEstimate estimate{.from = "a", .to = "b", .images = 2, .labels = 3, .model_calls = 1, .seconds = 0.5};
    EXPECT_EQ(to_json(api_answers::reindex_estimate_from(to_json(estimate))), to_json(estimate));
}

TEST(ApiAnswers, NameWhatIsWrongWithADocument) {
    const auto clause = [](auto read, const std::string& json) {
        try {
            read(json);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::BadInput);
            return std::string(error.what());
        }
        return std::string("it was read");
    };
    EXPECT_EQ(clause(api_answers::product_page_from, "[]"), "it is no JSON object");
    EXPECT_EQ(clause(api_answers::product_page_from, R"({"products":{}})"), "it has no list 'products'");
    EXPECT_EQ(clause(api_answers::product_page_from, R"({"products":[{"id":"1"}]})"), "it has no text 'name'");
    EXPECT_EQ(clause(api_answers::accepted_job_from, R"({"job":{"id":"9"}})"), "it has no whole number 'id'");
    EXPECT_EQ(clause(api_answers::accepted_job_from, R"({"job":{"id":18446744073709551615}})"),
              "it has no whole number 'id'");
    EXPECT_THAT(clause(api_answers::query_answer_from, R"({"state":"done"})"), HasSubstr("no state of a job"));
    EXPECT_THAT(clause(api_answers::check_report_from, R"({"vectors":1})"), HasSubstr("not the report"));
    EXPECT_EQ(clause(api_answers::jobs_from, R"({"jobs":)" + std::string(1'000'000, '[')), "it is nested too deep");
    EXPECT_THAT(clause(api_answers::server_facts_from,
                       R"({"version":"1","instance":"x","scope":"read","max_upload_bytes":1,"workers":2000000})"),
                HasSubstr("workers"));
}

} // namespace
} // namespace vitrine
