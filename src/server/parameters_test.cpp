#include "server/parameters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "server/entity_tags.hpp"
#include "server/json_object.hpp"
#include "server/listen_address.hpp"
#include "server/preferences.hpp"

namespace vitrine::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Request with(Fields query) {
    return {.query = std::move(query)};
}

template <class Act>
std::string refusal_of(Act act) {
    try {
        act();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::BadInput);
        return error.what();
    }
    return "nothing was refused";
}

TEST(Parameters, AreReadAsWhatTheyAre) {
    const auto request =
        with({{"top", "5"}, {"q", "x"}, {"min_score", "0.5"}, {"box", "1,2,3,4"}, {"attr.size", "42"}});
    const Parameters parameters(request, {"top", "q", "min_score", "box", "attr."});
    EXPECT_EQ(parameters.whole("top", {1, 10}), 5);
    EXPECT_EQ(parameters.text("q"), "x");
    EXPECT_EQ(parameters.fraction("min_score"), 0.5);
    EXPECT_EQ(parameters.box("box"), (Box{.x = 1, .y = 2, .w = 3, .h = 4}));
    EXPECT_THAT(parameters.with_prefix("attr."), ElementsAre(Pair("size", "42")));
    EXPECT_FALSE(parameters.text("nothing"));
}

TEST(Parameters, ThatAreUnknownOrTwiceThereAreRefused) {
    const auto unknown = with({{"topp", "5"}});
    EXPECT_THAT(refusal_of([&] { Parameters(unknown, {"top"}); }),
                HasSubstr("no query parameter 'topp'; known are top"));
    const auto twice = with({{"top", "5"}, {"top", "6"}});
    EXPECT_THAT(refusal_of([&] { Parameters(twice, {"top"}); }), HasSubstr("given twice"));
    const auto bare = with({{"attr.", "5"}});
    EXPECT_THAT(refusal_of([&] { Parameters(bare, {"attr."}); }), HasSubstr("no query parameter"));
}

TEST(Parameters, OfWrongValuesAreRefusedByNameAndRange) {
    for (const std::string bad : {"", "x", "0", "11", "5.0", " 5", "5 ", "0x5", "99999999999999999999"}) {
        const auto request = with({{"top", bad}});
        const Parameters parameters(request, {"top"});
        EXPECT_THAT(refusal_of([&] {
                        static_cast<void>(parameters.whole("top", {1, 10}));
                    }),
                    HasSubstr("'top' is '" + bad + "'; it must be a whole number from 1 to 10"));
    }
    for (const std::string bad : {"", "-0.1", "1.1", "nan", "inf", "a half"}) {
        const auto request = with({{"min_score", bad}});
        const Parameters parameters(request, {"min_score"});
        EXPECT_THAT(refusal_of([&] { static_cast<void>(parameters.fraction("min_score")); }), HasSubstr("0 to 1"));
    }
    for (const std::string bad : {"", "1,2,3", "1,2,3,4,5", "1,2,0,4", "-1,2,3,4", "1,2,3,x", "1,2,3,4,", ",,,"}) {
        const auto request = with({{"box", bad}});
        const Parameters parameters(request, {"box"});
        EXPECT_THAT(refusal_of([&] { static_cast<void>(parameters.box("box")); }), HasSubstr("x,y,w,h")) << bad;
    }
}

TEST(JsonObject, GivesItsFields) {
    const JsonObject body(R"({"a":"x","n":7,"f":true,"o":{"k":[1,null]}})", {"a", "n", "f", "o"});
    EXPECT_EQ(body.text("a"), "x");
    EXPECT_EQ(body.whole("n"), 7);
    EXPECT_EQ(body.flag("f"), true);
    EXPECT_EQ(body.object("o"), R"({"k":[1,null]})");
    EXPECT_FALSE(body.text("z"));
    EXPECT_EQ(body.merged(R"({"k":1,"l":2})", "o"), R"({"k":[1,null],"l":2})");
}

TEST(JsonObject, MergesAsRfc7396Says) {
    const JsonObject body(R"({"o":{"gone":null,"new":{"deep":1}}})", {"o"});
    EXPECT_EQ(body.merged(R"({"gone":1,"kept":2})", "o"), R"({"kept":2,"new":{"deep":1}})");
}

