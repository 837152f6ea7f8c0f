#include "pipeline/known_links.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<ProductImageId> both{{1}, {2}};

KnownLinks::PrimaryLink link(std::int64_t id) {
    return {.id = {id}, .product_id = {10 * id}, .image_id = {100 * id}, .product_updated_at = {}};
}

std::vector<std::int64_t> images_of(const KnownLinks::Found& found) {
    std::vector<std::int64_t> images;
    for (const auto& known : found.links) images.push_back(known.image_id.value);
    return images;
}

TEST(KnownLinksTest, WhatWasReadIsKnownAndTheRestIsToBeRead) {
    KnownLinks known;
    EXPECT_EQ(known.find(1, both).unread, both);
    known.keep(1, std::vector{ProductImageId{2}}, std::vector{link(2)});
    const auto found = known.find(1, both);
    EXPECT_THAT(images_of(found), ElementsAre(200));
    EXPECT_THAT(found.unread, ElementsAre(ProductImageId{1}));
}

TEST(KnownLinksTest, ALinkThatIsNotPrimaryIsNotReadAgain) {
    KnownLinks known;
    known.keep(1, both, std::vector{link(2)});
    const auto found = known.find(1, both);
    EXPECT_THAT(images_of(found), ElementsAre(200));
    EXPECT_THAT(found.unread, IsEmpty());
}

TEST(KnownLinksTest, NothingIsKnownOfAnotherVersion) {
    KnownLinks known;
    known.keep(1, both, std::vector{link(1), link(2)});
    EXPECT_EQ(known.find(2, both).unread, both);
    EXPECT_EQ(known.find(1, both).unread, both) << "who asked before the change reads for itself";
}

TEST(KnownLinksTest, WhatWasReadBeforeAChangeIsNotKept) {
    KnownLinks known;
    known.keep(2, std::vector{ProductImageId{1}}, std::vector{link(1)});
    known.keep(1, std::vector{ProductImageId{2}}, std::vector{link(2)});
    EXPECT_THAT(images_of(known.find(2, both)), ElementsAre(100));
    EXPECT_THAT(known.find(1, both).links, IsEmpty());
}

} // namespace
} // namespace vitrine
