// Head starts: work on an awaited job that is done before the job is accepted, and what becomes of it.

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "storage/image_repository.hpp"
#include "storage/job_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/query_result_repository.hpp"
#include "storage/task_repository.hpp"

#include "pipeline_house.hpp"
#include "watched_stores.hpp"

namespace vitrine::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr auto every_question = {ModelPace::Question::Crop, ModelPace::Question::Label, ModelPace::Question::Match,
                                 ModelPace::Question::Search};

class WithHeadStarts : public ::testing::Test {
protected:
    WithHeadStarts() {
        // Before its workers have looked at what another process left there are none; a job that has ended tells of it.
        house.index("earlier", "Mug", strips({{128, 128, 128}}));
        house.deletion->remove_product("earlier");
        house.vision.crop_calls = 0;
        house.vision.label_calls = 0;
        models_take(std::chrono::microseconds(10));
    }

    /// As if the models had always taken so long.
    void models_take(std::chrono::nanoseconds time) {
        for (const auto question : every_question) {
            for (int i = 0; i < 100; ++i) house.pace->note(question, time);
        }
    }

    AddedProduct add(const std::string& id, const std::string& name, const std::string& bytes) {
        return house.intake->add_product({.external_id = id, .name = name, .description = "", .category = ""}, bytes,
                                         {.is_awaited = true});
    }

    JobId ask(const std::string& bytes) { return house.intake->submit_query(bytes, {.told_when_ended = true}); }

    Job job(JobId id) {
        return *house.database->read([&](Transaction& tx) { return job_repository::find(tx, id); });
    }

    /// How many tasks of each kind the job has, all of which ended well.
    std::map<std::string, int> ended_tasks(JobId id) {
        std::map<std::string, int> count;
        for (const Task& task :
             house.database->read([&](Transaction& tx) { return task_repository::tasks_of(tx, id); })) {
            EXPECT_EQ(task.state, TaskState::Succeeded) << task.kind;
            ++count[task.kind];
        }
        return count;
    }

    std::vector<std::pair<std::string, double>> answer(JobId id) {
        std::vector<std::pair<std::string, double>> products;
        for (const auto& result :
             house.database->read([&](Transaction& tx) { return query_result_repository::results_of(tx, id); }))
            products.emplace_back(result.product_id, result.score);
        return products;
    }

    /// The house's, with something to do before each acceptance, and perhaps other files.
    Intake watched_intake(std::function<void(const NewJob&)> before_accept, BlobStore* blobs = nullptr) {
        return Intake(
            {.database = *house.database,
             .blobs = blobs != nullptr ? *blobs : *house.blobs,
             .pictures = *house.pictures,
             .head_starts = *house.head_starts,
             .vision = house.vision,
             .vectors = *house.vectors,
             .clock = house.clock,
             .limits = {},
             .accept =
                 [this, before_accept = std::move(before_accept)](Transaction& tx, const NewJob& job, Flush flush) {
                     before_accept(job);
                     return house.workers->accept(tx, job, flush);
                 },
             .remove_asked_files = [] {}});
    }

    std::function<void()> before_search = [] {};
    PipelineHouse house{2, 8, [this](Database& database, const Clock&) {
                            return std::make_unique<WatchedVectors>(make_embedded_store(database), before_search);
                        }};
};

TEST_F(WithHeadStarts, AnAwaitedIndexJobOfQuickModelsHasEndedWhenItIsAccepted) {
    house.vision.strips = 3;
    const JobId id = *add("M", "Blue mug", strips({red, green, blue})).job;
    const Job ended = job(id);
    EXPECT_EQ(ended.state, JobState::Succeeded);
    EXPECT_EQ(ended.crops_total, 3);
    EXPECT_EQ(ended.crops_done, 3);
    EXPECT_EQ(house.finish(id), JobState::Succeeded) << "whoever waits hears of it";
    EXPECT_THAT(ended_tasks(id), ElementsAre(Pair(step_kind::crop, 1), Pair(step_kind::finalize_indexing, 1),
                                             Pair(step_kind::select_primary, 1)));
    EXPECT_EQ(house.vision.crop_calls, 1);
    EXPECT_EQ(house.vision.label_calls, 3);
    house.vision.strips = 1;
    EXPECT_EQ(answer(house.query(strips({blue}))).front().first, "M") << "it is found at once";
}

