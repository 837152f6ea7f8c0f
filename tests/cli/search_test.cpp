#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "program.hpp"

namespace vitrine::test {
namespace {

using Json = nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A shop of five drawings, imported anew for each test.
class Shop : public testing::Test {
protected:
    static constexpr int products = 5;

    Shop() {
        std::string csv = "product_id,name,description,category,image\n";
        for (int i = 1; i <= products; ++i) {
            place_.draw(fmt::format("{}.jpg", i), i);
            csv += fmt::format("P{},Thing number {},,{},{}.jpg\n", i, i, i % 2 ? "odd" : "even", i);
        }
        const auto ended = place_.vitrine({"import", place_.write("catalog.csv", csv).string()});
        EXPECT_EQ(ended.code, 0) << ended.err;
    }

    [[nodiscard]] Json json_of(const std::vector<std::string>& arguments, int expected_code = 0) const {
        const auto ended = place_.vitrine(arguments);
        EXPECT_EQ(ended.code, expected_code) << ended.err;
        return Json::parse(ended.out); // throws unless it is exactly one document
    }

    [[nodiscard]] std::string picture(int number) const {
        return (place_.folder() / fmt::format("{}.jpg", number)).string();
    }

    Workplace place_;
};

TEST_F(Shop, SearchFindsAProductByItsOwnPicture) {
    const auto answer = json_of({"search", picture(3), "--json"});
    EXPECT_EQ(answer.at("state"), "succeeded");
    EXPECT_TRUE(answer.at("job_id").is_number_integer());
    const auto& first = answer.at("products").at(0);
    EXPECT_EQ(first.at("rank"), 1);
    EXPECT_EQ(first.at("product_id"), "P3");
    EXPECT_EQ(first.at("name"), "Thing number 3");
    EXPECT_EQ(first.at("box").size(), 4U);
    EXPECT_TRUE(first.at("crop_image_id").is_number_integer());
    EXPECT_TRUE(first.at("matched_image_id").is_number_integer());
    for (const auto* const time : {"total", "crop", "label", "search"}) {
        EXPECT_GE(answer.at("timings_ms").at(time), 0.0);
    }
    ASSERT_FALSE(answer.at("crops").empty());
    for (const auto& crop : answer.at("crops")) {
        EXPECT_TRUE(crop.at("image_id").is_number_integer());
        EXPECT_EQ(crop.at("box").size(), 4U);
        EXPECT_TRUE(crop.at("label").is_object());
        for (const auto& match : crop.at("matches")) {
            EXPECT_TRUE(match.at("product_id").is_string());
            EXPECT_GE(match.at("score"), 0.0);
            EXPECT_LE(match.at("score"), 1.0);
            EXPECT_GE(match.at("distance"), 0.0);
        }
    }
}

TEST_F(Shop, SearchShowsAsManyProductsAsAskedFor) {
    EXPECT_EQ(json_of({"search", picture(1), "--top", "2", "--json"}).at("products").size(), 2U);
    const auto narrowed = json_of({"search", picture(1), "--category", "even", "--json"});
    for (const auto& product : narrowed.at("products")) {
        EXPECT_THAT(product.at("product_id").get<std::string>(), testing::AnyOf("P2", "P4"));
    }
}

TEST_F(Shop, SearchTellsAPersonCropsProductsAndTimes) {
    const auto ended = place_.vitrine({"search", picture(3)});
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.out, AllOf(HasSubstr("crop 1  box "), HasSubstr("P3  Thing number 3"), HasSubstr("ms (crop")));
}

TEST_F(Shop, SearchByWhatIsNoPictureNamesTheFile) {
    const auto text = place_.write("text.jpg", "hello").string();
    for (const auto& file : {text, place_.folder().string(), std::string("/nowhere.jpg")}) {
        const auto ended = place_.vitrine({"search", file});
        EXPECT_EQ(ended.code, 1);
        EXPECT_THAT(ended.err, AllOf(StartsWith("vitrine: "), HasSubstr(file)));
        EXPECT_EQ(ended.out, "");
    }
}

TEST_F(Shop, AddTellsWhatBecameOfTheProduct) {
    const auto added = json_of({"add", place_.draw("6.jpg", 6).string(), "--name", "Six", "--id", "P6", "--json"});
    EXPECT_EQ(added.at("product_id"), "P6");
    EXPECT_EQ(added.at("state"), "succeeded");
    EXPECT_FALSE(added.at("unchanged").get<bool>());
    EXPECT_EQ(added.at("primary").at("box").size(), 4U);
    const auto again = json_of({"add", picture(6), "--name", "Six", "--id", "P6", "--json"});
    EXPECT_TRUE(again.at("unchanged").get<bool>());
    EXPECT_TRUE(again.at("job_id").is_null());
    const auto text = place_.vitrine({"add", picture(6), "--name", "Six", "--id", "P7"});
    EXPECT_THAT(text.out, AllOf(StartsWith("added P7 \"Six\""), HasSubstr("won")));
}

TEST_F(Shop, AddWithoutAnIdMeansTheSameProductEachTime) {
    const auto first = json_of({"add", picture(1), "--name", "Nameless", "--json"});
    const auto second = json_of({"add", picture(1), "--name", "Nameless", "--json"});
    EXPECT_EQ(first.at("product_id"), second.at("product_id"));
    EXPECT_TRUE(second.at("unchanged").get<bool>());
}

TEST_F(Shop, AnEscapeSequenceInANameDoesNotReachTheTerminal) {
    ASSERT_EQ(place_.vitrine({"add", picture(1), "--name", "Evil \x1b[31mred\x07", "--id", "EVIL"}).code, 0);
    EXPECT_THAT(place_.vitrine({"products"}).out, AllOf(HasSubstr("Evil"), Not(HasSubstr("\x1b"))));
}

TEST_F(Shop, ProductsAreListedShownAndRemoved) {
    EXPECT_EQ(json_of({"products", "list", "--json"}).at("products").size(), std::size_t{products});
    EXPECT_EQ(json_of({"products", "--json", "--limit", "2"}).at("products").size(), 2U);
    EXPECT_EQ(json_of({"products", "--json", "--category", "even"}).at("products").size(), 2U);
    EXPECT_EQ(json_of({"products", "show", "P2", "--json"}).at("category"), "even");
    EXPECT_TRUE(json_of({"products", "remove", "P2", "--json"}).at("removed").get<bool>());
    EXPECT_EQ(json_of({"products", "remove", "P2", "--json"}, 1).at("code"), "not_found");
    const auto found = json_of({"search", picture(2), "--json"});
    for (const auto& product : found.at("products")) {
        EXPECT_NE(product.at("product_id"), "P2");
    }
    EXPECT_THAT(place_.vitrine({"products"}).out, AllOf(HasSubstr("P1"), Not(HasSubstr("P2"))));
}

TEST_F(Shop, JobsAreListedNewestFirstAndShownWithTheirSteps) {
    const auto id = json_of({"search", picture(1), "--json"}).at("job_id").get<std::int64_t>();
    const auto jobs = json_of({"jobs", "list", "--json"}).at("jobs");
    ASSERT_EQ(jobs.size(), std::size_t{products} + 1);
    EXPECT_EQ(jobs.at(0).at("id"), id);
    EXPECT_EQ(json_of({"jobs", "--kind", "index", "--state", "succeeded", "--json"}).at("jobs").size(),
              std::size_t{products});
    const auto job = json_of({"jobs", "show", std::to_string(id), "--json"});
    EXPECT_EQ(job.at("kind"), "query");
    EXPECT_EQ(job.at("state"), "succeeded");
    EXPECT_EQ(job.at("crops_done"), job.at("crops_total"));
    EXPECT_EQ(job.at("crops_failed"), 0);
    EXPECT_TRUE(job.at("errors").empty());
    EXPECT_TRUE(job.at("created_at").is_string());
    EXPECT_TRUE(job.at("finished_at").is_string());
    for (const auto& task : job.at("tasks")) {
        EXPECT_EQ(task.at("state"), "succeeded");
        EXPECT_GE(task.at("waited_ms"), 0);
        EXPECT_GE(task.at("worked_ms"), 0);
        EXPECT_EQ(task.at("attempts"), 1);
        EXPECT_EQ(task.at("error"), "");
    }
    EXPECT_THAT(place_.vitrine({"jobs"}).out, AllOf(StartsWith("ID"), HasSubstr("query"), HasSubstr("succeeded")));
}

TEST_F(Shop, AnEndedJobIsNeitherRetriedNorCancelled) {
    EXPECT_EQ(json_of({"jobs", "retry", "1", "--json"}, 1).at("code"), "conflict");
    EXPECT_EQ(place_.vitrine({"jobs", "cancel", "1"}).code, 1);
}

TEST_F(Shop, EvalCountsRightAnswers) {
    const auto queries =
        place_.write("queries.csv", "image,product_ids,note\n1.jpg,P1,\n2.jpg,P2|P9,\n3.jpg,P4,wrong on purpose\n");
    const auto figures = json_of({"eval", queries.string(), "--json"});
    EXPECT_EQ(figures.at("queries"), 3);
    EXPECT_EQ(figures.at("answered"), 3);
    EXPECT_EQ(figures.at("failed"), 0);
    EXPECT_NEAR(figures.at("top1").get<double>(), 2.0 / 3, 1e-3);
    EXPECT_LE(figures.at("top1"), figures.at("top5"));
    EXPECT_LE(figures.at("recall5"), 1.0);
    EXPECT_GT(figures.at("map"), 0.0);
    EXPECT_TRUE(figures.at("category_top1").is_number());
    EXPECT_LE(figures.at("latency_ms").at("p50"), figures.at("latency_ms").at("p95"));
    EXPECT_LE(figures.at("latency_ms").at("p95"), figures.at("latency_ms").at("p99"));
    EXPECT_THAT(place_.vitrine({"eval", queries.string()}).out, HasSubstr("top1"));
}

TEST_F(Shop, EvalByCategoryHasNoRecall) {
    const auto queries = place_.write("queries.csv", "image,category\n1.jpg,odd\n2.jpg,even\n");
    const auto figures = json_of({"eval", queries.string(), "--json"});
    EXPECT_EQ(figures.at("category_top1"), 1.0);
    EXPECT_EQ(figures.at("top1"), 1.0);
    EXPECT_TRUE(figures.at("recall5").is_null());
}

TEST_F(Shop, EvalByBoxAsksAboutEachBoxForTheProductInIt) {
    const auto queries = place_.write("queries.csv", "image,product_ids,boxes\n"
                                                     "1.jpg,P1|P2,0 0 96 96|20 16 56 64\n"
                                                     "2.jpg,P2|P3,0 0 96 96\n"
                                                     "3.jpg,P3,0 0 100000 100\n"
                                                     "4.jpg,P4,0 0 96\n");
    const auto ended = place_.vitrine({"eval", queries.string(), "--boxes", "--json"});
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("line 3"), HasSubstr("1 boxes for 2 products"), HasSubstr("line 4"),
                                 HasSubstr("line 5"), HasSubstr("'0 0 96'")));
    const auto figures = Json::parse(ended.out);
    EXPECT_EQ(figures.at("queries"), 5) << "two boxes of the first row, and each wrong row";
    EXPECT_EQ(figures.at("answered"), 2);
    EXPECT_EQ(figures.at("failed"), 3);
    EXPECT_NEAR(figures.at("top1").get<double>(), 1.0 / 5, 1e-3) << "the picture shows P1 alone";
    const auto without = place_.write("queries.csv", "image,product_ids\n1.jpg,P1\n");
    EXPECT_EQ(json_of({"eval", without.string(), "--boxes", "--json"}, 1).at("code"), "bad_input");
}

TEST_F(Shop, EvalCountsAMissingPictureAsFailedAndNamesIt) {
    const auto queries = place_.write("queries.csv", "image,product_ids\n1.jpg,P1\nnone.jpg,P2\n3.jpg,\n");
    const auto ended = place_.vitrine({"eval", queries.string(), "--json"});
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("line 3"), HasSubstr("none.jpg"), HasSubstr("line 4")));
    const auto figures = Json::parse(ended.out);
    EXPECT_EQ(figures.at("queries"), 3);
    EXPECT_EQ(figures.at("failed"), 2);
    EXPECT_NEAR(figures.at("top1").get<double>(), 1.0 / 3, 1e-3);
}

TEST_F(Shop, EvalWithoutLabelsOrProductsIsRefused) {
    EXPECT_EQ(json_of({"eval", place_.write("queries.csv", "image\n1.jpg\n").string(), "--json"}, 1).at("code"),
              "bad_input");
    const Workplace empty;
    const auto ended = empty.vitrine({"eval", empty.write("queries.csv", "image,category\n1.jpg,odd\n").string()});
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.err, HasSubstr("import a catalogue"));
}

} // namespace
} // namespace vitrine::test
