// A change of models: estimate, filling beside live traffic, the atomic switch, the way back, dropping the old one. Two
// scripted engines whose vectors differ stand for two models.

#include <algorithm>
#include <atomic>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lifecycle/model_change.hpp"
#include "models/model_answers.hpp"
#include "pipeline/catalogue_model.hpp"
#include "pipeline/pipeline_house.hpp"
#include "storage/image_reference_repository.hpp"
#include "storage/image_repository.hpp"
#include "storage/job_repository.hpp"
#include "storage/model_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/query_result_repository.hpp"

namespace vitrine::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ModelChangeTest : public ::testing::Test {
protected:
    void SetUp() override {
        house.next_vision.version = 2;
        house.has_next = true;
        house.restart();
    }

    static std::string picture(int number) { return strips({{20 * number, 200 - 20 * number, 10 * number}}); }

    void index_some(int count = 6) {
        for (int i = 0; i < count; ++i) {
            ASSERT_EQ(house.index(fmt::format("P{}", i), "thing", picture(i)), JobState::Succeeded);
        }
    }

    template <class Start>
    JobState run(Start start) {
        const auto job = house.database->write([&](Transaction& tx) {
            tx.after_commit([this] { house.workers->wake(); });
            return std::optional<JobId>(start(tx, house.model_change_parts()));
        });
        return job ? house.finish(*job) : JobState::Cancelled;
    }
    JobState change() {
        return run([target = target_model(house.model_change_parts())](Transaction& tx, const ModelChangeParts& parts) {
            return start_change(tx, parts, target);
        });
    }
    JobState roll_back() { return run(start_rollback); }
    JobState drop() { return run(start_drop); }

    model_repository::Models models() {
        return house.database->read([](Transaction& tx) { return model_repository::models(tx); });
    }
    /// The product of the best answer; why there is none where there is none.
    std::string found_by(const std::string& bytes) {
        const JobId id = house.query(bytes);
        return house.database->read([&](Transaction& tx) {
            const auto results = query_result_repository::results_of(tx, id);
            if (!results.empty()) return results.front().product_id;
            const auto job = job_repository::find(tx, id);
            const auto why = job->errors.empty() ? std::string("no error") : job->errors.back();
            return fmt::format("{}: {}", to_string(job->state), why);
        });
    }
    void expect_all_found(int count = 6) {
        for (int i = 0; i < count; ++i) EXPECT_EQ(found_by(picture(i)), fmt::format("P{}", i));
    }
    std::string model_of(const std::string& product) {
        return house.database->read([&](Transaction& tx) {
            const auto row = product_repository::find_by_external_id(tx, product);
            const auto primary = product_image_repository::primary_of(tx, row->product.id);
            return image_repository::find(tx, primary->image_id)->vector_model;
        });
    }

    const std::string before = "colour-vector 1", after = "colour-vector 2";
    PipelineHouse house{2, 1};
};

TEST_F(ModelChangeTest, TheFirstCatalogueIsOfTheConfiguredModel) {
    index_some(2);
    EXPECT_EQ(models().active, before);
    EXPECT_EQ(models().standby, "");
    EXPECT_EQ(model_of("P0"), before);
}

TEST_F(ModelChangeTest, AnEstimateSaysWhatAChangeTakesAndChangesNothing) {
    index_some();
    const ReindexEstimate estimate = estimate_change(house.model_change_parts());
    EXPECT_EQ(estimate.from, before);
    EXPECT_EQ(estimate.to, after);
    EXPECT_EQ(estimate.images, 6);
    EXPECT_EQ(estimate.model_calls, 6);
    EXPECT_FALSE(estimate.unchanged);
    EXPECT_EQ(models().standby, "");
    EXPECT_EQ(house.next_vision.label_calls, 0);
}

