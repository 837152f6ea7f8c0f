// The two finishers over a real ChromaDB server: what "indexed" means there, and what happens while it is down.

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/awaited_vectors.hpp"
#include "servers/chroma_server.hpp"
#include "storage/job_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/query_result_repository.hpp"
#include "storage/task_repository.hpp"
#include "storage/vector_outbox_repository.hpp"
#include "vectors/chroma_store.hpp"

#include "pipeline_house.hpp"

namespace vitrine::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PipelineOverChroma : public ::testing::Test {
protected:
    Job job(JobId id) {
        return *house.database->read([&](Transaction& tx) { return job_repository::find(tx, id); });
    }

    Task task(JobId id, const std::string& kind) {
        const auto tasks = house.database->read([&](Transaction& tx) { return task_repository::tasks_of(tx, id); });
        for (const Task& one : tasks) {
            if (one.kind == kind) return one;
        }
        ADD_FAILURE() << "job " << id.value << " has no task " << kind;
        return {};
    }

    std::vector<QueryResult> results(JobId id) {
        return house.database->read([&](Transaction& tx) { return query_result_repository::results_of(tx, id); });
    }

    std::int64_t vectors() { return house.vectors->count(house.vision.versions().vector); }

    std::int64_t waiting() {
        return house.database->read([](Transaction& tx) { return vector_outbox_repository::count(tx).waiting; });
    }

    /// Until the job has its finalize task: link and intent are committed.
    void wait_until_recorded(JobId id) {
        for (;;) {
            const auto tasks = house.database->read([&](Transaction& tx) { return task_repository::tasks_of(tx, id); });
            for (const Task& one : tasks) {
                if (one.kind == step_kind::finalize_indexing) return;
            }
            std::this_thread::yield();
        }
    }

    test::ChromaServer server;
    PipelineHouse house{2, 8, [this](Database& database, const Clock& clock) {
                            ChromaStoreOptions options;
                            options.address.url = server.url();
                            options.retry = {.initial = Milliseconds{5}, .max = Milliseconds{50}};
                            return make_chroma_store(database, clock, options);
                        }};
};

TEST_F(PipelineOverChroma, AJobThatSucceededIsFoundByTheVeryNextQuery) {
    for (int i = 0; i < 5; ++i) {
        const auto id = fmt::format("P{}", i);
        const auto picture = strips({{30 * i, 200 - 30 * i, 40 * i}});
        ASSERT_EQ(house.index(id, "thing " + id, picture), JobState::Succeeded);
        EXPECT_EQ(waiting(), 0);
        const auto found = results(house.query(picture));
        ASSERT_FALSE(found.empty());
        EXPECT_EQ(found.front().product_id, id);
    }
    EXPECT_EQ(vectors(), 5);
}

TEST_F(PipelineOverChroma, AHeadStartLabelsAheadAndLeavesTheServerToTheSteps) {
    using Question = ModelPace::Question;
    for (const auto question : {Question::Crop, Question::Label, Question::Match}) {
        for (int i = 0; i < 100; ++i) house.pace->note(question, 10us);
    }
    house.vision.strips = 2;
    const auto added =
        house.intake->add_product({.external_id = "M", .name = "Red mug", .description = "", .category = ""},
                                  strips({red, green}), {.is_awaited = true});
    EXPECT_EQ(house.vision.label_calls, 2) << "before it is accepted";
    EXPECT_EQ(house.finish(*added.job), JobState::Succeeded);
    const JobId query = house.intake->submit_query(strips({red, blue}), {.told_when_ended = true});
    EXPECT_EQ(house.vision.label_calls, 4);
    EXPECT_EQ(house.finish(query), JobState::Succeeded);
    for (const JobId id : {*added.job, query}) {
        for (const Task& one :
             house.database->read([&](Transaction& tx) { return task_repository::tasks_of(tx, id); })) {
            EXPECT_NE(one.kind, step_kind::label);
            EXPECT_EQ(one.state, TaskState::Succeeded) << one.kind;
        }
    }
    ASSERT_FALSE(results(query).empty());
    EXPECT_EQ(results(query).front().product_id, "M");
    EXPECT_EQ(vectors(), 1);
}

TEST_F(PipelineOverChroma, AQueryIsNarrowedByTheServerAndFollowsAChangeOfCategory) {
    const auto index = [&](const std::string& id, const std::string& category, const std::string& attributes) {
        const auto added = house.intake->add_product(
            {.external_id = id, .name = id, .description = "", .category = category, .attributes = attributes},
            strips({red}));
        ASSERT_EQ(house.finish(*added.job), JobState::Succeeded);
    };
    index("mug", "Mugs", R"({"size":"L"})");
    index("bowl", "Bowls", R"({"size":"L"})");
    const auto found = [&](const QueryOptions& options) {
        std::vector<std::string> ids;
        for (const auto& result : results(house.query(strips({red}), options))) ids.push_back(result.product_id);
        std::sort(ids.begin(), ids.end());
        return ids;
    };
    using Ids = std::vector<std::string>;
    EXPECT_EQ(found({.category = "Mugs"}), Ids{"mug"});
    EXPECT_EQ(found({.category = "Bowls", .attributes = {{"size", "L"}}}), Ids{"bowl"});
    EXPECT_EQ(found({.attributes = {{"size", "L"}}}), (Ids{"bowl", "mug"}));
    EXPECT_EQ(found({.attributes = {{"size", "M"}}}), Ids{});

    house.intake->update_product("bowl", {.category = "Mugs"});
    ASSERT_TRUE(house.delivery->wait_until_idle(std::chrono::steady_clock::now() + 30s));
    EXPECT_EQ(found({.category = "Mugs"}), (Ids{"bowl", "mug"}));
}

