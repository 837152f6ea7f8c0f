#include "server/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

namespace vitrine::server {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

Route route(const std::string& method, const std::string& pattern) {
    return {.method = method, .pattern = pattern, .handler = [](const Request&) -> Reply { return Response{}; }};
}

Router shop() {
    return Router({route("GET", "/v1/products"), route("POST", "/v1/products"), route("GET", "/v1/products/{id}"),
                   route("GET", "/v1/products/{id}/images"), route("GET", "/v1/products/newest"), route("GET", "/")});
}

TEST(Router, FindsARouteAndWhatStandsInItsPlaces) {
    const auto router = shop();
    const auto found = std::get<Router::Found>(router.match("GET", {"v1", "products", "a/b"}));
    EXPECT_EQ(found.route->pattern, "/v1/products/{id}");
    EXPECT_THAT(found.captured, ElementsAre("a/b"));
    EXPECT_EQ(std::get<Router::Found>(router.match("GET", {})).route->pattern, "/");
}

TEST(Router, PrefersTheNameToThePlace) {
    const auto router = shop();
    EXPECT_EQ(std::get<Router::Found>(router.match("GET", {"v1", "products", "newest"})).route->pattern,
              "/v1/products/newest");
}

TEST(Router, TellsTheMethodsThatAnAddressHas) {
    const auto router = shop();
    EXPECT_THAT(std::get<Router::OtherMethods>(router.match("DELETE", {"v1", "products"})).allowed,
                UnorderedElementsAre("GET", "POST"));
}

TEST(Router, KnowsNothingOfOtherAddresses) {
    const auto router = shop();
    for (const auto& segments : std::vector<std::vector<std::string>>{
             {"v1"}, {"v1", "products", ""}, {"v1", "products", "1", "2"}, {"v2", "products"}, {""}}) {
        EXPECT_TRUE(std::holds_alternative<Router::NoSuchPath>(router.match("GET", segments)));
    }
}

TEST(Router, RefusesTwoRoutesOfOneMethodAndPattern) {
    EXPECT_THROW(Router({route("GET", "/a"), route("GET", "/a")}), Error);
}

} // namespace
} // namespace vitrine::server
