#include "server/embedded_page.hpp"

#include <algorithm>
#include <regex>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrine {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::NotNull;
using testing::StartsWith;

std::string text_of(std::string_view path) {
    const auto* asset = find_page_asset(path);
    return asset != nullptr ? std::string(asset->body) : std::string();
}

/// What the first group of `pattern` matches in `text`, all of them.
std::set<std::string> found_in(const std::string& text, const std::string& pattern) {
    const std::regex regex(pattern);
    std::set<std::string> found;
    for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match)
        found.insert((*match)[1]);
    return found;
}

/// The address that `relative` ("../dom/element.js") means inside the file at `from`.
std::string resolved(const std::string& from, std::string relative) {
    auto folder = from.substr(0, from.rfind('/'));
    while (relative.starts_with("../")) {
        relative.erase(0, 3);
        folder.erase(folder.rfind('/'));
    }
    return folder + "/" + (relative.starts_with("./") ? relative.substr(2) : relative);
}

TEST(EmbeddedPage, TheRootIsThePageAndIsAskedForAgainEachTime) {
    const auto* page = find_page_asset("/");
    ASSERT_THAT(page, NotNull());
    EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
    EXPECT_EQ(page->cache_control, "no-cache");
    EXPECT_THAT(std::string(page->body), StartsWith("<!doctype html>"));
    EXPECT_THAT(std::string(page->body), EndsWith("</html>\n"));
}

TEST(EmbeddedPage, EverythingThatThePageNamesIsThereUnderAnAddressThatMayBeKeptForGood) {
    const auto names = found_in(text_of("/"), R"re((?:src|href)="(/assets/[^"]+)")re");
    EXPECT_GT(names.size(), 20U);
    for (const auto& name : names) {
        const auto* asset = find_page_asset(name);
        ASSERT_THAT(asset, NotNull()) << name;
        EXPECT_THAT(std::string(asset->cache_control), HasSubstr("immutable")) << name;
    }
}

TEST(EmbeddedPage, EveryImportOfAModuleLeadsToAModule) {
    for (const auto& asset : page_assets()) {
        if (!asset.path.ends_with(".js")) continue;
        for (const auto& name : found_in(std::string(asset.body), R"re((?:from|import) "(\.[^"]+)")re")) {
            EXPECT_THAT(find_page_asset(resolved(std::string(asset.path), name)), NotNull())
                << asset.path << ": " << name;
        }
    }
}

TEST(EmbeddedPage, AnUnknownPathIsNothing) {
    for (const auto* path : {"", "/assets", "/assets/", "/index.html", "/../CMakeLists.txt", "/assets/0/app.js"}) {
        EXPECT_EQ(find_page_asset(path), nullptr) << path;
    }
}

TEST(EmbeddedPage, EveryAssetHasATypeAndAStrongEntityTagOfItsOwn) {
    std::set<std::string_view> tags;
    for (const auto& asset : page_assets()) {
        EXPECT_THAT(std::string(asset.content_type), Not(IsEmpty())) << asset.path;
        EXPECT_TRUE(std::regex_match(std::string(asset.etag), std::regex("\"[0-9a-f]{32}\""))) << asset.etag;
        tags.insert(asset.etag);
    }
    EXPECT_EQ(tags.size(), page_assets().size());
}

// A page that must not ask another host, and would be stopped by its own policy if it had inline code.
TEST(EmbeddedPage, ItHasNothingInlineAndNamesNoOtherHost) {
    for (const auto& asset : page_assets()) {
        const std::string body(asset.body);
        EXPECT_THAT(found_in(body, R"re((\son[a-z]+="))re"), IsEmpty()) << asset.path;
        EXPECT_THAT(found_in(body, R"re((\sstyle="))re"), IsEmpty()) << asset.path;
        EXPECT_THAT(found_in(body, R"re((innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\())re"),
                    IsEmpty())
            << asset.path;
        for (const auto& host : found_in(body, R"re((https?://[^\s"'`]+))re")) {
            EXPECT_EQ(host, "http://www.w3.org/2000/svg") << asset.path; // a name, not an address that is asked
        }
    }
    EXPECT_THAT(std::string(page_content_security_policy()), Not(HasSubstr("unsafe-inline")));
}

} // namespace
} // namespace vitrine
