#include <gtest/gtest.h>

#include "storage/product_repository.hpp"
#include "storage/product_term_repository.hpp"

#include "pipeline_house.hpp"

// Products are found by words: their own, and those of their primary crop's label.

namespace vitrine::testing {
namespace {

class TextSearch : public ::testing::Test {
protected:
    void save(const std::string& id, const std::string& name, const std::string& category = "",
              const std::string& description = "") {
        house.intake->save_product({.external_id = id, .name = name, .description = description, .category = category});
    }

    std::vector<std::string> found(const std::string& text, const std::string& category = "", int limit = 100,
                                   ProductId after = {}) {
        std::vector<std::string> ids;
        house.database->read([&](Transaction& tx) {
            for (const Product& product :
                 product_repository::list(tx, {.text = text, .category = category, .after = after, .limit = limit})) {
                ids.push_back(product.external_id);
            }
        });
        return ids;
    }

    using Ids = std::vector<std::string>;
    PipelineHouse house;
};

TEST_F(TextSearch, EveryWordMustBeginAWordOfTheProduct) {
    save("A-1", "Red ceramic mug", "Mugs", "for tea");
    save("A-2", "Blue ceramic bowl", "Bowls");
    EXPECT_EQ(found("ceramic"), (Ids{"A-1", "A-2"}));
    EXPECT_EQ(found("cera red"), Ids{"A-1"});
    EXPECT_EQ(found("RED BOWL"), Ids{});
    EXPECT_EQ(found("tea"), Ids{"A-1"});
    EXPECT_EQ(found("a 2"), Ids{"A-2"});
    EXPECT_EQ(found("ramic"), Ids{});
    EXPECT_EQ(found(""), (Ids{"A-1", "A-2"}));
    EXPECT_EQ(found("%"), Ids{});
}

TEST_F(TextSearch, AccentsCaseAndEndingsDoNotMatter) {
    save("1", "Crème brûlée with berries");
    EXPECT_EQ(found("creme"), Ids{"1"});
    EXPECT_EQ(found("BRÛLÉE"), Ids{"1"});
    EXPECT_EQ(found("berry"), Ids{"1"});
}

TEST_F(TextSearch, ACategoryNarrowsAndPagesFollowEachOther) {
    save("1", "Mug one", "Mugs");
    save("2", "Mug two", "Cups");
    save("3", "Mug three", "Mugs");
    EXPECT_EQ(found("mug", "Mugs"), (Ids{"1", "3"}));
    EXPECT_EQ(found("mug", "", 2), (Ids{"1", "2"}));
    const auto second = house.database->read(
        [](Transaction& tx) { return product_repository::find_by_external_id(tx, "2")->product.id; });
    EXPECT_EQ(found("mug", "", 2, second), Ids{"3"});
}

TEST_F(TextSearch, ThePrimaryCropsLabelIsSearchedAndFollowsEveryChange) {
    house.vision.strips = 2;
    ASSERT_EQ(house.index("1", "Mug", strips({red, green})), JobState::Succeeded);
    const auto detail = *house.catalogue->find("1");
    const auto first = detail.primary_image->label->colors.front();
    EXPECT_EQ(found(first), Ids{"1"});
    for (const ProductCrop& crop : detail.crops) {
        if (!crop.is_primary) house.catalogue->choose_primary("1", crop.image.id);
    }
    EXPECT_EQ(found(first), Ids{});
    const auto now = *house.catalogue->find("1");
    EXPECT_EQ(found(now.primary_image->label->colors.front()), Ids{"1"});
    StructuredLabel label;
    label.category = "tumbler";
    house.catalogue->correct_label(now.primary_image->id, label);
    EXPECT_EQ(found("tumbl"), Ids{"1"});
    EXPECT_EQ(found(now.primary_image->label->colors.front()), Ids{});
}

TEST_F(TextSearch, AnotherDescriptionIsFoundByItsOwnWordsAlone) {
    save("1", "Mug");
    save("1", "Bowl");
    EXPECT_EQ(found("mug"), Ids{});
    EXPECT_EQ(found("bowl"), Ids{"1"});
}

TEST_F(TextSearch, ProductsOfAnotherVersionAreBroughtUpToDateOnce) {
    save("1", "Mug");
    const auto outdated = [&] {
        return house.database->write([](Transaction& tx) { return product_term_repository::refresh_outdated(tx, 10); });
    };
    EXPECT_EQ(outdated(), 0);
}

} // namespace
} // namespace vitrine::testing
