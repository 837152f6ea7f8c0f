#include <functional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "engine/product_page.hpp"
#include "storage/product_repository.hpp"
#include "storage/product_term_repository.hpp"
#include "storage/sql.hpp"

#include "pipeline_house.hpp"

// Products are found by words: their own, and those of their primary crop's label.

namespace vitrine::testing {
namespace {

using Ids = std::vector<std::string>;

class TextSearch : public ::testing::Test {
protected:
    void save(const std::string& id, const std::string& name, const std::string& category = "",
              const std::string& description = "", const std::string& attributes = "{}") {
        house.intake->save_product({.external_id = id,
                                    .name = name,
                                    .description = description,
                                    .category = category,
                                    .attributes = attributes});
    }

    static Ids ids_of(const ProductPage& page) {
        Ids ids;
        for (const Product& product : page.products) ids.push_back(product.external_id);
        return ids;
    }

    Ids found(const std::string& text, const std::string& category = "") {
        return ids_of(product_page(*house.database, {.text = text, .category = category}));
    }

    Ids found_with(const std::map<std::string, std::string>& attributes, const std::string& text = "") {
        return ids_of(product_page(*house.database, {.text = text, .category = {}, .attributes = attributes}));
    }

    /// All pages of so many, and what `between` does after each.
    Ids paged(
        ProductFilter filter, int limit, const std::function<void()>& between = [] {}) {
        Ids ids;
        filter.limit = limit;
        for (;;) {
            const auto page = product_page(*house.database, filter);
            for (const auto& id : ids_of(page)) ids.push_back(id);
            if (page.next_cursor.empty()) return ids;
            filter.cursor = page.next_cursor;
            between();
        }
    }

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

TEST_F(TextSearch, WhatFitsBestComesFirst) {
    save("1", "Holder for everything", "Kitchen", "also a mug or two, in red");
    save("2", "Mug tree of red wood with six hooks");
    save("3", "Mugs, red, set of six");
    save("4", "Mugtastic red sticker");
    save("5", "Red mug");
    EXPECT_EQ(found("mug"), (Ids{"5", "3", "2", "4", "1"}));
    EXPECT_EQ(found("red mug"), (Ids{"5", "3", "2", "4", "1"}));
    EXPECT_EQ(found("mug red"), found("red mug")); // whichever word is the rarer
    EXPECT_EQ(found("mugtastic"), Ids{"4"});
    EXPECT_EQ(found("6 hooks"), Ids{});
}

TEST_F(TextSearch, AWholeWordGoesBeforeItsOtherFormsAndThoseBeforeABeginning) {
    save("1", "Berrylike");
    save("2", "Berries");
    save("3", "Berry");
    EXPECT_EQ(found("berry"), (Ids{"3", "2", "1"}));
    EXPECT_EQ(found("berries"), (Ids{"2", "3"}));
}

TEST_F(TextSearch, WhatFitsAlikeComesInTheOrderInWhichItWasMade) {
    for (const char* id : {"z", "m", "a"}) save(id, "Mug");
    EXPECT_EQ(found("mug"), (Ids{"z", "m", "a"}));
}

TEST_F(TextSearch, ACategoryNarrows) {
    save("1", "Mug one", "Mugs");
    save("2", "Mug two", "Cups");
    save("3", "Mug three", "Mugs");
    EXPECT_EQ(found("mug", "Mugs"), (Ids{"1", "3"}));
    EXPECT_EQ(found("", "Mugs"), (Ids{"1", "3"}));
    EXPECT_EQ(found("", "None"), Ids{});
}

TEST_F(TextSearch, AttributesNarrowWithAndWithoutWords) {
    save("1", "Red mug", "", "", R"({"brand":"Fjell","size":42,"tags":["new","sale"]})");
    save("2", "Blue mug", "", "", R"({"brand":"Fjell","size":41,"vegan":true})");
    save("3", "Red bowl", "", "", R"({"brand":"Fjell AS","size":"42"})");
    EXPECT_EQ(found_with({{"brand", "Fjell"}}), (Ids{"1", "2"}));
    EXPECT_EQ(found_with({{"size", "42"}}), (Ids{"1", "3"}));
    EXPECT_EQ(found_with({{"brand", "Fjell"}, {"size", "42"}}), Ids{"1"});
    EXPECT_EQ(found_with({{"tags", "sale"}}), Ids{"1"});
    EXPECT_EQ(found_with({{"vegan", "true"}}), Ids{"2"});
    EXPECT_EQ(found_with({{"brand", "Fjell"}}, "blue"), Ids{"2"});
    EXPECT_EQ(found_with({{"brand", "Fjell"}}, "bowl"), Ids{});
    EXPECT_EQ(found_with({{"brand", "fjell"}}), Ids{});
    EXPECT_EQ(found("fjell as"), Ids{"3"}); // its words are found too
    save("1", "Red mug", "", "", R"({"brand":"Dal"})");
    EXPECT_EQ(found_with({{"brand", "Fjell"}}), Ids{"2"});
    EXPECT_THROW(found_with({{"", "x"}}), Error);
}

TEST_F(TextSearch, NamesAndValuesOfAttributesAreListed) {
    save("1", "a", "", "", R"({"brand":"B","size":42,"sizes":[1,2]})");
    save("2", "b", "", "", R"({"brand":"A","größe":"x"})");
    save("3", "c", "", "", R"({"brand":"B"})");
    const auto names = attribute_names(*house.database, "", 10);
    EXPECT_EQ(names.texts, (Ids{"brand", "größe", "size", "sizes"}));
    EXPECT_FALSE(names.more);
    EXPECT_EQ(attribute_names(*house.database, "size", 10).texts, (Ids{"size", "sizes"}));
    const auto cut = attribute_names(*house.database, "", 2);
    EXPECT_EQ(cut.texts, (Ids{"brand", "größe"}));
    EXPECT_TRUE(cut.more);
    EXPECT_EQ(attribute_values(*house.database, "brand", "", 10).texts, (Ids{"A", "B"}));
    EXPECT_EQ(attribute_values(*house.database, "brand", "B", 10).texts, Ids{"B"});
    EXPECT_EQ(attribute_values(*house.database, "size", "", 10).texts, Ids{"42"});
    EXPECT_EQ(attribute_values(*house.database, "none", "", 10).texts, Ids{});
    EXPECT_TRUE(attribute_values(*house.database, "sizes", "", 1).more);
}

TEST_F(TextSearch, PagesFollowEachOtherAndRepeatOrSkipNoneThatStayedWhateverComesAndGoes) {
    for (int i = 0; i < 20; ++i) {
        save(fmt::format("{:02}", i),
             i % 3 == 0   ? "Mug"
             : i % 3 == 1 ? "Mug of clay"
                          : "Clay",
             "c", "for a mug", R"({"k":"v"})");
    }
    for (const ProductFilter& filter :
         {ProductFilter{.text = "mug", .category = {}}, ProductFilter{.text = "mug clay", .category = {}},
          ProductFilter{.text = "mug", .category = "c", .attributes = {{"k", "v"}}},
          ProductFilter{.text = {}, .category = {}, .attributes = {{"k", "v"}}},
          ProductFilter{.text = {}, .category = "c"}}) {
        const auto whole = ids_of(product_page(*house.database, filter));
        ASSERT_GT(whole.size(), 6U);
        for (const int limit : {1, 2, 3, 7}) EXPECT_EQ(paged(filter, limit), whole) << filter.text << ' ' << limit;
    }
    const auto whole = found("mug");
    int turn = 0;
    auto seen = paged({.text = "mug", .category = {}}, 3, [&] {
        save(fmt::format("new-{}", turn),
             turn % 2 == 0 ? "Mug" : "A mug of clay that has a long name"); // before and after
        house.deletion->remove_product(fmt::format("new-{}", turn - 2));
        ++turn;
    });
    std::erase_if(seen, [](const std::string& id) { return id.starts_with("new-"); });
    EXPECT_EQ(seen, whole);
}

TEST_F(TextSearch, ACursorOfAnotherListIsRefused) {
    for (const char* cursor : {"x", "-1", "1.2", "1.", ".1", "1.x", "99999999999999999999", "1 "}) {
        EXPECT_THROW(product_page(*house.database, {.text = {}, .category = {}, .cursor = cursor}), Error) << cursor;
    }
    for (const char* cursor : {"x", "7", "-1.2", "1.2.3", "1.", ".1", "99999999999999999999.1"}) {
        EXPECT_THROW(product_page(*house.database, {.text = "mug", .category = {}, .cursor = cursor}), Error) << cursor;
    }
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
    save("1", "Mug", "", "", R"({"k":"v"})");
    const auto outdated = [&] {
        return house.database->write([](Transaction& tx) { return product_term_repository::refresh_outdated(tx, 10); });
    };
    EXPECT_EQ(outdated(), 0);
    // As version 1 left it: words without weights, no attributes.
    house.database->write([](Transaction& tx) {
        sql(tx) << "UPDATE product_terms SET weight = 0";
        sql(tx) << "DELETE FROM product_terms WHERE term < '0'";
        sql(tx) << "UPDATE products SET terms_version = 1";
    });
    save("2", "Clay for a mug");
    EXPECT_EQ(found_with({{"k", "v"}}), Ids{});
    EXPECT_EQ(outdated(), 1);
    EXPECT_EQ(outdated(), 0);
    EXPECT_EQ(found("mug"), (Ids{"1", "2"}));
    EXPECT_EQ(found_with({{"k", "v"}}), Ids{"1"});
}

} // namespace
} // namespace vitrine::testing