TEST(JsonObject, ThatIsNoneIsRefusedWithThePlace) {
    const auto refused = [](std::string_view body) { return refusal_of([&] { JsonObject(body, {"a"}); }); };
    EXPECT_THAT(refused(""), HasSubstr("breaks at byte"));
    EXPECT_THAT(refused("{\"a\": tru}"), HasSubstr("breaks at byte 10"));
    EXPECT_THAT(refused("[1]"), HasSubstr("must be one JSON object"));
    EXPECT_THAT(refused("null"), HasSubstr("must be one JSON object"));
    EXPECT_THAT(refused("{\"b\":1}"), HasSubstr("unknown field 'b'; known are a"));
    EXPECT_THAT(refused("{\"a\":\"\xff\"}"), HasSubstr("not UTF-8"));
    EXPECT_THAT(refused("{\"a\":" + std::string(100'000, '[')), HasSubstr("nested deeper"));
    EXPECT_THAT(refused("{\"a\":" + std::string(70, '[') + std::string(70, ']') + "}"), HasSubstr("nested deeper"));
}

TEST(JsonObject, RefusesFieldsOfAnotherType) {
    const JsonObject body(R"({"a":1,"n":"7","f":0,"o":[],"r":1.5,"big":18446744073709551615,"nil":null})",
                          {"a", "n", "f", "o", "r", "big", "nil"});
    EXPECT_THAT(refusal_of([&] { static_cast<void>(body.text("a")); }), HasSubstr("'a' must be a text"));
    EXPECT_THAT(refusal_of([&] { static_cast<void>(body.whole("n")); }), HasSubstr("a whole number"));
    EXPECT_THAT(refusal_of([&] { static_cast<void>(body.whole("r")); }), HasSubstr("a whole number"));
    EXPECT_THAT(refusal_of([&] { static_cast<void>(body.whole("big")); }), HasSubstr("a whole number"));
    EXPECT_THAT(refusal_of([&] { static_cast<void>(body.flag("f")); }), HasSubstr("true or false"));
    EXPECT_THAT(refusal_of([&] { static_cast<void>(body.object("o")); }), HasSubstr("an object"));
    EXPECT_THAT(refusal_of([&] { static_cast<void>(body.text("nil")); }), HasSubstr("a text"));
}

TEST(Preferences, SayHowLongToWait) {
    EXPECT_EQ(preferred_wait("wait=10"), std::chrono::seconds(10));
    EXPECT_EQ(preferred_wait("respond-async, wait=5"), std::chrono::seconds(5));
    EXPECT_EQ(preferred_wait("wait=0"), std::chrono::seconds(0));
    EXPECT_EQ(preferred_wait("wait=100000"), std::chrono::seconds(60));
    EXPECT_EQ(preferred_wait("wait=99999999999999999999"), std::chrono::seconds(60));
    for (const auto* const other : {"", "respond-async", "wait", "wait=", "wait=-1", "wait=x", "wait=1x", "waits=3"}) {
        EXPECT_FALSE(preferred_wait(other)) << other;
    }
}

TEST(EntityTags, AreFoundInLists) {
    EXPECT_TRUE(is_among_tags("\"a\"", "\"a\""));
    EXPECT_TRUE(is_among_tags("\"a\"", "\"b\", W/\"a\""));
    EXPECT_TRUE(is_among_tags("\"a\"", "*"));
    EXPECT_FALSE(is_among_tags("\"a\"", ""));
    EXPECT_FALSE(is_among_tags("\"a\"", "\"ab\", a"));
}

TEST(ListenAddress, KnowsThisMachineFromTheWorld) {
    EXPECT_TRUE(listen_address_from("127.0.0.1:8080").is_loopback());
    EXPECT_TRUE(listen_address_from("[::1]:0").is_loopback());
    EXPECT_TRUE(listen_address_from("localhost:1").is_loopback());
    EXPECT_FALSE(listen_address_from("0.0.0.0:8080").is_loopback());
    EXPECT_FALSE(listen_address_from("[::]:8080").is_loopback());
    EXPECT_FALSE(listen_address_from("127.evil.example:8080").is_loopback());
    EXPECT_EQ(listen_address_from("[::1]:80").url_host(), "[::1]");
    for (const auto* const bad : {"", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000"}) {
        EXPECT_THROW(listen_address_from(bad), Error) << bad;
    }
}

} // namespace
} // namespace vitrine::server