TEST_F(ModelChangeTest, AChangeEmbedsEveryProductOnceAndThenSearchesUseTheNewModel) {
    index_some();
    ASSERT_EQ(change(), JobState::Succeeded);
    EXPECT_EQ(house.next_vision.label_calls, 6);
    EXPECT_EQ(models().active, after);
    EXPECT_EQ(models().standby, before);
    EXPECT_EQ(model_of("P3"), after);
    const int old_calls = house.vision.label_calls;
    expect_all_found();
    EXPECT_EQ(house.vision.label_calls, old_calls) << "queries are labelled by the new engine";
}

TEST_F(ModelChangeTest, AnUnchangedModelDoesNothing) {
    index_some(2);
    house.has_next = false;
    house.restart();
    EXPECT_EQ(change(), JobState::Cancelled); // no job
    EXPECT_TRUE(estimate_change(house.model_change_parts()).unchanged);
}

TEST_F(ModelChangeTest, WhileTheNewModelIsFilledQueriesUseTheOldOne) {
    index_some();
    std::promise<void> inside, go_on;
    auto released = go_on.get_future().share();
    house.next_vision.before_label = [&, first = true](int) mutable {
        if (std::exchange(first, false)) inside.set_value();
        released.wait();
    };
    std::jthread changing([this] { EXPECT_EQ(change(), JobState::Succeeded); });
    inside.get_future().wait();
    expect_all_found();
    EXPECT_EQ(models().active, before);
    go_on.set_value();
    changing.join();
    expect_all_found();
}

TEST_F(ModelChangeTest, AProductIndexedMeanwhileOrAfterwardsGetsBothVectors) {
    index_some();
    ASSERT_EQ(change(), JobState::Succeeded);
    ASSERT_EQ(house.index("P6", "thing", picture(6)), JobState::Succeeded);
    ASSERT_EQ(house.index("P2", "thing", picture(7)), JobState::Succeeded); // another picture
    EXPECT_EQ(house.vectors->count(before), 7);
    EXPECT_EQ(house.vectors->count(after), 7);
    ASSERT_EQ(roll_back(), JobState::Succeeded);
    EXPECT_EQ(models().active, before);
    EXPECT_EQ(found_by(picture(6)), "P6");
    EXPECT_EQ(found_by(picture(7)), "P2");
}

TEST_F(ModelChangeTest, TheWayBackCostsNoModelCallOnTheCatalogue) {
    index_some();
    ASSERT_EQ(change(), JobState::Succeeded);
    const int calls = house.vision.label_calls;
    ASSERT_EQ(roll_back(), JobState::Succeeded);
    EXPECT_EQ(house.vision.label_calls, calls);
    EXPECT_EQ(models().active, before);
    expect_all_found();
    ASSERT_EQ(change(), JobState::Succeeded);
    EXPECT_EQ(house.next_vision.label_calls, 6 + 0) << "what was embedded is kept";
}

TEST_F(ModelChangeTest, ADroppedModelLeavesNoVectorAndNoWayBack) {
    index_some();
    ASSERT_EQ(change(), JobState::Succeeded);
    ASSERT_EQ(drop(), JobState::Succeeded);
    house.keeper->tidy();
    EXPECT_EQ(house.vectors->count(before), 0);
    EXPECT_EQ(house.vectors->count(after), 6);
    EXPECT_EQ(models().standby, "");
    expect_all_found();
    EXPECT_THROW(roll_back(), Error);
    EXPECT_THROW(drop(), Error);
}

TEST_F(ModelChangeTest, ADroppedModelTakesTheCropsThatNobodyLinksTo) {
    house.vision.strips = 2;
    house.next_vision.strips = 2;
    index_some(3);
    ASSERT_EQ(change(), JobState::Succeeded);
    ASSERT_EQ(drop(), JobState::Succeeded);
    house.keeper->tidy();
    const auto crops = [&] {
        return house.database->read([](Transaction& tx) {
            const auto product = product_repository::find_by_external_id(tx, "P0");
            return image_reference_repository::crops_of(tx, *product->image_id);
        });
    };
    EXPECT_EQ(crops(), 1) << "the linked one";
    const int calls = house.next_vision.crop_calls;
    ASSERT_EQ(house.finish(*house.intake->reindex_product("P0", {}).job), JobState::Succeeded);
    EXPECT_EQ(house.next_vision.crop_calls, calls + 1) << "the new detector had never cut it";
    EXPECT_GE(crops(), 2);
    expect_all_found(3);
}

