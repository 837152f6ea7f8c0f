#include "server/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

namespace vitrine::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

std::string refusal_of(std::string_view target) {
    try {
        parse_target(target);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::BadInput);
        return error.what();
    }
    return "nothing was refused";
}

TEST(Target, IsCutAtSlashesBeforeItIsDecoded) {
    EXPECT_THAT(parse_target("/v1/products/a%2Fb%20c+d").segments, ElementsAre("v1", "products", "a/b c+d"));
    EXPECT_THAT(parse_target("/").segments, IsEmpty());
    EXPECT_THAT(parse_target("/v1/").segments, ElementsAre("v1", ""));
}

TEST(Target, HasItsParametersInTheirOrder) {
    EXPECT_THAT(parse_target("/?q=red+shoe&category=&flag&q=caf%C3%A9#part").query,
                ElementsAre(Pair("q", "red shoe"), Pair("category", ""), Pair("flag", ""), Pair("q", "café")));
    EXPECT_THAT(parse_target("/?&&").query, IsEmpty());
}

TEST(Target, ThatCannotBeReadIsRefusedWithThePlace) {
    EXPECT_THAT(refusal_of("v1"), HasSubstr("does not begin with '/'"));
    EXPECT_THAT(refusal_of("*"), HasSubstr("does not begin with '/'"));
    EXPECT_THAT(refusal_of(""), HasSubstr("does not begin with '/'"));
    EXPECT_THAT(refusal_of("/v1/%zz"), HasSubstr("byte 4"));
    EXPECT_THAT(refusal_of("/v1/x%4"), HasSubstr("byte 4"));
    EXPECT_THAT(refusal_of("/v1?a=1&b=%"), HasSubstr("byte 8"));
    EXPECT_THAT(refusal_of("/%ff"), HasSubstr("not UTF-8"));
    EXPECT_THAT(refusal_of("/a%00b"), HasSubstr("not UTF-8"));
    EXPECT_THAT(refusal_of("/?q=%C3%28"), HasSubstr("not UTF-8"));
}

TEST(Target, OfEndlessPartsIsRefused) {
    std::string deep;
    for (int i = 0; i < 40; ++i) deep += "/a";
    EXPECT_THAT(refusal_of(deep), HasSubstr("more than 32 segments"));
    std::string wide = "/?";
    for (int i = 0; i < 80; ++i) wide += "a=b&";
    EXPECT_THAT(refusal_of(wide), HasSubstr("more than 64 parameters"));
}

} // namespace
} // namespace vitrine::server
