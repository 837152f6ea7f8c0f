// Head starts: work on an awaited job that is done before the job is accepted, and what becomes of it.

#include <fstream>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "storage/image_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"

#include "with_head_starts.hpp"

namespace vitrine::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

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

TEST_F(WithHeadStarts, AKnownPictureIsDecodedNeitherToBeIndexedAgainNorForAQueryThatNobodyAwaits) {
    const std::string photo = strips({red, green});
    add("M", "Mug", photo);
    const JobId indexed = *house.add("M2", "Another mug", photo).job;
    const JobId asked = house.intake->submit_query(photo, {});
    EXPECT_EQ(house.pictures->kept(sha256_hex(photo)), nullptr);
    EXPECT_EQ(house.finish(indexed), JobState::Succeeded);
    EXPECT_EQ(house.finish(asked), JobState::Succeeded);
    EXPECT_EQ(house.pictures->kept(sha256_hex(photo)), nullptr) << "nor by a step";
    house.vision.version = 2;
    const JobId anew = *house.add("M3", "A third mug", photo).job;
    EXPECT_NE(house.pictures->kept(sha256_hex(photo)), nullptr) << "its steps need them: the models are others";
    EXPECT_EQ(house.finish(anew), JobState::Succeeded);
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

TEST_F(WithHeadStarts, AKnownPhotoThatAnotherDetectorCutIsCutAnewFromTheBytesAtHand) {
    const std::string photo = strips({red});
    const JobId first = ask(photo);
    ASSERT_EQ(job(first).state, JobState::Succeeded);
    house.vision.version = 2;
    const std::string sha256 = sha256_hex(photo);
    std::ofstream(house.folder.path() / "images" / sha256.substr(0, 2) / sha256) << std::string(photo.size(), '?');
    const JobId again = ask(photo);
    EXPECT_EQ(house.finish(again), JobState::Succeeded) << "whatever has become of the file";
    EXPECT_EQ(house.vision.crop_calls, 2);
}

TEST_F(WithHeadStarts, AKnownPhotoBeyondLimitsThatAreNarrowerNowIsRefused) {
    ask(strips({red}));
    Intake intake = watched_intake([](const NewJob&) {}, nullptr, {.pixels_max = 100});
    EXPECT_THROW(static_cast<void>(intake.submit_query(strips({red}), {.told_when_ended = true})), Error);
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
