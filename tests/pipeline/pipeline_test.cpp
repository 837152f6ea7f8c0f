#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "storage/image_repository.hpp"
#include "storage/indexing_result_repository.hpp"
#include "storage/job_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/query_result_repository.hpp"
#include "storage/task_repository.hpp"
#include "storage/test_database.hpp"

#include "pipeline_house.hpp"

namespace vitrine::testing {
namespace {

class Pipeline : public ::testing::Test {
protected:
    Job job(JobId id) {
        return *house.database->read([&](Transaction& tx) { return job_repository::find(tx, id); });
    }

    std::optional<ProductImage> primary_of(const std::string& external_id) {
        return house.database->read([&](Transaction& tx) {
            const auto product = product_repository::find_by_external_id(tx, external_id);
            return product ? product_image_repository::primary_of(tx, product->product.id) : std::nullopt;
        });
    }

    Image image(ImageId id) {
        return *house.database->read([&](Transaction& tx) { return image_repository::find(tx, id); });
    }

    std::vector<QueryResult> results(JobId id) {
        return house.database->read([&](Transaction& tx) { return query_result_repository::results_of(tx, id); });
    }

    std::int64_t links() {
        return house.database->read([](Transaction& tx) { return product_image_repository::count(tx); });
    }

    std::int64_t vectors() { return house.vectors->count(house.vision.versions().vector); }

