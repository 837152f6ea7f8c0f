#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "storage/image_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/query_result_repository.hpp"

#include "pipeline_house.hpp"

// What people say of products goes before what the machine says: descriptions, primary crops, labels.

namespace vitrine::testing {
namespace {

ErrorCode code_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code();
    }
    ADD_FAILURE() << "nothing was thrown";
    return ErrorCode::Internal;
}

class Corrections : public ::testing::Test {
protected:
    ProductDetail detail(const std::string& id) { return *house.catalogue->find(id); }

    ImageId crop_labelled(const std::string& id, const std::string& colour) {
        for (const ProductCrop& crop : detail(id).crops) {
            if (crop.image.label && crop.image.label->colors.front() == colour) return crop.image.id;
        }
        ADD_FAILURE() << "no " << colour << " crop";
        return {};
    }

    std::string primary_colour(const std::string& id) { return detail(id).primary_image->label->colors.front(); }

    std::vector<QueryResult> results(JobId id) {
        return house.database->read([&](Transaction& tx) { return query_result_repository::results_of(tx, id); });
    }

    std::int64_t vectors() { return house.vectors->count(house.vision.versions().vector); }

    /// A product whose picture has a red, a green and a blue crop.
    void index_striped(const std::string& id, const std::string& name) {
        house.vision.strips = 3;
        ASSERT_EQ(house.index(id, name, strips({red, green, blue})), JobState::Succeeded);
    }

    static ProductDescription described(const std::string& id, const std::string& name,
                                        const std::string& category = "") {
        return {.external_id = id, .name = name, .description = "", .category = category};
    }

    PipelineHouse house;
};

TEST_F(Corrections, AProductCanBeDescribedBeforeItHasAPicture) {
    const auto saved = house.intake->save_product(described("M1", "Red mug"));
    EXPECT_TRUE(saved.created);
    EXPECT_FALSE(saved.job);
    EXPECT_FALSE(detail("M1").primary);
    const auto added = house.intake->add_image("M1", strips({red}));
    ASSERT_TRUE(added.job);
    EXPECT_FALSE(added.created);
    EXPECT_EQ(house.finish(*added.job), JobState::Succeeded);
    EXPECT_EQ(primary_colour("M1"), "red");
    EXPECT_TRUE(house.intake->add_image("M1", strips({red})).unchanged);
}

TEST_F(Corrections, APictureOfAnUnknownProductIsRefusedAndChangesNothing) {
    EXPECT_EQ(code_of([&] { house.intake->add_image("M1", strips({red})); }), ErrorCode::NotFound);
    EXPECT_EQ(house.database->read([](Transaction& tx) { return product_repository::count(tx); }), 0);
}

TEST_F(Corrections, SavingTheSameDescriptionAgainChangesNothing) {
    const auto first = house.intake->save_product(described("M1", "Red mug"));
    const auto second = house.intake->save_product(described("M1", "Red mug"));
    EXPECT_TRUE(second.unchanged);
    EXPECT_FALSE(second.created);
    EXPECT_EQ(second.product.updated_at, first.product.updated_at);
}

TEST_F(Corrections, AnotherNameChoosesThePrimaryAnewWithoutAModelCall) {
    index_striped("M1", "Red mug");
    const int labels = house.vision.label_calls;
    const int crops = house.vision.crop_calls;
    const auto changed = house.intake->update_product("M1", {.name = "Blue mug"});
    ASSERT_TRUE(changed.job);
    EXPECT_EQ(house.finish(*changed.job), JobState::Succeeded);
    EXPECT_EQ(primary_colour("M1"), "blue");
    EXPECT_EQ(house.vision.label_calls, labels);
    EXPECT_EQ(house.vision.crop_calls, crops);
}