TEST_F(WithHeadStarts, AQueryAnswersTheSameWithOneAsWithout) {
    add("R", "Red mug", strips({red}));
    add("G", "Green mug", strips({green}));
    house.vision.strips = 2;
    const std::string photo = strips({red, green});
    const std::string same_pixels = photo + "behind the end of the picture";
    const JobId ahead = ask(photo);
    EXPECT_EQ(job(ahead).state, JobState::Succeeded) << "it has ended when it is accepted";
    const JobId step_by_step = house.intake->submit_query(same_pixels, {});
    house.finish(step_by_step);
    EXPECT_EQ(ended_tasks(step_by_step).at(step_kind::label), 2);
    EXPECT_THAT(answer(ahead), UnorderedElementsAre(Pair("R", ::testing::Gt(0.0)), Pair("G", ::testing::Gt(0.0))));
    EXPECT_EQ(answer(ahead), answer(step_by_step));
}

TEST_F(WithHeadStarts, PixelsAreKeptOnlyForStepsThatWillLookAtThem) {
    add("M", "Mug", strips({red}));
    EXPECT_EQ(house.pictures->kept(sha256_hex(strips({red}))), nullptr);
    const JobId known = ask(strips({red}));
    EXPECT_EQ(job(known).state, JobState::Succeeded);
    EXPECT_EQ(house.pictures->kept(sha256_hex(strips({red}))), nullptr) << "nor decoded for a query without models";
    house.vision.before_label = [](int call) {
        if (call == 2) throw Error(ErrorCode::Unavailable, "The model is down.");
    };
    const JobId half_begun = ask(strips({green}));
    EXPECT_NE(house.pictures->kept(sha256_hex(strips({green}))), nullptr) << "its label step needs them";
    EXPECT_EQ(house.finish(half_begun), JobState::Succeeded);
}

TEST_F(WithHeadStarts, AKnownPhotoCallsNoModelAndItsQueryHasEndedWhenItIsAccepted) {
    add("R", "Red mug", strips({red}));
    const JobId first = ask(strips({red}));
    models_take(std::chrono::seconds(1)); // it is not asked, so it may be slow
    const int calls = house.vision.crop_calls + house.vision.label_calls;
    const JobId again = ask(strips({red}));
    EXPECT_EQ(job(again).state, JobState::Succeeded);
    EXPECT_EQ(answer(again), answer(first));
    const JobId other = *add("R2", "Another red mug", strips({red})).job;
    EXPECT_EQ(house.finish(other), JobState::Succeeded);
    EXPECT_EQ(house.vision.crop_calls + house.vision.label_calls, calls);
}

TEST_F(WithHeadStarts, ThereIsNoneForWhoDoesNotWait) {
    const JobId id = *house.add("M", "Mug", strips({red})).job;
    EXPECT_EQ(house.finish(id), JobState::Succeeded);
    EXPECT_EQ(ended_tasks(id).at(step_kind::label), 1);
}

TEST_F(WithHeadStarts, ThereIsNoneWhereAModelIsSlow) {
    models_take(ModelPace::quick_for(ModelPace::Question::Label));
    const JobId id = *add("M", "Mug", strips({red})).job;
    EXPECT_EQ(house.finish(id), JobState::Succeeded);
    EXPECT_EQ(ended_tasks(id).at(step_kind::label), 1);
    EXPECT_EQ(house.vision.crop_calls, 1);
}

TEST_F(WithHeadStarts, AModelThatBecomesSlowIsNotAskedForAllCropsInARow) {
    house.vision.strips = 4;
    house.vision.before_label = [](int call) {
        if (call == 2) std::this_thread::sleep_for(std::chrono::milliseconds(60));
    };
    const JobId id = *add("M", "Mug", strips({red})).job;
    EXPECT_EQ(house.finish(id), JobState::Succeeded);
    EXPECT_EQ(ended_tasks(id).at(step_kind::label), 2) << "of the last two crops";
    EXPECT_EQ(house.vision.label_calls, 4);
}

TEST_F(WithHeadStarts, ACropThatFailedIsLabelledByItsStepAndTheRestIsKept) {
    house.vision.strips = 3;
    house.vision.before_label = [](int call) {
        if (call == 3) throw Error(ErrorCode::Unavailable, "The model is down.");
    };
    const JobId id = *add("M", "Mug", strips({red, green, blue})).job;
    EXPECT_EQ(house.finish(id), JobState::Succeeded);
    EXPECT_EQ(ended_tasks(id).at(step_kind::label), 1);
    EXPECT_EQ(job(id).crops_done, 3);
    EXPECT_EQ(house.vision.crop_calls, 1);
    EXPECT_EQ(house.vision.label_calls, 4);
}

TEST_F(WithHeadStarts, ADetectorThatFailsIsAskedAgainByItsStep) {
    house.vision.before_crop = [](int call) {
        if (call == 1) throw Error(ErrorCode::Unavailable, "The model is down.");
    };
    const JobId id = *add("M", "Mug", strips({red})).job;
    EXPECT_EQ(house.finish(id), JobState::Succeeded);
    EXPECT_EQ(house.vision.crop_calls, 2);
}