TEST_F(ModelChangeTest, ThereIsNoWayBackWithoutAChange) {
    index_some(1);
    EXPECT_THROW(roll_back(), Error);
}

TEST_F(ModelChangeTest, AProductThatTheNewModelRefusesKeepsTheOldOneInUse) {
    index_some();
    house.next_vision.before_label = [](int call) {
        if (call == 3) throw Error(ErrorCode::BadInput, "It looks like nothing.");
    };
    EXPECT_EQ(change(), JobState::Failed);
    EXPECT_EQ(models().active, before);
    expect_all_found();
    house.next_vision.before_label = [](int) {};
    EXPECT_EQ(change(), JobState::Succeeded) << "and only what is lacking is done again";
    EXPECT_EQ(house.next_vision.label_calls, 7);
    EXPECT_EQ(models().active, after);
}

TEST_F(ModelChangeTest, AChangeThatWasInterruptedGoesOnWhereItWas) {
    index_some();
    const auto job = house.database->write(
        [&](Transaction& tx) { return *start_change(tx, house.model_change_parts(), after); }); // and nobody is woken
    house.restart();
    EXPECT_EQ(house.finish(job), JobState::Succeeded);
    EXPECT_EQ(house.next_vision.label_calls, 6);
    expect_all_found();
}

TEST_F(ModelChangeTest, QueriesThatRunAcrossTheSwitchAreAllAnswered) {
    index_some();
    std::atomic<bool> stop = false;
    std::atomic<int> asked = 0;
    std::vector<std::jthread> people;
    for (int person = 0; person < 2; ++person) {
        people.emplace_back([&, person] {
            for (int i = person; !stop; ++i) {
                EXPECT_EQ(found_by(picture(i % 6)), fmt::format("P{}", i % 6));
                ++asked;
            }
        });
    }
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(change(), JobState::Succeeded);
        EXPECT_EQ(roll_back(), JobState::Succeeded);
    }
    while (asked < 20) std::this_thread::yield();
    stop = true;
}

TEST_F(ModelChangeTest, ACropThatWasCutBeforeASwitchNeverBearsTheOtherModelsVector) {
    index_some(2);
    house.vision.strips = 2;
    std::promise<void> inside, go_on;
    auto released = go_on.get_future().share();
    house.vision.before_label = [&, first = true](int) mutable {
        if (!std::exchange(first, false)) return;
        inside.set_value();
        released.wait();
    };
    const auto added = house.add("P9", "thing", picture(9));
    inside.get_future().wait(); // the first crop is being labelled; the second waits for it
    ASSERT_EQ(change(), JobState::Succeeded);
    go_on.set_value();
    ASSERT_EQ(house.finish(*added.job), JobState::Succeeded);
    house.database->read([&](Transaction& tx) {
        const auto original = image_reference_repository::image_of(tx, *added.job);
        ASSERT_TRUE(original.has_value());
        const auto cut_by_the_old = image_repository::crops_of(tx, *original, "strips 1");
        ASSERT_EQ(cut_by_the_old.size(), 3U) << "two strips and the whole";
        for (const Image& crop : cut_by_the_old) EXPECT_EQ(crop.vector_model, before);
    });
    EXPECT_EQ(model_of("P9"), after);
    EXPECT_EQ(roll_back(), JobState::Succeeded);
    EXPECT_EQ(drop(), JobState::Succeeded);
    EXPECT_EQ(change(), JobState::Succeeded) << "every product takes a link of either model";
}

