// The whole engine with a model server that fails, lies and changes: what becomes of jobs, rows and calls.

#include <atomic>
#include <functional>
#include <mutex>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <vitrine/engine.hpp>
#include <vitrine/error.hpp>

#include "engine/doctor.hpp"
#include "images/codec.hpp"

#include "model_answers.hpp"
#include "servers/server_process.hpp"

namespace vitrine::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

/// A picture of 80x40 that no other number has.
std::string photo(int number) {
    Picture picture{.width = 80, .height = 40, .rgb = {}};
    for (int i = 0; i < 80 * 40; ++i) {
        for (const int shift : {0, 4, 8})
            picture.rgb.push_back(static_cast<std::uint8_t>((number >> shift) * 16 + i % 7));
    }
    return encode_jpeg(picture, 95);
}

class ModelPipeline : public testing::Test {
protected:
    ModelPipeline() {
        std::string name = (std::filesystem::temp_directory_path() / "vitrine-models-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        config_.data = folder_ / "data";
        config_.database.durability = "normal";
        config_.ml.engine = "http";
        config_.ml.url = server_.url();
        config_.ml.local_features = false;
        config_.ml.limits.backoff_initial = Milliseconds{1};
        config_.ml.limits.backoff_max = Milliseconds{20};
    }
    ~ModelPipeline() override {
        std::error_code ignored; // a leftover in the temporary folder harms no test
        std::filesystem::remove_all(folder_, ignored);
    }

    static AddedProduct add(Engine& engine, int number) {
        return engine.add_product({.external_id = fmt::format("P{}", number),
                                   .name = fmt::format("Red mug {}", number),
                                   .description = "",
                                   .category = ""},
                                  photo(number));
    }

    static Job finished(Engine& engine, JobId job) {
        const auto state = engine.wait(job, std::chrono::steady_clock::now() + std::chrono::seconds(120));
        EXPECT_TRUE(state.has_value()) << "job " << job.value << " did not end";
        return engine.job(job).value().job;
    }

    int calls(const std::string& target) {
        const auto seen = server_.requests();
        return static_cast<int>(std::ranges::count(seen, target, &SeenRequest::target));
    }

    std::function<ScriptedAnswer(const SeenRequest&)> answer_ = [](const SeenRequest& request) {
        return ml_service_answer(request);
    };
    FaultServer server_{[this](const SeenRequest& request) { return answer_(request); }};
    std::filesystem::path folder_;
    Config config_;
};

TEST_F(ModelPipeline, OneCallInFiveFailsAndNoJobAndNoCropIsLost) {
    std::mutex mutex;
    std::mt19937 random(7);
    answer_ = [&](const SeenRequest& request) {
        unsigned dice = 0;
        {
            const std::lock_guard lock(mutex);
            dice = random() % 25;
        }
        auto answer = ml_service_answer(request);
        if (request.target == "/v1/crop") {
            answer = json(
                R"({"model":"stub-crop 1","crops":[{"box":[0,0,20,20],"score":0.9},{"box":[20,0,20,20],"score":0.8},)"
                R"({"box":[40,0,20,20],"score":0.7},{"box":[60,0,20,20],"score":0.6}]})");
        }
        if (dice == 0) answer = json("{}", 503);
        if (dice == 1) answer = json("{}", 500);
        if (dice == 2) answer = {.status = 429, .headers = {{"Retry-After", "0"}}, .body = "{}"};
        if (dice == 3) answer.cut_after = answer.body.size() / 2;
        if (dice == 4) answer.raw = std::string();
        return answer;
    };
    Engine engine(config_);
    std::vector<JobId> jobs;
    for (int i = 0; i < 200; ++i) jobs.push_back(add(engine, i).job.value());
    int crops = 0;
    for (const JobId id : jobs) {
        const auto job = finished(engine, id);
        EXPECT_EQ(job.state, JobState::Succeeded) << (job.errors.empty() ? "" : job.errors.back());
        crops += job.crops_done;
    }
    EXPECT_EQ(crops, 800);
    EXPECT_EQ(engine.counts().product_images, 200);
    std::int64_t failed = 0;
    for (const auto& of : engine.model_calls()) failed += of.counts.failed_for_now + of.counts.throttled;
    EXPECT_GT(failed, 150) << "the server did fail";
}

TEST_F(ModelPipeline, ALastingFaultFailsItsCropAlone) {
    std::atomic<int> labels{0};
    answer_ = [&](const SeenRequest& request) {
        if (request.target == "/v1/label" && ++labels == 1) {
            return json(R"({"model":"stub-label 1","label":{},"storage_vector":[0,0,0,0,0,0,0,0]})");
        }
        return ml_service_answer(request);
    };
    Engine engine(config_);
    const auto job = finished(engine, add(engine, 1).job.value());
    EXPECT_EQ(job.state, JobState::PartiallySucceeded);
    EXPECT_EQ(job.crops_failed, 1);
    EXPECT_EQ(job.crops_done, 1);
    EXPECT_THAT(job.errors, Contains(HasSubstr("the vector is zero")));
    EXPECT_EQ(labels, 2) << "what is malformed is not asked for again";
}

TEST_F(ModelPipeline, AServerThatTurnsCallsAwayUsesUpNoAttempt) {
    std::atomic<int> turned_away{0};
    answer_ = [&](const SeenRequest& request) -> ScriptedAnswer {
        if (request.target == "/v1/label" && turned_away < 20) {
            ++turned_away;
            return {.status = 429, .headers = {}, .body = "{}"};
        }
        return ml_service_answer(request);
    };
    config_.ml.limits.max_attempts = 2;
    Engine engine(config_);
    const auto id = add(engine, 1).job.value();
    EXPECT_EQ(finished(engine, id).state, JobState::Succeeded);
    EXPECT_GE(turned_away, 20) << "two crops, each turned away more often than it has attempts";
}

TEST_F(ModelPipeline, AServerThatNeverStopsTurningCallsAwayFailsTheJobWhichCanBeTriedAgain) {
    std::atomic<bool> turns_away{true};
    answer_ = [&](const SeenRequest& request) -> ScriptedAnswer {
        if (request.target == "/v1/label" && turns_away) return {.status = 429, .headers = {}, .body = "{}"};
        return ml_service_answer(request);
    };
    config_.ml.limits.max_attempts = 2;
    config_.ml.limits.throttled_max = Milliseconds{50};
    Engine engine(config_);
    const auto id = add(engine, 1).job.value();
    const auto job = finished(engine, id);
    EXPECT_EQ(job.state, JobState::Failed);
    EXPECT_THAT(job.errors, Contains(AllOf(HasSubstr("ml.label"), HasSubstr("429"), HasSubstr("try the job again"))));
    turns_away = false;
    engine.retry_job(id);
    EXPECT_EQ(finished(engine, id).state, JobState::Succeeded);
}

TEST_F(ModelPipeline, AFailedLabelDoesNotPayTheOtherServersVectorAgain) {
    std::atomic<int> failures{0};
    answer_ = [&](const SeenRequest& request) {
        if (request.target == "/embeddings") return json(R"({"data":[{"embedding":[3,4]}]})");
        if (request.target == "/v1/label" && failures < 3) {
            ++failures;
            return json("{}", 500);
        }
        return ml_service_answer(request);
    };
    config_.ml.vector = config_.ml;
    config_.ml.vector->engine = "openai";
    config_.ml.vector->model = "clip";
    Engine engine(config_);
    const auto job = finished(engine, add(engine, 1).job.value());
    EXPECT_EQ(job.state, JobState::Succeeded);
    EXPECT_EQ(calls("/v1/label"), job.crops_total + 3);
    EXPECT_EQ(calls("/embeddings"), job.crops_total);
}

TEST_F(ModelPipeline, AnUnchangedCatalogueCostsNoCallAfterARestart) {
    {
        Engine engine(config_);
        finished(engine, add(engine, 1).job.value());
    }
    const auto before = server_.requests().size();
    Engine engine(config_);
    EXPECT_TRUE(add(engine, 1).unchanged);
    EXPECT_EQ(server_.requests().size(), before);
}

TEST_F(ModelPipeline, AJobIsAcceptedWhileTheServerIsDownAndDoneWhenItIsBack) {
    std::atomic<bool> down{true};
    answer_ = [&](const SeenRequest& request) {
        return down ? json(R"({"error":{"message":"Loading model"}})", 503) : ml_service_answer(request);
    };
    Engine engine(config_);
    const auto added = add(engine, 1);
    server_.wait_for_requests(1);
    down = false;
    const auto job = finished(engine, added.job.value());
    EXPECT_EQ(job.state, JobState::Succeeded);
}

TEST_F(ModelPipeline, LabelAndVectorMayComeFromTwoServers) {
    answer_ = [](const SeenRequest& request) {
        if (request.target == "/embeddings") return json(R"({"data":[{"embedding":[3,4]}]})");
        return ml_service_answer(request);
    };
    config_.ml.vector = config_.ml;
    config_.ml.vector->engine = "openai";
    config_.ml.vector->model = "clip";
    Engine engine(config_);
    const auto job = finished(engine, add(engine, 1).job.value());
    EXPECT_EQ(job.state, JobState::Succeeded);
    const auto image = engine.product("P1").value().primary_image.value();
    EXPECT_EQ(image.label_model, "stub-label 1");
    EXPECT_EQ(image.vector_model, "embedding clip");
    EXPECT_EQ(image.vector, (Embedding{0.6F, 0.8F}));
    EXPECT_EQ(image.crop_model, "stub-crop 1");
}

TEST_F(ModelPipeline, ASlowLabelModelDoesNotKeepOtherQuestionsFromBeingAnswered) {
    std::atomic<bool> released{false};
    std::atomic<int> hanging{0};
    answer_ = [&](const SeenRequest& request) {
        if (request.target == "/v1/label") {
            ++hanging;
            released.wait(false);
        }
        return ml_service_answer(request);
    };
    config_.ml.label = config_.ml;
    config_.ml.label->at_once = 3;
    Engine engine(config_);
    std::vector<JobId> jobs;
    for (int i = 0; i < 12; ++i) jobs.push_back(add(engine, i).job.value());
    server_.wait_for_requests(15); // 12 crops are cut although three labels hang
    EXPECT_EQ(calls("/v1/crop"), 12);
    EXPECT_EQ(hanging, 3) << "no more than its bulkhead lets in";
    released = true;
    released.notify_all();
    for (const JobId id : jobs) EXPECT_EQ(finished(engine, id).state, JobState::Succeeded);
}

TEST_F(ModelPipeline, TheProgramEndsWhileAServerHangsAndTheJobGoesOnAtTheNextStart) {
    std::atomic<bool> hangs{true};
    answer_ = [&](const SeenRequest& request) {
        auto answer = ml_service_answer(request);
        answer.hang = hangs;
        return answer;
    };
    JobId job;
    {
        Engine engine(config_);
        job = add(engine, 1).job.value();
        server_.wait_for_requests(1);
    } // within the test's time limit: a call may take two minutes
    hangs = false;
    Engine engine(config_);
    const auto ended = finished(engine, job);
    EXPECT_EQ(ended.state, JobState::Succeeded) << (ended.errors.empty() ? "" : ended.errors.back());
    EXPECT_TRUE(ended.errors.empty()) << "it lost no attempt";
}

TEST_F(ModelPipeline, TheExampleServiceInPythonServesAWholeJob) {
    const ServerProcess service({.words = {"python3", VITRINE_SOURCE_DIR "/examples/ml_service.py", "0"},
                                 .variables = {},
                                 .ready = "listening on "});
    config_.ml.url = service.ready_line();
    Engine engine(config_);
    const auto job = finished(engine, add(engine, 1).job.value());
    EXPECT_EQ(job.state, JobState::Succeeded) << (job.errors.empty() ? "" : job.errors.back());
    const auto image = engine.product("P1").value().primary_image.value();
    EXPECT_EQ(image.box, (Box{20, 10, 40, 20}));
    EXPECT_EQ(image.label.value().category, "thing");
    EXPECT_EQ(image.vector.size(), 256U);
    const auto query = finished(engine, engine.submit_query(photo(2), {}));
    EXPECT_EQ(query.state, JobState::Succeeded);
    EXPECT_EQ(engine.query_answer(query.id).value().products.at(0).product_id, "P1");
}

TEST_F(ModelPipeline, DoctorAsksTheServerAndSaysWhatItServes) {
    const auto engine_check = [&] {
        for (const auto& check : diagnose(config_)) {
            if (check.name == "engine") return check;
        }
        return Check{};
    };
    EXPECT_TRUE(engine_check().ok) << engine_check().detail;
    EXPECT_THAT(engine_check().detail, HasSubstr("'stub-label 1' with 8 dimensions"));
    answer_ = [](const SeenRequest&) { return json("{}", 401); };
    EXPECT_FALSE(engine_check().ok);
    EXPECT_THAT(engine_check().detail, HasSubstr("check ml.api_key"));
    config_.ml.url = "";
    EXPECT_THAT(engine_check().detail, HasSubstr("ml.url must say where"));
}

} // namespace
} // namespace vitrine::test