TEST_F(WithHeadStarts, OneByModelsThatWereChangedMeanwhileIsWorthNothing) {
    house.vision.before_label = [this](int call) {
        if (call == 1) house.vision.version = 2;
    };
    const JobId id = *add("M", "Mug", strips({red})).job;
    EXPECT_EQ(house.finish(id), JobState::Succeeded);
    EXPECT_EQ(house.vision.crop_calls, 2);
    const auto crop = house.database->read([&](Transaction& tx) {
        const auto product = product_repository::find_by_external_id(tx, "M");
        return image_repository::find(tx, product_image_repository::primary_of(tx, product->product.id)->image_id);
    });
    EXPECT_EQ(crop->crop_model, "strips 2");
    EXPECT_EQ(crop->vector_model, "colour-vector 2");
}

TEST_F(WithHeadStarts, TheTimeThatItTookIsTheQuerys) {
    house.vision.before_label = [this](int) { house.clock.move(Milliseconds(700)); };
    const JobId id = ask(strips({red}));
    const auto metrics =
        house.database->read([&](Transaction& tx) { return query_result_repository::metrics_of(tx, id); });
    ASSERT_TRUE(metrics);
    EXPECT_GE(metrics->timings.total_ms, 700.0);
}

TEST_F(WithHeadStarts, ANewPhotosSearchRunsWhileItsQueryIsAccepted) {
    house.finish(*add("R", "Red mug", strips({red})).job);
    std::promise<void> being_accepted;
    before_search = [accepted = being_accepted.get_future().share()] {
        EXPECT_EQ(accepted.wait_for(std::chrono::seconds(20)), std::future_status::ready);
    };
    Intake intake = watched_intake([&](const NewJob&) { being_accepted.set_value(); });
    const JobId id = intake.submit_query(strips({red, green}), {.told_when_ended = true});
    EXPECT_EQ(house.finish(id), JobState::Succeeded);
    EXPECT_EQ(answer(id).front().first, "R");
}

TEST_F(WithHeadStarts, ASearchThatTakesLongIsNotAwaitedInTheTransaction) {
    house.finish(*add("R", "Red mug", strips({red})).job);
    std::promise<void> is_accepted;
    std::atomic<int> searches = 0;
    before_search = [&, accepted = is_accepted.get_future().share()] {
        if (++searches == 1) accepted.wait();
    };
    const std::string photo = strips({red, green});
    auto asked = std::async(std::launch::async, [&] { return ask(photo); });
    const auto has_job = [&] {
        return house.database->read([](Transaction& tx) { return job_repository::find(tx, JobId{3}).has_value(); });
    };
    while (!has_job()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    is_accepted.set_value();
    const JobId id = asked.get();
    EXPECT_EQ(house.finish(id), JobState::Succeeded);
    EXPECT_EQ(searches, 2) << "the step's, too";
    EXPECT_EQ(answer(id).front().first, "R");
}

TEST_F(WithHeadStarts, NobodysWritingWaitsForASlowSearch) {
    house.finish(*add("R", "Red mug", strips({red})).job);
    for (int i = 0; i < 100; ++i)
        house.pace->note(ModelPace::Question::Search, ModelPace::quick_for(ModelPace::Question::Search));
    std::atomic<bool> is_searched = false;
    before_search = [&] { is_searched = true; };
    Intake intake = watched_intake([&](const NewJob&) { EXPECT_TRUE(is_searched); });
    const JobId id = intake.submit_query(strips({red, green}), {.told_when_ended = true});
    EXPECT_EQ(answer(id).front().first, "R");
}

TEST_F(WithHeadStarts, ASearchThatFailsIsLeftToItsStep) {
    house.finish(*add("R", "Red mug", strips({red})).job);
    for (const std::string& photo : {strips({red, green}), strips({red, green})}) { // a new one, then a known one
        std::atomic<int> searches = 0;
        before_search = [&] {
            if (++searches == 1) throw Error(ErrorCode::Unavailable, "The store is away.");
        };
        const JobId id = ask(photo);
        EXPECT_EQ(house.finish(id), JobState::Succeeded);
        EXPECT_EQ(searches, 2);
        EXPECT_EQ(answer(id).front().first, "R");
    }
    EXPECT_EQ(house.vision.crop_calls, 2) << "what was found in the photo is kept";
}

TEST_F(WithHeadStarts, APicturesFileIsWrittenWhileItsJobIsAccepted) {
    std::promise<void> being_accepted;
    WatchedBlobs blobs(*house.blobs, [accepted = being_accepted.get_future().share()] {
        EXPECT_EQ(accepted.wait_for(std::chrono::seconds(20)), std::future_status::ready);
    });
    Intake intake = watched_intake([&](const NewJob&) { being_accepted.set_value(); }, &blobs);
    const JobId id = intake.submit_query(strips({red}), {.told_when_ended = true});
    EXPECT_EQ(job(id).state, JobState::Succeeded);
    EXPECT_TRUE(house.blobs->exists(sha256_hex(strips({red})))) << "before anybody hears of it";
}

TEST_F(WithHeadStarts, APictureWhoseFileCannotBeWrittenLeavesNothing) {
    std::atomic<bool> is_full = true;
    WatchedBlobs blobs(*house.blobs, [&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50)); // its job may be being accepted already
        if (is_full) throw Error(ErrorCode::Unavailable, "The disk is full.");
    });
    Intake intake = watched_intake([](const NewJob&) {}, &blobs);
    EXPECT_THROW(static_cast<void>(intake.submit_query(strips({red}), {.told_when_ended = true})), Error);
    EXPECT_THROW(intake.add_product({.external_id = "M", .name = "Mug", .description = "", .category = ""},
                                    strips({green}), {.is_awaited = true}),
                 Error);
    house.database->read([](Transaction& tx) {
        EXPECT_FALSE(image_repository::has_original(tx, sha256_hex(strips({red}))));
        EXPECT_FALSE(product_repository::find_by_external_id(tx, "M"));
        EXPECT_EQ(job_repository::find(tx, JobId{2}), std::nullopt) << "the first is the fixture's";
    });
    is_full = false;
    EXPECT_EQ(house.finish(intake.submit_query(strips({red}), {.told_when_ended = true})), JobState::Succeeded);
}

