#include "server/openapi.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/api.hpp"
#include "server/problem.hpp"

#include "served_shop.hpp"

namespace vitrine::server {
namespace {

using nlohmann::json;

json description() {
    return json::parse(openapi_document());
}

/// The routes that a server of its own has.
std::vector<Route> served_routes() {
    const test::ServedShop shop;
    JobEvents events(shop.engine());
    return api_routes({shop.engine(), events, {}}); // no handler is called
}

std::string upper(std::string text) {
    for (char& c : text) c = char(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

TEST(Openapi, DescribesExactlyTheRoutesThatAreServed) {
    std::set<std::string> described;
    const auto all = description();
    for (const auto& [path, methods] : all["paths"].items()) {
        for (const auto& [method, operation] : methods.items()) described.insert(upper(method) + " " + path);
    }
    std::set<std::string> served;
    for (const auto& route : served_routes()) served.insert(route.method + " " + route.pattern);
    EXPECT_EQ(described, served);
}

TEST(Openapi, TellsEachOperationsScopeAndName) {
    const auto all = description();
    std::set<std::string> names;
    for (const auto& route : served_routes()) {
        std::string method = route.method;
        for (char& c : method) c = char(std::tolower(static_cast<unsigned char>(c)));
        const auto& operation = all["paths"][route.pattern][method];
        EXPECT_EQ(operation["x-scope"], to_string(route.scope)) << method << " " << route.pattern;
        EXPECT_EQ(operation["security"] == json::parse("[{}]"), route.scope == Scope::Open) << route.pattern;
        EXPECT_EQ(operation.contains("requestBody"), route.body != Body::None) << method << " " << route.pattern;
        EXPECT_TRUE(names.insert(operation["operationId"]).second) << operation["operationId"];
        EXPECT_TRUE(operation["responses"].contains("400")) << route.pattern;
    }
}

TEST(Openapi, IsValidForAReaderThatIsNotOurs) {
    const std::string modules = VITRINE_SOURCE_DIR "/build/test-servers/openapi";
    if (!std::filesystem::exists(modules + "/node_modules")) {
        GTEST_SKIP() << "Run scripts/install-dependencies: it installs the OpenAPI reader.";
    }
    const test::ServedShop shop; // what is served, not what lies in the sources
    const auto file = shop.folder() / "openapi.json";
    std::ofstream(file) << shop.ask("GET", "/openapi.json").body;
    const auto faults = shop.folder() / "faults";
    const auto command = fmt::format("node {}/tests/servers/openapi/validate.cjs {} {} 2> {}", VITRINE_SOURCE_DIR,
                                     modules, file.string(), faults.string());
    const int ended = std::system(command.c_str());
    std::ifstream said(faults);
    std::stringstream text;
    text << said.rdbuf();
    EXPECT_EQ(ended, 0) << text.str();
}

TEST(Openapi, AClientThatIsGeneratedFromItWalksTheApi) {
    const std::string modules = VITRINE_SOURCE_DIR "/build/test-servers/openapi_client";
    if (!std::filesystem::exists(modules + "/node_modules")) {
        GTEST_SKIP() << "Run scripts/install-dependencies: it installs the generator.";
    }
    const test::ServedShop shop;
    const auto work = shop.folder() / "generated";
    std::filesystem::create_directories(work);
    std::ofstream(work / "one.jpg", std::ios::binary) << test::drawing(1);
    std::ofstream(work / "other.jpg", std::ios::binary) << test::drawing(2);
    const auto said = work / "said";
    const auto command = fmt::format(
        "node {}/tests/servers/openapi_client/drive.mjs {} http://127.0.0.1:{} {} {}/one.jpg "
        "{}/other.jpg > {} 2>&1",
        VITRINE_SOURCE_DIR, modules, shop.port(), work.string(), work.string(), work.string(), said.string());
    const int ended = std::system(command.c_str());
    std::ifstream file(said);
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(ended, 0) << text.str();
    EXPECT_THAT(text.str(), testing::HasSubstr("walked"));
}

TEST(Openapi, ListsEveryCodeOfAProblem) {
    std::set<std::string> codes;
    for (const auto& kind : problem_kinds()) codes.emplace(kind.code);
    const auto listed = description()["components"]["schemas"]["Problem"]["properties"]["code"]["enum"];
    EXPECT_EQ(listed.get<std::set<std::string>>(), codes);
}

TEST(Problems, HaveOneKindForEveryErrorCode) {
    for (int code = 0; code <= static_cast<int>(ErrorCode::Internal); ++code) {
        const auto name = to_string(static_cast<ErrorCode>(code));
        const auto found = std::ranges::find(problem_kinds(), name, &ProblemKind::code);
        ASSERT_NE(found, problem_kinds().end()) << name;
        EXPECT_EQ(problem_response(Error(static_cast<ErrorCode>(code), "So.")).status, found->status);
    }
}

TEST(Problems, AreAllInTheTableOfTheDocumentation) {
    std::ifstream file(VITRINE_SOURCE_DIR "/docs/api.md");
    std::stringstream text;
    text << file.rdbuf();
    for (const auto& kind : problem_kinds()) {
        const auto row = "| `" + std::string(kind.code) + "` | " + std::to_string(kind.status) + " |";
        EXPECT_NE(text.str().find(row), std::string::npos) << row;
    }
}

TEST(Problems, TellWhenToComeBack) {
    const auto limited = problem_response(Error(ErrorCode::RateLimited, "Slow down.", std::chrono::milliseconds(1200)));
    EXPECT_THAT(limited.headers, testing::Contains(testing::Pair("Retry-After", "2")));
    EXPECT_THAT(problem_response(Error(ErrorCode::Unavailable, "Down.")).headers,
                testing::Contains(testing::Pair("Retry-After", "1")));
}

} // namespace
} // namespace vitrine::server
