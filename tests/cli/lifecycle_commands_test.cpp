// check, cleanup, reindex and jobs erase through the built program: sentences, exit codes, --json, --dry-run.

#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "models/model_answers.hpp"
#include "program.hpp"
#include "serving.hpp"

namespace vitrine::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class LifecycleCommands : public testing::Test {
protected:
    [[nodiscard]] Ended run(const std::vector<std::string>& arguments, int expected_code,
                            const Variables& variables = quick) const {
        auto ended = place.vitrine(arguments, variables);
        EXPECT_EQ(ended.code, expected_code) << ended.out << ended.err;
        return ended;
    }
    [[nodiscard]] Json json_of(const std::vector<std::string>& arguments, int expected_code = 0,
                               const Variables& variables = quick) const {
        return Json::parse(run(arguments, expected_code, variables).out);
    }
    void add(int number, const Variables& variables = quick) const {
        const auto picture = place.draw(fmt::format("{}.jpg", number), number).string();
        static_cast<void>(run({"add", picture, "--name", "Thing", "--id", fmt::format("P{}", number)}, 0, variables));
    }
    [[nodiscard]] std::int64_t search(int number) const {
        return json_of({"search", place.draw("q.jpg", number).string(), "--json"}).at("job_id").get<std::int64_t>();
    }
    [[nodiscard]] std::vector<fs::path> files() const {
        std::vector<fs::path> all;
        for (const auto& file : fs::recursive_directory_iterator(place.data() / "images")) {
            if (file.is_regular_file() && file.path().filename().string().size() == 64) all.push_back(file.path());
        }
        return all;
    }

    const Workplace place;
};

TEST_F(LifecycleCommands, ACheckOfAWholeCatalogueSaysSo) {
    add(1);
    const auto ended = run({"check"}, 0);
    EXPECT_THAT(ended.out, HasSubstr("1 links, 1 vectors, 1 files\nconsistent\n"));
    EXPECT_THAT(ended.err, IsEmpty());
    const auto json = json_of({"check", "--json"});
    for (const char* key : {"product_images", "vectors", "orphan_vectors", "missing_vectors", "missing_files",
                            "orphan_files", "repaired"}) {
        EXPECT_TRUE(json.at(key).is_number_integer()) << key;
    }
    EXPECT_EQ(json.at("consistent"), true);
}

TEST_F(LifecycleCommands, ACheckThatFindsSomethingEndsWithOneAndSaysWhatMendsIt) {
    add(1);
    const std::string sha(64, 'a');
    place.write("data/images/aa/" + sha, "nobody's");
    const auto found = run({"check"}, 1);
    EXPECT_THAT(found.out, AllOf(HasSubstr("1 files without an image"), HasSubstr("not consistent")));
    EXPECT_THAT(found.err, HasSubstr("vitrine check --repair"));
    const auto repaired = run({"check", "--repair"}, 0);
    EXPECT_THAT(repaired.out, AllOf(HasSubstr("1 repaired"), HasSubstr("\nconsistent")));
    EXPECT_FALSE(fs::exists(place.data() / "images/aa" / sha));
    EXPECT_EQ(json_of({"check", "--json"}).at("consistent"), true);
}

TEST_F(LifecycleCommands, AMissingPictureIsNamedWithTheProductThatNeedsIt) {
    add(1);
    for (const auto& file : files()) fs::remove(file);
    const auto ended = run({"check", "--repair"}, 1);
    EXPECT_THAT(ended.out, AllOf(HasSubstr("product P1"), HasSubstr("hand its photo in again")));
    EXPECT_THAT(ended.err, HasSubstr("Not all could be repaired"));
    const auto json = json_of({"check", "--repair", "--json"}, 1);
    EXPECT_EQ(json.at("missing_files"), 1);
    EXPECT_EQ(json.at("consistent"), false);
    EXPECT_THAT(run({"doctor"}, 1).out, HasSubstr("1 files amiss"));
}

TEST_F(LifecycleCommands, ADryRunOfTheCleanupChangesNothingAndSaysWhatTheRunThenDoes) {
    add(1);
    static_cast<void>(search(2));
    EXPECT_EQ(json_of({"cleanup", "--json"}).at("images"), 0) << "it is young";
    const auto told = json_of({"cleanup", "--dry-run", "--older-than-days", "0", "--json"});
    EXPECT_EQ(told.at("images"), 1);
    EXPECT_GT(told.at("bytes"), 0);
    EXPECT_EQ(told.at("dry_run"), true);
    EXPECT_EQ(files().size(), 2U);
    EXPECT_THAT(run({"cleanup", "--dry-run", "--older-than-days", "0"}, 0).out, HasSubstr("would remove 1 images"));
    const auto done = json_of({"cleanup", "--older-than-days", "0", "--json"});
    EXPECT_EQ(done.at("images"), told.at("images"));
    EXPECT_EQ(done.at("bytes"), told.at("bytes"));
    EXPECT_EQ(files().size(), 1U);
    EXPECT_THAT(run({"cleanup", "--older-than-days", "0"}, 0).out, HasSubstr("removed 0 images"));
}

