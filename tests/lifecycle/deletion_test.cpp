// What goes when a product is deleted or a query erased, what stays, and what a death in between leaves.

#include <chrono>
#include <future>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/content_hash.hpp"
#include "pipeline/pipeline_house.hpp"
#include "storage/blob_removal_repository.hpp"
#include "storage/image_reference_repository.hpp"
#include "storage/image_repository.hpp"
#include "storage/job_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/query_result_repository.hpp"

namespace vitrine::testing {
namespace {

class DeletionTest : public ::testing::Test {
protected:
    std::int64_t images() {
        return house.database->read([](Transaction& tx) { return image_repository::count(tx); });
    }
    std::int64_t vectors() { return house.vectors->count(house.vision.versions().vector); }
    bool is_stored(const std::string& bytes) { return house.blobs->exists(sha256_hex(bytes)); }
    bool has_row(const std::string& bytes) {
        return house.database->read(
            [&](Transaction& tx) { return image_repository::has_original(tx, sha256_hex(bytes)); });
    }
    std::optional<Job> job(JobId id) {
        return house.database->read([&](Transaction& tx) { return job_repository::find(tx, id); });
    }
    std::optional<QueryMetrics> metrics(JobId id) {
        return house.database->read([&](Transaction& tx) { return query_result_repository::metrics_of(tx, id); });
    }
    ImageId image_of(JobId id) {
        return *house.database->read([&](Transaction& tx) { return image_reference_repository::image_of(tx, id); });
    }