TEST_F(PipelineOverChroma, APersonsPrimaryIsFoundInPlaceOfTheMachines) {
    house.vision.strips = 2;
    ASSERT_EQ(house.index("M1", "red thing", strips({red, blue})), JobState::Succeeded);
    const auto detail = house.catalogue->find("M1");
    for (const ProductCrop& crop : detail->crops) {
        if (!crop.is_primary) house.catalogue->choose_primary("M1", crop.image.id);
    }
    ASSERT_TRUE(house.delivery->wait_until_idle(std::chrono::steady_clock::now() + 30s));
    EXPECT_EQ(vectors(), 1);
    house.vision.strips = 1;
    EXPECT_LT(results(house.query(strips({blue}))).front().evidence.distance, 0.01);
}

TEST_F(PipelineOverChroma, WhileTheServerIsDownIndexingWaitsWithoutAttemptsOrModelCallsAndThenCatchesUp) {
    ASSERT_EQ(house.index("first", "red thing", strips({red})), JobState::Succeeded);
    server.stop();
    std::vector<JobId> jobs;
    for (int i = 0; i < 6; ++i) {
        jobs.push_back(*house.add(fmt::format("P{}", i), "thing", strips({{9 * i, 20 * i, 100}})).job);
    }
    for (const JobId id : jobs) wait_until_recorded(id);
    const int crops = house.vision.crop_calls, labels = house.vision.label_calls;
    for (const JobId id : jobs) EXPECT_EQ(job(id).state, JobState::Running);
    house.restart(); // and the program is started anew meanwhile
    server.start();
    for (const JobId id : jobs) EXPECT_EQ(house.finish(id), JobState::Succeeded);
    for (const JobId id : jobs) {
        EXPECT_EQ(task(id, step_kind::select_primary).attempts, 1);
        const auto finalize = task(id, step_kind::finalize_indexing);
        EXPECT_LE(finalize.attempts, finalize.max_attempts - 2) << "looks while it waits are no failed attempts";
    }
    EXPECT_EQ(house.vision.crop_calls, crops);
    EXPECT_EQ(house.vision.label_calls, labels);
    EXPECT_EQ(vectors(), 7);
}

TEST_F(PipelineOverChroma, WhileTheServerIsDownAQuerySaysSoAndLaterTheSameQueryIsAnswered) {
    ASSERT_EQ(house.index("first", "red thing", strips({red})), JobState::Succeeded);
    server.stop();
    const JobId query = house.intake->submit_query(strips({red}), {});
    EXPECT_EQ(house.finish(query), JobState::Failed);
    ASSERT_FALSE(job(query).errors.empty());
    EXPECT_THAT(job(query).errors.front(), HasSubstr("vector store"));
    EXPECT_THAT(job(query).errors.front(), HasSubstr("unavailable"));
    EXPECT_LE(task(query, step_kind::query_all_crops).attempts, 2);
    server.start();
    for (auto state = JobState::Failed; state != JobState::Succeeded;) { // until the breaker lets a trial through
        house.database->write([&](Transaction& tx) { house.queue->retry(tx, query, house.clock.now()); });
        house.workers->wake();
        state = house.finish(query);
    }
    ASSERT_FALSE(results(query).empty());
    EXPECT_EQ(results(query).front().product_id, "first");
}

TEST_F(PipelineOverChroma, AVectorWhoseLinkIsGoneNeverShowsInAResultAndIsRemovedLater) {
    ASSERT_EQ(house.index("red", "red thing", strips({red})), JobState::Succeeded);
    ASSERT_EQ(house.index("blue", "blue thing", strips({blue})), JobState::Succeeded);
    house.delivery.reset(); // nothing is removed on the server meanwhile
    house.database->write([&](Transaction& tx) {
        const auto product = product_repository::find_by_external_id(tx, "red")->product.id;
        house.vectors->remove(tx, product_image_repository::primary_of(tx, product)->id);
        product_repository::remove(tx, product);
    });
    ASSERT_EQ(vectors(), 2);
    const auto found = results(house.query(strips({red})));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().product_id, "blue");
    house.restart();
    ASSERT_TRUE(house.delivery->wait_until_idle(std::chrono::steady_clock::now() + 30s));
    EXPECT_EQ(vectors(), 1);
}