TEST_F(ModelChangeTest, APersonsChoiceAndTheJobThatMakesItsOtherLinkLandTogetherOrNotAtAll) {
    house.vision.strips = 2;
    ASSERT_EQ(house.index("P0", "red thing", strips({red, blue})), JobState::Succeeded);
    ASSERT_EQ(change(), JobState::Succeeded);
    ASSERT_EQ(roll_back(), JobState::Succeeded);
    const auto lacking = [&] {
        return house.database->read(
            [&](Transaction& tx) { return model_repository::count_lacking_standby(tx, after); });
    };
    const auto detail = *house.catalogue->find("P0");
    const auto other = std::ranges::find_if(detail.crops, [](const ProductCrop& crop) { return !crop.is_primary; });
    ASSERT_NE(other, detail.crops.end());

    Catalogue broken(
        {.database = *house.database,
         .queue = *house.queue,
         .vectors = *house.vectors,
         .vision = *house.switching,
         .candidates = *house.candidates,
         .pictures = *house.pictures,
         .clock = house.clock,
         .wake_workers = [] {},
         .released = [] {},
         .index_again = [](Transaction&,
                           const std::string&) { throw Error(ErrorCode::Unavailable, "The process dies here."); }});
    EXPECT_THROW(broken.choose_primary("P0", other->image.id), Error);
    EXPECT_EQ(house.catalogue->find("P0")->primary_image->id, detail.primary_image->id) << "nothing was chosen";
    EXPECT_EQ(lacking(), 0);

    house.catalogue->choose_primary("P0", other->image.id);
    const auto jobs = house.database->read([](Transaction& tx) {
        return job_repository::list(tx, {.state = std::nullopt, .kind = job_kind::index, .before = {}, .limit = 1});
    });
    EXPECT_EQ(house.finish(jobs.front().id), JobState::Succeeded);
    EXPECT_EQ(house.catalogue->find("P0")->primary_image->id, other->image.id);
    EXPECT_EQ(lacking(), 0) << "its other link was made anew";
}

TEST_F(ModelChangeTest, ADeletedProductTakesBothItsVectors) {
    index_some();
    ASSERT_EQ(change(), JobState::Succeeded);
    house.deletion->remove_product("P0");
    EXPECT_EQ(house.vectors->count(before), 5);
    EXPECT_EQ(house.vectors->count(after), 5);
}

class ModelChangedInPlace : public ModelChangeTest {
protected:
    void SetUp() override {
        index_some(3);
        house.vision.version = 2;
        house.restart(); // and no engine here makes the vectors of version 1
    }
};

TEST_F(ModelChangedInPlace, IsSaidAndQueriesAreRefusedUntilNoProductIsMissed) {
    const auto foreign = house.database->read(
        [&](Transaction& tx) { return foreign_catalogue(tx, *house.switching, house.switching->versions().vector); });
    ASSERT_TRUE(foreign.has_value());
    EXPECT_THAT(sentence_of(*foreign), AllOf(HasSubstr("3 products"), HasSubstr(before), HasSubstr(after),
                                             HasSubstr("[ml.next]"), HasSubstr("vitrine reindex")));
    EXPECT_EQ(found_by(picture(1)), "failed: " + sentence_of(*foreign));
    ASSERT_EQ(change(), JobState::Succeeded);
    EXPECT_EQ(models().active, after);
    expect_all_found(3);
}

TEST_F(ModelChangedInPlace, AnswersAgainWithTheFormerEngineBesideTheNewOne) {
    house.vision.version = 1;
    house.next_vision.version = 2;
    house.has_next = true;
    house.restart();
    expect_all_found(3);
    ASSERT_EQ(change(), JobState::Succeeded);
    EXPECT_EQ(models().active, after);
    expect_all_found(3);
}

TEST_F(ModelChangedInPlace, AnswersOnceEveryProductIsIndexedAnew) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_THAT(found_by(picture(i)), HasSubstr(fmt::format("{} products have", 3 - i)));
        ASSERT_EQ(house.finish(*house.intake->reindex_product(fmt::format("P{}", i), {}).job), JobState::Succeeded);
    }
    expect_all_found(3);
    house.restart();
    EXPECT_EQ(models().active, after);
    expect_all_found(3);
}