// A group of writes whose member throws is undone, and each of them runs once more.
TEST_F(WithHeadStarts, APictureWhoseFileCannotBeWrittenLeavesNothingThoughItsWriteRunsAgain) {
    std::promise<void> is_begun, may_end;
    house.database->submit(
        [&](Transaction&) {
            is_begun.set_value();
            may_end.get_future().wait();
        },
        [](const std::exception_ptr&) {});
    is_begun.get_future().wait(); // from now on writes queue, and become one group
    WatchedBlobs blobs(*house.blobs, [] { throw Error(ErrorCode::Unavailable, "The disk is full."); });
    std::atomic<int> accepted = 0;
    Intake intake = watched_intake([&](const NewJob&) { ++accepted; }, &blobs);
    auto refused = std::async(std::launch::async, [&] {
        EXPECT_THROW(static_cast<void>(intake.submit_query(strips({red}), {.told_when_ended = true})), Error);
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(300)); // its write waits: there is no event that tells of it
    house.database->submit([](Transaction&) {}, [](const std::exception_ptr&) {});
    may_end.set_value();
    refused.get();
    EXPECT_EQ(accepted, 2) << "in its group, then alone";
    house.database->read([](Transaction& tx) {
        EXPECT_FALSE(image_repository::has_original(tx, sha256_hex(strips({red}))));
        EXPECT_EQ(job_repository::find(tx, JobId{2}), std::nullopt) << "the first is the fixture's";
    });
}

TEST_F(WithHeadStarts, WhereItsEffectsAreRefusedTheJobIsAcceptedWithoutIt) {
    int refused = 0;
    Intake intake = watched_intake([&](const NewJob& job) {
        if (job.first.head_start.has_value() && ++refused > 0)
            throw Error(ErrorCode::Conflict, "A step's effects are refused.");
    });
    const auto added = intake.add_product({.external_id = "M", .name = "Mug", .description = "", .category = ""},
                                          strips({red}), {.is_awaited = true});
    EXPECT_EQ(house.finish(*added.job), JobState::Succeeded);
    EXPECT_EQ(refused, 1);
    const JobId query = intake.submit_query(strips({green}), {.told_when_ended = true});
    EXPECT_EQ(house.finish(query), JobState::Succeeded);
    EXPECT_EQ(refused, 2);
}

TEST_F(WithHeadStarts, APhotoThatIsRefusedIsStillRefused) {
    EXPECT_THROW(add("M", "Mug", strips({red}).substr(0, 60)), Error);
    EXPECT_EQ(house.vision.crop_calls, 0);
}

TEST_F(WithHeadStarts, AnotherRunOfAJobThatHadOneBeginsFromItsFirstTask) {
    house.vision.before_label = [](int) { throw Error(ErrorCode::BadInput, "The model refuses it."); };
    const JobId id = *add("M", "Mug", strips({red})).job;
    ASSERT_EQ(house.finish(id), JobState::Failed);
    house.vision.before_label = [](int) {};
    house.database->write([&](Transaction& tx) { house.queue->retry(tx, id, house.clock.now()); });
    house.workers->wake();
    EXPECT_EQ(house.finish(id), JobState::Succeeded);
    EXPECT_EQ(house.vision.crop_calls, 1);
}

} // namespace
} // namespace vitrine::testing