    PipelineHouse house;
    const std::string photo = strips({red, green});
    const std::string other = strips({blue, green});
};

TEST_F(DeletionTest, ADeletedProductLeavesNoLinkNoVectorNoImageAndNoFile) {
    house.vision.strips = 2;
    ASSERT_EQ(house.index("P1", "red thing", photo), JobState::Succeeded);
    ASSERT_TRUE(is_stored(photo));
    EXPECT_TRUE(house.deletion->remove_product("P1"));
    EXPECT_EQ(images(), 0);
    EXPECT_EQ(vectors(), 0);
    EXPECT_FALSE(is_stored(photo));
    EXPECT_FALSE(house.deletion->remove_product("P1"));
}

TEST_F(DeletionTest, APictureThatTwoProductsHaveGoesWithTheSecond) {
    ASSERT_EQ(house.index("P1", "red thing", photo), JobState::Succeeded);
    ASSERT_EQ(house.index("P2", "red thing too", photo), JobState::Succeeded);
    house.deletion->remove_product("P1");
    EXPECT_TRUE(is_stored(photo));
    EXPECT_TRUE(has_row(photo));
    EXPECT_EQ(vectors(), 1);
    house.deletion->remove_product("P2");
    EXPECT_FALSE(is_stored(photo));
    EXPECT_EQ(images(), 0);
}

TEST_F(DeletionTest, ADeletedProductsPictureStaysWhileAQueryHasIt) {
    ASSERT_EQ(house.index("P1", "red thing", photo), JobState::Succeeded);
    const JobId query = house.query(photo);
    house.deletion->remove_product("P1");
    EXPECT_TRUE(is_stored(photo));
    EXPECT_TRUE(has_row(photo));
    EXPECT_TRUE(house.deletion->erase_query(query));
    EXPECT_FALSE(is_stored(photo));
    EXPECT_EQ(images(), 0);
}

TEST_F(DeletionTest, AnErasedQueryLeavesItsMetricsAlone) {
    ASSERT_EQ(house.index("P1", "red thing", photo), JobState::Succeeded);
    const auto before = images();
    const JobId query = house.query(other);
    ASSERT_TRUE(metrics(query).has_value());
    EXPECT_TRUE(house.deletion->erase_query(query));
    EXPECT_FALSE(job(query).has_value());
    EXPECT_FALSE(is_stored(other));
    EXPECT_EQ(images(), before);
    EXPECT_EQ(house.pictures->kept(sha256_hex(other)), nullptr) << "its pixels are still in memory";
    EXPECT_TRUE(house.database->read([&](Transaction& tx) {
        return query_result_repository::results_of(tx, query).empty() &&
               query_result_repository::crops_of(tx, query).empty();
    }));
    EXPECT_TRUE(metrics(query).has_value());
    EXPECT_FALSE(house.deletion->erase_query(query));
}

TEST_F(DeletionTest, AnErasedQueryWithAProductsPhotoLeavesThePicture) {
    ASSERT_EQ(house.index("P1", "red thing", photo), JobState::Succeeded);
    EXPECT_TRUE(house.deletion->erase_query(house.query(photo)));
    EXPECT_TRUE(is_stored(photo));
    const auto results = house.database->read(
        [&, id = house.query(photo)](Transaction& tx) { return query_result_repository::results_of(tx, id); });
    ASSERT_FALSE(results.empty());
    EXPECT_EQ(results.front().product_id, "P1");
}

TEST_F(DeletionTest, AnIndexingJobIsNoQueryToBeErased) {
    const auto added = house.add("P1", "red thing", photo);
    house.finish(*added.job);
    EXPECT_FALSE(house.deletion->erase_query(*added.job));
    EXPECT_TRUE(job(*added.job).has_value());
}

TEST_F(DeletionTest, AQueryThatIsErasedWhileItRunsIsGoneAndItsPhotoToo) {
    std::promise<void> inside, go_on;
    house.vision.before_label = [&](int call) {
        if (call > 1) return;
        inside.set_value();
        go_on.get_future().wait();
    };
    const JobId query = house.intake->submit_query(photo, {});
    inside.get_future().wait();
    EXPECT_TRUE(house.deletion->erase_query(query));
    go_on.set_value();
    EXPECT_FALSE(job(query).has_value());
    EXPECT_FALSE(is_stored(photo));
    EXPECT_EQ(images(), 0);
    ASSERT_EQ(house.index("P1", "red thing", other), JobState::Succeeded) << "the workers are well";
    EXPECT_EQ(images(), 2);
}

TEST_F(DeletionTest, AFileWhoseRemovalADeathPreventedGoesAtTheNextLook) {
    ASSERT_EQ(house.index("P1", "red thing", photo), JobState::Succeeded);
    house.database->write([&](Transaction& tx) {
        // as far as a process comes that dies after its commit
        const auto stored = product_repository::find_by_external_id(tx, "P1");
        house.vectors->remove(tx, product_image_repository::primary_of(tx, stored->product.id)->id);
        const ImageId original = *stored->image_id;
        product_repository::remove(tx, stored->product.id);
        image_reference_repository::release(tx, original, house.clock.now());
    });
    EXPECT_TRUE(is_stored(photo));
    house.restart();
    house.keeper->tidy();
    EXPECT_FALSE(is_stored(photo));
    EXPECT_EQ(images(), 0);
}

TEST_F(DeletionTest, BytesThatComeBackAfterTheirRemovalAreStoredAgain) {
    ASSERT_EQ(house.index("P1", "red thing", photo), JobState::Succeeded);
    house.deletion->remove_product("P1");
    ASSERT_FALSE(is_stored(photo));
    ASSERT_EQ(house.index("P1", "red thing", photo), JobState::Succeeded);
    EXPECT_TRUE(is_stored(photo));
    house.keeper->tidy();
    EXPECT_TRUE(is_stored(photo));
}

TEST_F(DeletionTest, BytesAcceptedWhileTheirFileIsBeingRemovedAreStoredAfterThat) {
    ASSERT_EQ(house.index("P1", "red thing", photo), JobState::Succeeded);
    const std::string sha256 = sha256_hex(photo);
    // The rows are gone, and the file not yet.
    house.database->write([&](Transaction& tx) {
        const auto stored = product_repository::find_by_external_id(tx, "P1");
        house.vectors->remove(tx, product_image_repository::primary_of(tx, stored->product.id)->id);
        product_repository::remove(tx, stored->product.id);
        image_repository::remove(tx, *stored->image_id);
        blob_removal_repository::ask(tx, sha256, 1, house.clock.now());
    });
    auto accepted = std::async(std::launch::async, [&] { return house.add("P2", "red thing", photo); });
    house.files->remove_all();
    ASSERT_EQ(house.finish(*accepted.get().job), JobState::Succeeded);
    house.files->remove_all();
    EXPECT_TRUE(is_stored(photo));
}

TEST_F(DeletionTest, BytesWhoseRemovalNeverEndsAreRefusedWithASentence) {
    house.database->write(
        [&](Transaction& tx) { blob_removal_repository::ask(tx, sha256_hex(photo), 1, house.clock.now()); });
    try {
        house.intake->submit_query(photo, {});
        FAIL() << "it was accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Unavailable);
        EXPECT_THAT(error.what(), ::testing::HasSubstr("being removed"));
    }
    EXPECT_FALSE(has_row(photo));
}

TEST_F(DeletionTest, ManyWhoAcceptAndRemoveTheSameBytesNeverLoseAFileThatIsReferredTo) {
    std::vector<std::jthread> people;
    for (int person = 0; person < 4; ++person) {
        people.emplace_back([&, person] {
            for (int i = 0; i < 25; ++i) {
                const std::string id = fmt::format("P{}", person);
                try {
                    if (const auto added = house.add(id, "red thing", photo); added.job) house.finish(*added.job);
                } catch (const Error& error) {
                    EXPECT_TRUE(error.retryable()) << error.what();
                }
                if (i % 3 != 0) house.deletion->remove_product(id);
            }
        });
    }
    people.clear();
    house.keeper->tidy();
    EXPECT_EQ(is_stored(photo), has_row(photo));
    EXPECT_TRUE(has_row(photo));
}

// Outcome 3: a product indexed anew.

TEST_F(DeletionTest, AReplacedPictureGoesWithItsCropsVectorsAndFile) {
    house.vision.strips = 2;
    ASSERT_EQ(house.index("P1", "red thing", photo), JobState::Succeeded);
    ASSERT_EQ(house.index("P1", "red thing", other), JobState::Succeeded);
    house.keeper->tidy();
    EXPECT_FALSE(is_stored(photo));
    EXPECT_TRUE(is_stored(other));
    EXPECT_EQ(images(), 3);
    EXPECT_EQ(vectors(), 1);
}

TEST_F(DeletionTest, AReplacedPictureThatAQueryShowsStays) {
    ASSERT_EQ(house.index("P1", "red thing", photo), JobState::Succeeded);
    house.query(photo);
    ASSERT_EQ(house.index("P1", "red thing", other), JobState::Succeeded);
    house.keeper->tidy();
    EXPECT_TRUE(is_stored(photo));
}

TEST_F(DeletionTest, ThePictureOfAJobThatALaterOneOvertookGoesWhenThatJobHasEnded) {
    std::promise<void> inside, go_on;
    auto released = go_on.get_future().share();
    house.vision.before_label = [&, first = true](int) mutable {
        if (!std::exchange(first, false)) return;
        inside.set_value();
        released.wait();
    };
    const auto earlier = house.add("P1", "red thing", photo);
    inside.get_future().wait();
    const auto later = house.add("P1", "red thing", other);
    ASSERT_EQ(house.finish(*later.job), JobState::Succeeded);
    house.keeper->tidy();
    EXPECT_TRUE(is_stored(photo)) << "a job still works on it";
    go_on.set_value();
    house.finish(*earlier.job);
    house.clock.move(std::chrono::minutes(1));
    house.keeper->tidy();
    EXPECT_FALSE(is_stored(photo));
    EXPECT_TRUE(is_stored(other));
    EXPECT_EQ(images(), 2);
    EXPECT_EQ(vectors(), 1);
}

TEST_F(DeletionTest, CropsThatAnEarlierDetectorFoundGoWhenTheProductIsIndexedAnew) {
    house.vision.strips = 2;
    const std::string three = strips({red, green, blue}); // every crop of it is as sharp as the others
    ASSERT_EQ(house.index("P1", "red thing", three), JobState::Succeeded);
    house.vision.version = 2;
    house.vision.strips = 3;
    ASSERT_EQ(house.index("P1", "red thing", three), JobState::Succeeded);
    house.keeper->tidy();
    EXPECT_EQ(images(), 4);
}

} // namespace
} // namespace vitrine::testing
