// Head starts: what is done beside the writing of the job's rows, and what the job's transaction waits for.

#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "storage/image_repository.hpp"
#include "storage/product_repository.hpp"

#include "with_head_starts.hpp"

namespace vitrine::testing {
namespace {

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

TEST_F(WithHeadStarts, ASearchThatTakesLongIsNotAwaited) {
    house.search_wait_max = Milliseconds{20};
    house.restart();
    begin();
    house.finish(*add("R", "Red mug", strips({red})).job);
    std::promise<void> may_end;
    std::atomic<int> searches = 0;
    before_search = [&, ending = may_end.get_future().share()] {
        if (++searches > 1) return;
        EXPECT_EQ(ending.wait_for(std::chrono::seconds(20)), std::future_status::ready);
    };
    const JobId id = ask(strips({red, green}));
    EXPECT_EQ(house.finish(id), JobState::Succeeded);
    EXPECT_EQ(searches, 2) << "the step's, too";
    EXPECT_EQ(answer(id).front().first, "R");
    may_end.set_value();
}

TEST_F(WithHeadStarts, WhereAnotherPhotoIsBeingAcceptedThePhotosSearchComesFirst) {
    house.finish(*add("R", "Red mug", strips({red})).job);
    std::promise<void> is_writing, may_end;
    WatchedBlobs blobs(*house.blobs, [&, ending = may_end.get_future().share(), is_first = true]() mutable {
        if (!std::exchange(is_first, false)) return;
        is_writing.set_value();
        EXPECT_EQ(ending.wait_for(std::chrono::seconds(20)), std::future_status::ready);
    });
    std::atomic<int> searches = 0;
    before_search = [&] { ++searches; };
    Intake intake = watched_intake([&](const NewJob&) { EXPECT_EQ(searches, 1); }, &blobs);
    auto other = std::async(std::launch::async, [&] { return intake.submit_query(strips({blue}), {}); });
    is_writing.get_future().wait();
    const JobId id = intake.submit_query(strips({red, green}), {.told_when_ended = true});
    EXPECT_EQ(job(id).state, JobState::Succeeded);
    may_end.set_value();
    EXPECT_EQ(house.finish(other.get()), JobState::Succeeded);
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

TEST_F(WithHeadStarts, AFileThatGoesToAnotherMachineIsWrittenBeforeItsJobIsAccepted) {
    std::atomic<bool> is_written = false;
    const auto write_slowly = [&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50)); // its job would be being accepted already
        is_written = true;
    };
    WatchedBlobs blobs(*house.blobs, write_slowly, false);
    Intake intake = watched_intake([&](const NewJob&) { EXPECT_TRUE(is_written); }, &blobs);
    const JobId id = intake.submit_query(strips({red}), {.told_when_ended = true});
    EXPECT_EQ(job(id).state, JobState::Succeeded);
}

TEST_F(WithHeadStarts, AKnownPhotoWhoseFileIsGoneOrCutShortIsStoredAgain) {
    const std::string photo = strips({red});
    const std::string sha256 = sha256_hex(photo);
    const auto file = house.folder.path() / "images" / sha256.substr(0, 2) / sha256;
    ask(photo);
    std::filesystem::remove(file);
    EXPECT_EQ(house.finish(ask(photo)), JobState::Succeeded);
    EXPECT_EQ(house.blobs->get(sha256), photo);
    std::filesystem::resize_file(file, photo.size() / 2);
    EXPECT_EQ(house.finish(ask(photo)), JobState::Succeeded);
    EXPECT_EQ(house.blobs->get(sha256), photo);
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

} // namespace
} // namespace vitrine::testing