class LabelRenewal : public ModelChangeTest {
protected:
    void SetUp() override {
        house.vision.strips = 2;
        index_some(3);
        house.vision.label_version = 7;
        house.restart();
    }
    std::vector<Image> primaries() {
        return house.database->read([&](Transaction& tx) {
            std::vector<Image> images;
            for (const auto& product : product_repository::list(tx, {})) {
                const auto primary = product_image_repository::primary_of(tx, product.id);
                images.push_back(*image_repository::find(tx, primary->image_id));
            }
            return images;
        });
    }
};

TEST_F(LabelRenewal, AnotherLabelVersionAloneIsEstimatedAndMadeAnewAndNothingElseIs) {
    const auto old = primaries();
    const int labels = house.vision.label_calls, crops = house.vision.crop_calls;
    const auto estimate = estimate_change(house.model_change_parts());
    EXPECT_EQ(estimate.from, estimate.to);
    EXPECT_EQ(estimate.images, 0);
    EXPECT_EQ(estimate.labels, 3);
    EXPECT_EQ(estimate.model_calls, 3);
    EXPECT_FALSE(estimate.unchanged);
    EXPECT_EQ(house.vision.label_calls, labels) << "an estimate asks nobody";

    ASSERT_EQ(change(), JobState::Succeeded);
    EXPECT_EQ(house.vision.label_calls, labels + 3) << "the linked crops alone";
    EXPECT_EQ(house.vision.crop_calls, crops);
    const auto now = primaries();
    ASSERT_EQ(now.size(), 3U);
    for (std::size_t i = 0; i < now.size(); ++i) {
        EXPECT_EQ(now[i].id, old[i].id);
        EXPECT_EQ(now[i].label_model, "colour 1.7");
        EXPECT_EQ(now[i].vector_model, old[i].vector_model);
        EXPECT_EQ(now[i].vector, old[i].vector);
    }
    EXPECT_EQ(models().standby, "");
    expect_all_found(3);

    EXPECT_TRUE(estimate_change(house.model_change_parts()).unchanged);
    EXPECT_EQ(change(), JobState::Cancelled) << "no job";
}

TEST_F(LabelRenewal, WhatAPersonSaidOfACropStays) {
    const Image crop = primaries().front();
    StructuredLabel said;
    said.description = "a thing of its own";
    house.catalogue->correct_label(crop.id, said);
    ASSERT_EQ(change(), JobState::Succeeded);
    EXPECT_EQ(primaries().front().label->description, said.description);
    house.catalogue->correct_label(crop.id, std::nullopt);
    EXPECT_EQ(primaries().front().label_model, "colour 1.7");
}

TEST_F(LabelRenewal, ACropThatTheEngineRefusesKeepsItsLabelAndIsNamedAndTheRestIsNotMadeTwice) {
    house.vision.before_label = [before_now = house.vision.label_calls.load()](int call) {
        if (call == before_now + 2) throw Error(ErrorCode::BadInput, "It looks like nothing.");
    };
    EXPECT_EQ(change(), JobState::Failed);
    EXPECT_EQ(estimate_change(house.model_change_parts()).labels, 1);
    house.vision.before_label = [](int) {};
    const int labels = house.vision.label_calls;
    EXPECT_EQ(change(), JobState::Succeeded);
    EXPECT_EQ(house.vision.label_calls, labels + 1);
    expect_all_found(3);
}