TEST_F(Corrections, AChangeOfAnythingButTheNameNeedsNoJob) {
    index_striped("M1", "Red mug");
    const auto changed = house.intake->update_product("M1", {.category = "Mugs", .attributes = R"({"size":"L"})"});
    EXPECT_FALSE(changed.job);
    EXPECT_FALSE(changed.unchanged);
    EXPECT_EQ(detail("M1").product.category, "Mugs");
    EXPECT_EQ(detail("M1").product.name, "Red mug");
}

TEST_F(Corrections, ABadChangeChangesNothing) {
    index_striped("M1", "Red mug");
    EXPECT_EQ(code_of([&] { house.intake->update_product("M1", {.name = ""}); }), ErrorCode::BadInput);
    EXPECT_EQ(code_of([&] { house.intake->update_product("M1", {.attributes = "[]"}); }), ErrorCode::BadInput);
    EXPECT_EQ(code_of([&] { house.intake->update_product("M2", {.name = "x"}); }), ErrorCode::NotFound);
    EXPECT_EQ(detail("M1").product.name, "Red mug");
}

TEST_F(Corrections, ProductDetailListsEveryCropWithItsScoreAndWhichIsPrimary) {
    index_striped("M1", "Blue mug");
    const auto now = detail("M1");
    ASSERT_EQ(now.crops.size(), 3U);
    ASSERT_TRUE(now.original);
    int primaries = 0;
    for (const ProductCrop& crop : now.crops) {
        EXPECT_TRUE(crop.score);
        EXPECT_EQ(crop.image.original_id, now.original->id);
        primaries += crop.is_primary ? 1 : 0;
        EXPECT_EQ(crop.is_primary, crop.image.id == now.primary->image_id);
    }
    EXPECT_EQ(primaries, 1);
    EXPECT_EQ(now.primary->chosen_by, ChosenBy::Machine);
}

TEST_F(Corrections, APersonsPrimaryIsWhatSearchesFindFromThenOn) {
    index_striped("M1", "Red mug");
    const auto chosen = house.catalogue->choose_primary("M1", crop_labelled("M1", "green"));
    EXPECT_EQ(chosen.primary->chosen_by, ChosenBy::Person);
    EXPECT_EQ(primary_colour("M1"), "green");
    EXPECT_EQ(vectors(), 1);
    house.vision.strips = 1;
    EXPECT_LT(results(house.query(strips({green}))).front().evidence.distance, 0.01);
    EXPECT_GT(results(house.query(strips({red}))).front().evidence.distance, 0.2);
}

TEST_F(Corrections, APersonsPrimaryIsKeptWhenTheProductIsIndexedAgainUnlessToldOtherwise) {
    index_striped("M1", "Red mug");
    house.catalogue->choose_primary("M1", crop_labelled("M1", "green"));
    EXPECT_FALSE(house.intake->update_product("M1", {.name = "Blue mug"}).job);
    ASSERT_EQ(house.finish(*house.intake->reindex_product("M1", {}).job), JobState::Succeeded);
    EXPECT_EQ(primary_colour("M1"), "green");
    ASSERT_EQ(house.finish(*house.intake->reindex_product("M1", {.keep_persons_choice = false}).job),
              JobState::Succeeded);
    EXPECT_EQ(primary_colour("M1"), "blue");
    EXPECT_EQ(detail("M1").primary->chosen_by, ChosenBy::Machine);
}

TEST_F(Corrections, APersonsPrimaryOfAnOlderPictureIsKeptAndListed) {
    index_striped("M1", "Red mug");
    const auto green_crop = crop_labelled("M1", "green");
    house.catalogue->choose_primary("M1", green_crop);
    house.vision.strips = 1;
    ASSERT_EQ(house.finish(*house.intake->add_image("M1", strips({blue})).job), JobState::Succeeded);
    const auto now = detail("M1");
    EXPECT_EQ(now.primary->image_id, green_crop);
    EXPECT_EQ(now.crops.size(), 2U);
    EXPECT_FALSE(now.last_result->note.empty());
}