    PipelineHouse house;
};

TEST_F(Pipeline, TheCropThatFitsTheNameBecomesThePrimary) {
    house.vision.strips = 3;
    ASSERT_EQ(house.index("M1", "Blue mug", strips({red, green, blue})), JobState::Succeeded);
    const auto primary = primary_of("M1");
    ASSERT_TRUE(primary);
    EXPECT_EQ(image(primary->image_id).label->colors.front(), "blue");
    EXPECT_EQ(image(primary->image_id).box, (Box{80, 0, 40, 80}));
}

TEST_F(Pipeline, TheResultTellsWhyTheCropWon) {
    house.vision.strips = 3;
    const auto added = house.add("M1", "Blue mug", strips({red, green, blue}));
    house.finish(*added.job);
    const auto result =
        house.database->read([&](Transaction& tx) { return indexing_result_repository::find(tx, *added.job); });
    ASSERT_TRUE(result);
    EXPECT_EQ(result->image_id, primary_of("M1")->image_id);
    ASSERT_EQ(result->runners_up.size(), 2U);
    EXPECT_GT(result->score, result->runners_up.front().score);
    EXPECT_EQ(result->note, "");
}

TEST_F(Pipeline, AQueryFindsTheProductInEachOfItsCrops) {
    ASSERT_EQ(house.index("R", "Red mug", strips({red})), JobState::Succeeded);
    ASSERT_EQ(house.index("G", "Green mug", strips({green})), JobState::Succeeded);
    ASSERT_EQ(house.index("B", "Blue mug", strips({blue})), JobState::Succeeded);
    house.vision.strips = 2;
    const JobId query = house.query(strips({blue, red}), {.top = 2, .category = ""});
    EXPECT_EQ(job(query).state, JobState::Succeeded);
    const auto found = results(query);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ((std::set<std::string>{found[0].product_id, found[1].product_id}), (std::set<std::string>{"B", "R"}));
    for (const QueryResult& hit : found) {
        EXPECT_EQ(hit.box.x, hit.product_id == "B" ? 0 : 60);
        EXPECT_EQ(hit.matched_image_id, primary_of(hit.product_id)->image_id);
        EXPECT_LT(hit.evidence.distance, 0.01);
        EXPECT_FALSE(hit.reasons.empty());
    }
}

TEST_F(Pipeline, AQueryKeepsItsMetrics) {
    ASSERT_EQ(house.index("R", "Red mug", strips({red})), JobState::Succeeded);
    const JobId query = house.query(strips({red}));
    const auto metrics =
        house.database->read([&](Transaction& tx) { return query_result_repository::metrics_of(tx, query); });
    ASSERT_TRUE(metrics);
    EXPECT_EQ(metrics->crops, 1);
    EXPECT_EQ(metrics->products, 1);
    EXPECT_GT(metrics->best_score, 0.0);
    EXPECT_EQ(metrics->labels, std::vector<std::string>{"red"});
}

TEST_F(Pipeline, AQueryIsRestrictedToItsCategory) {
    for (const std::string category : {"Mugs", "Bowls"}) {
        const auto added = house.intake->add_product(
            {.external_id = category, .name = category, .description = "", .category = category}, strips({red}));
        ASSERT_EQ(house.finish(*added.job), JobState::Succeeded);
    }
    const auto found = results(house.query(strips({red}), {.top = 10, .category = "Bowls"}));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().product_id, "Bowls");
}

TEST_F(Pipeline, ReindexingUnchangedImageCallsNoModel) {
    house.vision.strips = 2;
    ASSERT_EQ(house.index("M1", "Red mug", strips({red, blue})), JobState::Succeeded);
    const int crops = house.vision.crop_calls;
    const int labels = house.vision.label_calls;
    EXPECT_TRUE(house.add("M1", "Red mug", strips({red, blue})).unchanged);
    // another name needs another choice among the same crops
    ASSERT_EQ(house.index("M1", "Blue mug", strips({red, blue})), JobState::Succeeded);
    EXPECT_EQ(image(primary_of("M1")->image_id).label->colors.front(), "blue");
    // the same bytes under another product, and as a query
    ASSERT_EQ(house.index("M2", "Red mug", strips({red, blue})), JobState::Succeeded);
    house.query(strips({red, blue}));
    EXPECT_EQ(house.vision.crop_calls, crops);
    EXPECT_EQ(house.vision.label_calls, labels);
}

TEST_F(Pipeline, APhotoThatWasProcessedBeforeNeedsNoLabelTasks) {
    house.vision.strips = 3;
    house.query(strips({red, green, blue}));
    const JobId again = house.query(strips({red, green, blue}));
    EXPECT_EQ(job(again).crops_total, 3);
    EXPECT_EQ(job(again).crops_done, 3);
    const auto tasks = house.database->read([&](Transaction& tx) { return task_repository::tasks_of(tx, again); });
    EXPECT_EQ(std::ranges::count(tasks, "label", &Task::kind), 0);
}

TEST_F(Pipeline, APhotoWhosePixelsAreRefusedLeavesNoFile) {
    const std::string whole = strips({red, blue});
    int refused = 0;
    for (std::size_t length = 1; length < whole.size(); ++length) {
        const std::string cut = whole.substr(0, length);
        try {
            static_cast<void>(read_header(cut, {}));
        } catch (const Error&) {
            continue; // refused before anything is stored
        }
        try {
            house.intake->submit_query(cut, {});
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::BadInput);
            EXPECT_FALSE(house.blobs->exists(sha256_hex(cut))) << length;
            ++refused;
        }
    }
    EXPECT_GT(refused, 0);
}

TEST_F(Pipeline, ARefusedPhotoWhoseBytesARowNeedsKeepsItsFile) {
    const std::string whole = strips({red, blue});
    std::size_t length = 1; // of the shortest beginning that has a header
    const auto has_header = [&] {
        try {
            static_cast<void>(read_header(whole.substr(0, length), {}));
            return true;
        } catch (const Error&) {
            return false;
        }
    };
    while (!has_header()) ++length;
    const std::string cut = whole.substr(0, length);
    const std::string sha256 = sha256_hex(cut);
    house.blobs->put(sha256, cut);
    house.database->write([&](Transaction& tx) { // as an earlier version, with another decoder, accepted it
        image_repository::find_or_add_original(
            tx, {.sha256 = sha256, .media_type = "image/jpeg", .bytes = 1, .width = 2, .height = 1}, house.clock.now());
    });
    EXPECT_THROW(house.intake->submit_query(cut, {}), Error);
    EXPECT_TRUE(house.blobs->exists(sha256));
}