TEST_F(LabelRenewal, AfterAChangeOfModelsBothModelsLabelsAreRenewed) {
    house.vision.label_version = 0;
    house.next_vision.version = 2;
    house.has_next = true;
    house.restart();
    ASSERT_EQ(change(), JobState::Succeeded);
    house.vision.label_version = 8;
    house.next_vision.label_version = 9;
    EXPECT_EQ(estimate_change(house.model_change_parts()).labels, 6);
    ASSERT_EQ(change(), JobState::Succeeded);
    for (const Image& image : primaries()) EXPECT_EQ(image.label_model, "colour 2.9");
    ASSERT_EQ(roll_back(), JobState::Succeeded);
    for (const Image& image : primaries()) EXPECT_EQ(image.label_model, "colour 1.8");
    expect_all_found(3);
}

TEST(ModelChange, APersonsOtherChoiceIsMadeForBothModels) {
    std::atomic<int> old_labels = 0;
    const test::FaultServer old_model([&](const test::SeenRequest& request) {
        if (request.target == "/v1/label") ++old_labels;
        return test::ml_service_answer(request, 8, "old 1");
    });
    const test::FaultServer new_model(
        [](const test::SeenRequest& request) { return test::ml_service_answer(request, 8, "new 2"); });
    const TemporaryFolder folder;
    Config config;
    config.data = folder.path();
    config.ml.engine = "http";
    config.ml.url = old_model.url();
    config.ml.match.emplace();
    config.ml.match->engine = "builtin";
    config.ml.next.emplace();
    config.ml.next->engine = "http";
    config.ml.next->url = new_model.url();
    Engine engine(config);
    const auto expect_success = [&](std::optional<JobId> job) {
        ASSERT_TRUE(job.has_value());
        EXPECT_EQ(engine.wait(*job, std::chrono::steady_clock::now() + std::chrono::seconds(30)), JobState::Succeeded);
    };
    expect_success(
        engine
            .add_product(
                {.external_id = "P1", .name = "a red mug", .description = "", .category = "", .attributes = "{}"},
                strips({red, green}))
            .job);
    expect_success(engine.start_reindex());
    expect_success(engine.reindex_product("P1").job); // cut by the new model, so that there is a choice
    const auto detail = *engine.product("P1");
    const auto other = std::ranges::find_if(detail.crops, [](const ProductCrop& crop) { return !crop.is_primary; });
    ASSERT_NE(other, detail.crops.end());
    EXPECT_EQ(engine.choose_primary("P1", other->image.id).primary->image_id, other->image.id);
    for (const Job& job : engine.jobs({.state = std::nullopt, .kind = "index", .before = {}, .limit = 1})) {
        expect_success(job.id);
    }
    const int labelled = old_labels;
    expect_success(engine.start_reindex_rollback());
    EXPECT_EQ(old_labels, labelled) << "the way back asks no model";
    const auto back = *engine.product("P1");
    EXPECT_EQ(back.primary_image->box, other->image.box) << "and shows what the person chose";
    EXPECT_EQ(back.primary->chosen_by, ChosenBy::Person);
}

TEST(ModelChange, AServerThatWasNeverAskedIsAskedBeforeTheDatabaseIsHeld) {
    const test::FaultServer server([](const test::SeenRequest& request) { return test::ml_service_answer(request); });
    const TemporaryFolder folder;
    Config config;
    config.data = folder.path();
    config.ml.read_text = false;
    config.ml.next.emplace();
    config.ml.next->engine = "http";
    config.ml.next->url = server.url();
    Engine engine(config);
    const auto soon = [] { return std::chrono::steady_clock::now() + std::chrono::seconds(30); };
    const auto added = engine.add_product(
        {.external_id = "P1", .name = "thing", .description = "", .category = "", .attributes = "{}"},
        strips({red, green}));
    ASSERT_EQ(engine.wait(*added.job, soon()), JobState::Succeeded);
    const auto job = engine.start_reindex(); // with no estimate before it: once this waited for itself
    ASSERT_TRUE(job.has_value());
    EXPECT_EQ(engine.wait(*job, soon()), JobState::Succeeded);
    EXPECT_TRUE(engine.reindex_estimate().unchanged);
}

} // namespace
} // namespace vitrine::testing