TEST_F(LifecycleCommands, ACleanupOfANegativeAgeIsWrongUsage) {
    EXPECT_THAT(run({"cleanup", "--older-than-days", "-1"}, 2).err, HasSubstr("older-than-days"));
}

TEST_F(LifecycleCommands, AServerDoesAMonthlyCleanupThatWasMissedOnceHoweverOftenItIsStartedAgain) {
    add(1);
    const auto count = [](Serving& serving) {
        return Json::parse(serving.send(HttpMethod::Get, "/v1/maintenance/runs?kind=cleanup").body).at("runs").size();
    };
    std::string planned;
    {
        Serving serving(place);
        EXPECT_EQ(count(serving), 0U) << "the first is due in a month";
        planned = Json::parse(serving.send(HttpMethod::Get, "/v1/maintenance/runs").body).at("next_run_at");
    }
    {
        Serving serving(place);
        EXPECT_EQ(Json::parse(serving.send(HttpMethod::Get, "/v1/maintenance/runs").body).at("next_run_at"), planned)
            << "a start plans nothing anew";
    }
    {
        soci::session session(soci::sqlite3, (place.data() / "vitrine.db").string());
        session << "UPDATE schedules SET due_at = 1 WHERE kind = 'cleanup'"; // while everything was switched off
    }
    {
        Serving serving(place);
        while (count(serving) == 0) std::this_thread::yield();
        const auto job = Json::parse(serving.send(HttpMethod::Get, "/v1/maintenance/runs?kind=cleanup").body)
                             .at("runs")[0]
                             .at("job_id")
                             .get<std::int64_t>();
        const auto ended = Json::parse(
            serving.send(HttpMethod::Get, fmt::format("/v1/jobs/{}", job), {}, {{"Prefer", "wait=30"}}).body);
        EXPECT_EQ(ended.at("state"), "succeeded");
    }
    Serving serving(place);
    EXPECT_EQ(count(serving), 1U);
    EXPECT_GE(Json::parse(serving.send(HttpMethod::Get, "/v1/maintenance/runs").body).at("next_run_at"), planned);
}

TEST_F(LifecycleCommands, ErasingAQueryLeavesNothingOfItButItsMetrics) {
    add(1);
    const auto query = search(2);
    const auto id = std::to_string(query);
    EXPECT_EQ(files().size(), 2U);
    EXPECT_EQ(json_of({"jobs", "erase", id, "--json"}).at("erased"), query);
    EXPECT_EQ(files().size(), 1U);
    EXPECT_THAT(run({"jobs", "show", id}, 1).err, HasSubstr("There is no job " + id));
    const auto again = run({"jobs", "erase", id}, 1);
    EXPECT_THAT(again.err, HasSubstr("There is no query " + id));
    EXPECT_THAT(run({"jobs", "erase", "1"}, 1).err, HasSubstr("There is no query 1")) << "that is an index job";
    EXPECT_EQ(json_of({"check", "--json"}).at("consistent"), true);
    EXPECT_THAT(run({"jobs", "erase", std::to_string(search(2))}, 0).out, HasSubstr("erased query"));
}

TEST_F(LifecycleCommands, AReindexOfAnUnchangedModelDoesNothing) {
    add(1);
    EXPECT_THAT(run({"reindex"}, 0).out, HasSubstr("already"));
    EXPECT_EQ(json_of({"reindex", "--json"}).at("unchanged"), true);
    EXPECT_THAT(run({"reindex", "--rollback"}, 1).err, HasSubstr("no model to go back to"));
    EXPECT_THAT(run({"reindex", "--drop"}, 1).err, HasSubstr("no second model"));
    EXPECT_EQ(run({"reindex", "--drop", "--rollback"}, 2).out, "");
}

TEST_F(LifecycleCommands, AModelThatWasChangedInPlaceIsSaidAtEveryStartAndByTheDoctorUntilAReindex) {
    add(1);
    add(2);
    EXPECT_THAT(run({"doctor"}, 0).out, HasSubstr("Searches use the model builtin-vector"));
    const FaultServer server([](const SeenRequest& request) { return ml_service_answer(request, 8, "new 2"); });
    Variables other = quick;
    other.insert(other.end(), {{"VITRINE_ML_ENGINE", "http"}, {"VITRINE_ML_URL", server.url()}});
    const auto picture = place.draw("q.jpg", 1).string();
    // Which model a server answers with, its first answer tells.
    const auto sentence = AllOf(HasSubstr("2 products have vectors of the model builtin-vector"), HasSubstr("new 2"),
                                HasSubstr("[ml.next]"), HasSubstr("vitrine reindex"));
    EXPECT_THAT(run({"doctor"}, 0, other).out, HasSubstr("its server's first answer tells"));
    EXPECT_THAT(run({"search", picture}, 1, other).err, sentence);
    EXPECT_THAT(run({"search", picture}, 1, other).err, AllOf(HasSubstr(" warning "), sentence)) << "at the start, too";
    EXPECT_THAT(run({"doctor"}, 1, other).out, sentence);
    {
        RunningProgram serving(place.folder(), place.with_data({"serve", "--listen", "127.0.0.1:0"}), other);
        EXPECT_TRUE(serving.wait_for_errors("2 products have vectors of the model builtin-vector"));
        serving.send(SIGTERM);
        EXPECT_EQ(serving.end().code, 0);
    }
    EXPECT_THAT(run({"reindex"}, 0, other).out, HasSubstr("searches use the model new 2"));
    EXPECT_THAT(run({"search", picture}, 0, other).err, IsEmpty());
    EXPECT_THAT(run({"doctor"}, 0, other).out, HasSubstr("Searches use the model new 2"));
}