TEST_F(Corrections, OnlyACropOfTheProductsOwnPictureCanBecomeItsPrimary) {
    index_striped("M1", "Red mug");
    house.vision.strips = 1;
    ASSERT_EQ(house.index("M2", "Blue bowl", strips({blue})), JobState::Succeeded);
    const auto before = detail("M1").primary;
    const auto foreign = detail("M2").primary->image_id;
    EXPECT_EQ(code_of([&] { house.catalogue->choose_primary("M1", foreign); }), ErrorCode::NotFound);
    EXPECT_EQ(code_of([&] { house.catalogue->choose_primary("M1", {999}); }), ErrorCode::NotFound);
    EXPECT_EQ(code_of([&] { house.catalogue->choose_primary("M1", detail("M1").original->id); }), ErrorCode::NotFound);
    EXPECT_EQ(code_of([&] { house.catalogue->choose_primary("M9", foreign); }), ErrorCode::NotFound);
    EXPECT_EQ(detail("M1").primary->id, before->id);
}

TEST_F(Corrections, ACropThatThePresentModelsDidNotLabelCannotBeChosen) {
    index_striped("M1", "Red mug");
    const auto crop = crop_labelled("M1", "green");
    house.vision.version = 2;
    EXPECT_EQ(code_of([&] { house.catalogue->choose_primary("M1", crop); }), ErrorCode::Conflict);
}

TEST_F(Corrections, APersonsLabelGoesBeforeTheModelsAndDecidesThePrimary) {
    index_striped("M1", "Yellow mug");
    const auto crop = crop_labelled("M1", "green");
    StructuredLabel label;
    label.colors = {"yellow"};
    const Image corrected = house.catalogue->correct_label(crop, label);
    EXPECT_TRUE(corrected.label_by_person);
    EXPECT_EQ(corrected.label, label);
    ASSERT_EQ(house.finish(*house.intake->reindex_product("M1", {}).job), JobState::Succeeded);
    EXPECT_EQ(detail("M1").primary->image_id, crop);
    EXPECT_EQ(primary_colour("M1"), "yellow");
    // taken back
    EXPECT_EQ(house.catalogue->correct_label(crop, std::nullopt).label->colors.front(), "green");
}

TEST_F(Corrections, APersonsLabelIsGivenUpOnlyWhenTold) {
    index_striped("M1", "Mug");
    const auto crop = crop_labelled("M1", "green");
    StructuredLabel label;
    label.category = "cup";
    house.catalogue->correct_label(crop, label);
    const auto label_now = [&] {
        return *house.database->read([&](Transaction& tx) { return image_repository::find(tx, crop); })->label;
    };
    house.intake->reindex_product("M1", {});
    EXPECT_EQ(label_now(), label);
    house.finish(*house.intake->reindex_product("M1", {.keep_persons_choice = false}).job);
    EXPECT_EQ(label_now().colors.front(), "green");
}

TEST_F(Corrections, ALabelOverItsLimitsOrOfWhatIsNoCropIsRefused) {
    index_striped("M1", "Mug");
    StructuredLabel label;
    label.category = std::string(300, 'x');
    EXPECT_EQ(code_of([&] { house.catalogue->correct_label(detail("M1").primary->image_id, label); }),
              ErrorCode::BadInput);
    EXPECT_EQ(code_of([&] { house.catalogue->correct_label(detail("M1").original->id, StructuredLabel{}); }),
              ErrorCode::NotFound);
    EXPECT_EQ(code_of([&] { house.catalogue->correct_label({999}, StructuredLabel{}); }), ErrorCode::NotFound);
}

TEST_F(Corrections, CategoriesAreCounted) {
    house.intake->save_product(described("a", "A", "Mugs"));
    house.intake->save_product(described("b", "B", "Bowls"));
    house.intake->save_product(described("c", "C", "Mugs"));
    const auto counts = house.catalogue->categories();
    ASSERT_EQ(counts.size(), 2U);
    EXPECT_EQ(counts[0].category, "Bowls");
    EXPECT_EQ(counts[1].products, 2);
}

} // namespace
} // namespace vitrine::testing