TEST_F(Pipeline, ALargePhotoThatWasGlancedAtIsDecodedWholeByItsJob) {
    const auto photo = encode_jpeg(Picture{2'400, 1'800, std::vector<std::uint8_t>(2'400 * 1'800 * 3, 90)});
    const JobId job = house.intake->submit_query(photo, {.decode_at_once = false});
    EXPECT_EQ(house.finish(job), JobState::Succeeded);
    const auto kept = house.pictures->kept(sha256_hex(photo));
    ASSERT_NE(kept, nullptr);
    EXPECT_EQ(kept->picture.width, 2'400) << "the glance is not what its crops are cut from";
}

TEST_F(Pipeline, AnAnswerIsTheSameWhetherItsMatchesWereKeptOrRead) {
    ASSERT_EQ(house.index("M1", "Red mug", strips({red})), JobState::Succeeded);
    ASSERT_EQ(house.index("M2", "Blue mug", strips({blue})), JobState::Succeeded);
    const JobId query = house.query(strips({red, blue}));
    const auto kept = results(query);
    house.database->write([&](Transaction& tx) {
        const auto found = query_result_repository::crops_of(tx, query);
        query_result_repository::save_crops(tx, query, found, true);
    });
    const auto read =
        house.database->read([&](Transaction& tx) { return query_result_repository::crops_of(tx, query); });
    const auto ranked = aggregate_by_product(read);
    ASSERT_EQ(ranked.size(), kept.size());
    for (std::size_t i = 0; i < ranked.size(); ++i) {
        EXPECT_EQ(ranked[i].product_id, kept[i].product_id);
        EXPECT_EQ(ranked[i].score, kept[i].score);
        EXPECT_EQ(read[ranked[i].crop].matches[ranked[i].match].reasons, kept[i].reasons);
    }
}

TEST_F(Pipeline, ANewModelVersionIsAskedAgain) {
    ASSERT_EQ(house.index("M1", "Red mug", strips({red})), JobState::Succeeded);
    house.vision.version = 2;
    ASSERT_EQ(house.index("M1", "Red mug", strips({red})), JobState::Succeeded);
    EXPECT_EQ(house.vision.label_calls, 2);
    EXPECT_EQ(image(primary_of("M1")->image_id).vector_model, "colour-vector 2");
}

TEST_F(Pipeline, IndexingAProductAnewReplacesItsPrimaryAndItsVector) {
    ASSERT_EQ(house.index("M1", "Mug", strips({red})), JobState::Succeeded);
    const auto before = primary_of("M1");
    ASSERT_EQ(house.index("M1", "Mug", strips({blue})), JobState::Succeeded);
    const auto after = primary_of("M1");
    EXPECT_NE(after->image_id, before->image_id);
    EXPECT_EQ(links(), 1);
    EXPECT_EQ(vectors(), 1);
    EXPECT_LT(results(house.query(strips({blue}))).front().evidence.distance, 0.01);
    EXPECT_GT(results(house.query(strips({red}))).front().evidence.distance, 0.2);
}

TEST_F(Pipeline, OneFailedCropMakesThePartialSuccessAndTheRestGoOn) {
    house.vision.strips = 3;
    house.vision.before_label = [](int call) {
        if (call == 2) throw Error(ErrorCode::BadInput, "The model refuses this crop.");
    };
    const auto added = house.add("M1", "Mug", strips({red, green, blue}));
    EXPECT_EQ(house.finish(*added.job), JobState::PartiallySucceeded);
    const Job ended = job(*added.job);
    EXPECT_EQ(ended.crops_total, 3);
    EXPECT_EQ(ended.crops_done, 2);
    EXPECT_EQ(ended.crops_failed, 1);
    ASSERT_EQ(ended.errors.size(), 1U);
    EXPECT_NE(ended.errors.front().find("refuses this crop"), std::string::npos);
    EXPECT_TRUE(primary_of("M1"));
}

TEST(PipelineLimits, NoMoreCropsOfAPictureAreLabelledAtOneTimeThanWasAskedFor) {
    PipelineHouse house(4, 1);
    std::atomic<int> running = 0, most = 0;
    house.vision.strips = 4;
    house.vision.before_label = [&](int) {
        most = std::max(most.load(), ++running);
        std::this_thread::sleep_for(std::chrono::milliseconds(5)); // long enough for another to begin, if one could
        --running;
    };
    EXPECT_EQ(house.index("M1", "Mug", strips({red, green, blue, red})), JobState::Succeeded);
    EXPECT_EQ(house.vision.label_calls, 4);
    EXPECT_EQ(most, 1);
}

TEST_F(Pipeline, ATransientFailureIsTriedAgain) {
    house.vision.before_label = [](int call) {
        if (call <= 2) throw Error(ErrorCode::Unavailable, "The model is down.");
    };
    EXPECT_EQ(house.index("M1", "Mug", strips({red})), JobState::Succeeded);
    EXPECT_EQ(house.vision.label_calls, 3);
}

TEST_F(Pipeline, WhenNoCropCanBeLabelledTheJobFailsAndARetryFinishesItWithoutCuttingAgain) {
    bool broken = true;
    house.vision.before_label = [&broken](int) {
        if (broken) throw Error(ErrorCode::BadInput, "The model refuses this crop.");
    };
    const auto added = house.add("M1", "Mug", strips({red}));
    EXPECT_EQ(house.finish(*added.job), JobState::Failed);
    EXPECT_FALSE(primary_of("M1"));
    EXPECT_FALSE(job(*added.job).errors.empty());
    broken = false;
    house.database->write([&](Transaction& tx) { house.queue->retry(tx, *added.job, house.clock.now()); });
    house.workers->wake();
    EXPECT_EQ(house.finish(*added.job), JobState::Succeeded);
    EXPECT_EQ(house.vision.crop_calls, 1);
    EXPECT_EQ(job(*added.job).attempts, 2);
}

TEST_F(Pipeline, AVectorThatIsNotFiniteIsNeverStored) {
    class Broken final : public VisionEngine {
    public:
        [[nodiscard]] ModelVersions versions() const override { return {"c 1", "l 1", "v 1", 2}; }
        [[nodiscard]] Detections crop(const Picture&) override { return {.found = {}, .version = "c 1"}; }
        [[nodiscard]] Labelled label(const Picture&) override {
            return {
                .label = {}, .label_version = "l 1", .vector = {NAN, 1.0F}, .vector_version = "v 1", .features = {}};
        }
        [[nodiscard]] std::vector<double> match(const std::string&, const std::vector<std::string>&) override {
            return {};
        }
    } broken;
    const PipelineParts parts{.database = *house.database,
                              .queue = *house.queue,
                              .vectors = *house.vectors,
                              .vision = broken,
                              .pictures = *house.pictures,
                              .candidates = *house.candidates,
                              .clock = house.clock,
                              .pace = *house.pace,
                              .options = {}};
    const auto added = house.add("M1", "Mug", strips({red}));
    house.finish(*added.job);
    const auto steps = make_pipeline_steps(parts);
    const auto label =
        std::find_if(steps.begin(), steps.end(), [](const auto& step) { return step->kind() == "label"; });
    Task task;
    task.subject = std::to_string(primary_of("M1")->image_id.value);
    EXPECT_THROW(static_cast<void>((*label)->compute(task, {})), Error);
}

TEST_F(Pipeline, AProductDeletedMeanwhileEndsItsJobWithThatReason) {
    house.vision.before_label = [this](int) {
        house.database->write([](Transaction& tx) {
            product_repository::remove(tx, product_repository::find_by_external_id(tx, "M1")->product.id);
        });
    };
    const auto added = house.add("M1", "Mug", strips({red}));
    EXPECT_EQ(house.finish(*added.job), JobState::Failed);
    EXPECT_NE(job(*added.job).errors.back().find("deleted"), std::string::npos);
    EXPECT_EQ(links(), 0);
    EXPECT_EQ(vectors(), 0);
}

TEST_F(Pipeline, TheLaterAcceptedJobWinsInWhateverOrderTheyEnd) {
    std::promise<void> earlier_began;
    std::promise<void> later_ended;
    std::shared_future<void> wait_for_later = later_ended.get_future().share();
    house.vision.before_label = [&](int call) {
        if (call != 1) return;
        earlier_began.set_value();
        wait_for_later.wait();
    };
    const auto earlier = house.add("M1", "Mug", strips({red}));
    earlier_began.get_future().wait();
    const auto later = house.add("M1", "Mug", strips({blue}));
    EXPECT_EQ(house.finish(*later.job), JobState::Succeeded);
    later_ended.set_value();
    EXPECT_EQ(house.finish(*earlier.job), JobState::Succeeded);
    EXPECT_EQ(image(primary_of("M1")->image_id).label->colors.front(), "blue");
    const auto result =
        house.database->read([&](Transaction& tx) { return indexing_result_repository::find(tx, *earlier.job); });
    EXPECT_FALSE(result->product_image_id);
    EXPECT_NE(result->note.find("accepted later"), std::string::npos);
}

TEST_F(Pipeline, APersonsChoiceOfPrimaryIsKept) {
    ASSERT_EQ(house.index("M1", "Mug", strips({red})), JobState::Succeeded);
    const auto chosen = primary_of("M1");
    house.database->write([&](Transaction& tx) {
        product_image_repository::replace_primary(tx,
                                                  {.product_id = chosen->product_id,
                                                   .image_id = chosen->image_id,
                                                   .job_id = chosen->job_id,
                                                   .chosen_by = ChosenBy::Person},
                                                  house.clock.now());
    });
    ASSERT_EQ(house.index("M1", "Mug", strips({blue})), JobState::Succeeded);
    EXPECT_EQ(primary_of("M1")->image_id, chosen->image_id);
}

TEST_F(Pipeline, ABarcodeFindsItsProductWhateverTheVectorSays) {
    const auto added = house.add("M1", "Mug", strips({red}), R"({"gtin":"4006381333931"})");
    ASSERT_EQ(house.finish(*added.job), JobState::Succeeded);
    const auto links = house.candidates->find_by_barcodes(std::vector<std::string>{"4006381333931"});
    ASSERT_EQ(links.size(), 1U);
    EXPECT_EQ(links.front(), primary_of("M1")->id);
}

TEST_F(Pipeline, ABadPictureChangesNothing) {
    EXPECT_THROW(house.add("M1", "Mug", "<html>not a picture</html>"), Error);
    EXPECT_THROW(house.add("M1", "Mug", ""), Error);
    EXPECT_THROW(house.intake->submit_query("GIF89a", {}), Error);
    EXPECT_FALSE(
        house.database->read([](Transaction& tx) { return product_repository::find_by_external_id(tx, "M1"); }));
    EXPECT_EQ(house.database->read([](Transaction& tx) { return image_repository::count(tx); }), 0);
    int files = 0;
    house.blobs->list([&files](const std::string&, std::uint64_t) { return ++files > 0; });
    EXPECT_EQ(files, 0);
}

TEST_F(Pipeline, WorkLeftByAnEarlierProcessGoesOn) {
    house.workers.reset(); // accepted, but nobody works
    const auto added = house.add("M1", "Mug", strips({red}));
    house.restart();
    EXPECT_EQ(house.finish(*added.job), JobState::Succeeded);
    EXPECT_EQ(vectors(), 1);
}

TEST_F(Pipeline, AnImageStoreThatIsDownForLongCostsNoAttempt) {
    house.workers.reset();
    const auto added = house.add("M1", "Mug", strips({red}));
    house.blob_failures = 40; // of three attempts
    house.restart();          // and nothing decoded is kept
    EXPECT_EQ(house.finish(*added.job), JobState::Succeeded);
    EXPECT_LE(house.blob_failures, 0);
    EXPECT_EQ(vectors(), 1);
}

TEST_F(Pipeline, TheSameRowHandedInTwiceWhileItRunsIsOneJob) {
    house.workers.reset();
    const auto first = house.add("M1", "Mug", strips({red}));
    const auto second = house.add("M1", "Mug", strips({red}));
    EXPECT_EQ(first.job, second.job);
}

TEST_F(Pipeline, AnEmptyCatalogueAnswersNothingAndDoesNotFail) {
    const JobId query = house.query(strips({red}));
    EXPECT_EQ(job(query).state, JobState::Succeeded);
    EXPECT_TRUE(results(query).empty());
}

} // namespace
} // namespace vitrine::testing