TEST_F(LifecycleCommands, AReindexThatFailsSaysNotThatSearchesUseTheModel) {
    add(1);
    const FaultServer server([](const SeenRequest& request) {
        if (request.target != "/v1/label") return ml_service_answer(request, 8, "new 2");
        return request.body.size() > 800 ? json(R"({"detail":"no"})", 422) : ml_service_answer(request, 8, "new 2");
    });
    Variables two = quick;
    two.insert(two.end(), {{"VITRINE_ML_NEXT_ENGINE", "http"}, {"VITRINE_ML_NEXT_URL", server.url()}});
    const auto ended = run({"reindex"}, 1, two);
    EXPECT_THAT(ended.out, IsEmpty());
    EXPECT_THAT(ended.err, HasSubstr("the old one stays in use"));
}

TEST_F(LifecycleCommands, AnotherLabelVersionAloneIsEstimatedAndMadeAnew) {
    std::atomic<int> version = 1; // the server answers in a thread of its own
    const FaultServer server([&version](const SeenRequest& request) {
        return ml_service_answer(request, 8, fmt::format("label {}", version.load()));
    });
    Variables labels = quick;
    labels.insert(labels.end(), {{"VITRINE_ML_LABEL_ENGINE", "http"},
                                 {"VITRINE_ML_LABEL_URL", server.url()},
                                 {"VITRINE_ML_VECTOR_ENGINE", "builtin"}});
    add(1, labels);
    add(2, labels);
    EXPECT_EQ(json_of({"reindex", "--json"}, 0, labels).at("unchanged"), true);
    version = 2;
    static_cast<void>(run({"search", place.draw("q.jpg", 7).string()}, 0, labels)); // its answer tells
    const auto estimate = json_of({"reindex", "--estimate", "--json"}, 0, labels);
    EXPECT_EQ(estimate.at("from"), estimate.at("to"));
    EXPECT_EQ(estimate.at("labels"), 2);
    EXPECT_EQ(estimate.at("model_calls"), 2);
    EXPECT_EQ(estimate.at("unchanged"), false);
    EXPECT_THAT(run({"reindex"}, 0, labels).out, HasSubstr("2 labels of the model"));
    EXPECT_EQ(json_of({"reindex", "--json"}, 0, labels).at("unchanged"), true);
    EXPECT_EQ(json_of({"check", "--json"}, 0, labels).at("consistent"), true);
}

TEST_F(LifecycleCommands, AReindexIsEstimatedDoneTakenBackAndDropped) {
    const FaultServer server([](const SeenRequest& request) { return ml_service_answer(request, 8, "new 2"); });
    Variables two = quick;
    two.insert(two.end(), {{"VITRINE_ML_NEXT_ENGINE", "http"}, {"VITRINE_ML_NEXT_URL", server.url()}});
    add(1, two);
    add(2, two);
    const auto estimate = json_of({"reindex", "--estimate", "--json"}, 0, two);
    EXPECT_EQ(estimate.at("images"), 2);
    EXPECT_EQ(estimate.at("model_calls"), 2);
    EXPECT_EQ(estimate.at("to"), "new 2");
    EXPECT_THAT(run({"reindex"}, 0, two).out, HasSubstr("searches use the model new 2"));
    EXPECT_EQ(json_of({"reindex", "--json"}, 0, two).at("unchanged"), true);
    EXPECT_THAT(run({"reindex", "--rollback"}, 0, two).out, HasSubstr("rolled back"));
    EXPECT_EQ(json_of({"reindex", "--json"}, 0, two).at("switched"), true);
    EXPECT_THAT(run({"reindex", "--drop"}, 0, two).out, HasSubstr("dropped"));
    EXPECT_EQ(json_of({"check", "--json"}, 0, two).at("consistent"), true);
    EXPECT_EQ(json_of({"jobs", "list", "--kind", "reindex", "--json"}, 0, two).at("jobs").size(), 4U);
}

} // namespace
} // namespace vitrine::test