TEST_F(PipelineOverChroma, ANewPhotoOfAProductLeavesOneVector) {
    ASSERT_EQ(house.index("cup", "red cup", strips({red})), JobState::Succeeded);
    ASSERT_EQ(house.index("cup", "blue cup", strips({blue})), JobState::Succeeded);
    ASSERT_TRUE(house.delivery->wait_until_idle(std::chrono::steady_clock::now() + 30s));
    EXPECT_EQ(vectors(), 1);
    EXPECT_EQ(results(house.query(strips({blue}))).size(), 1U);
}

TEST_F(PipelineOverChroma, AJobWhoseLinkALaterOneTookOverEndsWhenTheVectorArrives) {
    server.stop();
    const JobId first = *house.add("P1", "thing", strips({red})).job;
    wait_until_recorded(first);
    const JobId second = *house.intake->reindex_product("P1", {}).job;
    wait_until_recorded(second);
    server.start();
    ASSERT_EQ(house.finish(second), JobState::Succeeded);
    EXPECT_LE(task(first, step_kind::finalize_indexing).run_after, house.clock.now())
        << "it was left to look by itself";
    EXPECT_EQ(house.finish(first), JobState::Succeeded);
}

TEST_F(PipelineOverChroma, AJobWhoseLinkIsReplacedWhileItsVectorIsOnItsWayEndsAtOnce) {
    server.stop();
    const JobId first = *house.add("P1", "thing", strips({red})).job;
    wait_until_recorded(first);
    const JobId second = *house.add("P1", "thing", strips({blue})).job;
    wait_until_recorded(second);
    EXPECT_LE(task(first, step_kind::finalize_indexing).run_after, house.clock.now())
        << "it was left to look by itself";
    EXPECT_EQ(house.finish(first), JobState::Succeeded) << "and the server is still away";
    EXPECT_EQ(job(second).state, JobState::Running);
    server.start();
    EXPECT_EQ(house.finish(second), JobState::Succeeded);
}

TEST_F(PipelineOverChroma, AJobWhoseLinkAPersonTakesAwayWhileItsVectorIsOnItsWayEndsAtOnce) {
    server.stop();
    house.vision.strips = 2;
    const JobId first = *house.add("P1", "red thing", strips({red, blue})).job;
    wait_until_recorded(first);
    const auto detail = house.catalogue->find("P1");
    const auto other = std::ranges::find_if(detail->crops, [](const ProductCrop& crop) { return !crop.is_primary; });
    house.catalogue->choose_primary("P1", other->image.id);
    EXPECT_LE(task(first, step_kind::finalize_indexing).run_after, house.clock.now())
        << "it was left to look by itself";
    EXPECT_EQ(house.finish(first), JobState::Succeeded) << "and the server is still away";
}

TEST_F(PipelineOverChroma, AnEarlierJobOfADeletedProductThatWaitsForItsVectorEndsAtOnce) {
    server.stop();
    const JobId first = *house.add("P1", "thing", strips({red})).job;
    wait_until_recorded(first);
    std::promise<void> inside, go_on;
    house.vision.before_label = [&](int) {
        inside.set_value();
        go_on.get_future().wait();
    };
    const JobId second = *house.add("P1", "thing", strips({blue})).job;
    inside.get_future().wait();
    house.deletion->remove_product("P1");
    EXPECT_LE(task(first, step_kind::finalize_indexing).run_after, house.clock.now())
        << "it was left to look by itself";
    EXPECT_EQ(house.finish(first), JobState::Failed) << "and the server is still away";
    EXPECT_THAT(job(first).errors.back(), HasSubstr("deleted"));
    go_on.set_value();
    EXPECT_EQ(house.finish(second), JobState::Cancelled);
}

TEST_F(PipelineOverChroma, AVectorThatIsSetApartEndsItsJobWithTheReason) {
    ASSERT_EQ(house.index("first", "red thing", strips({red})), JobState::Succeeded);
    server.stop();
    const JobId waits = *house.add("second", "blue thing", strips({blue})).job;
    wait_until_recorded(waits);
    house.delivery.reset();
    house.database->write([&](Transaction& tx) { // as a delivery records it
        const auto owner = std::string("deliverer");
        vector_outbox_repository::release_all(tx);
        const auto claimed = vector_outbox_repository::claim(
            tx, {.owner = owner, .now = house.clock.now(), .lease_until = house.clock.now() + 1min, .limit = 1});
        ASSERT_EQ(claimed.size(), 1U);
        vector_outbox_repository::refuse(tx, claimed.front(), owner, "It is no vector.", house.clock.now());
        resume_indexing(tx, *house.queue, {claimed.front().id}, house.clock.now());
    });
    house.workers->wake();
    EXPECT_EQ(house.finish(waits), JobState::Failed);
    EXPECT_THAT(job(waits).errors.front(), HasSubstr("It is no vector."));
}

} // namespace
} // namespace vitrine::testing
