// Maintenance, statistics and metrics over real HTTP.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "served_shop.hpp"

namespace vitrine {
namespace {

using test::drawing;
using test::ServedShop;
using testing::HasSubstr;

void wait_for(const ServedShop& shop, const nlohmann::json& accepted) {
    shop.engine().wait({accepted["job"]["id"].get<std::int64_t>()},
                       std::chrono::steady_clock::now() + std::chrono::minutes(5));
}

TEST(MaintenanceApi, ChecksAndCleansUpAsJobsWhoseReportsAreKept) {
    const ServedShop shop;
    shop.add("1", 1);
    wait_for(shop, shop.expect(202, "POST", "/v1/maintenance/check"));
    wait_for(shop, shop.expect(202, "POST", "/v1/maintenance/cleanup", R"({"older_than_days":1})"));
    const auto runs = shop.expect(200, "GET", "/v1/maintenance/runs?kind=check");
    ASSERT_EQ(runs["runs"].size(), 1U) << runs;
    EXPECT_EQ(runs["runs"][0]["report"]["consistent"], true) << runs;
    EXPECT_TRUE(shop.expect(200, "POST", "/v1/maintenance/cleanup", R"({"dry_run":true})").is_object());
    for (const auto* const bad : {R"({"repair":1})", R"({"fix":true})", "[]", "x"}) {
        EXPECT_EQ(shop.ask("POST", "/v1/maintenance/check", bad).status, 400) << bad;
    }
    EXPECT_EQ(shop.ask("POST", "/v1/maintenance/cleanup", R"({"older_than_days":-1})").status, 400);
}

TEST(MaintenanceApi, NeedsTheScopeAdmin) {
    const ServedShop shop([](Config& config) { config.server.api_keys = {"write:change"}; });
    EXPECT_EQ(shop.ask("POST", "/v1/maintenance/check", {}, {{"Authorization", "Bearer change"}}).status, 403);
    EXPECT_EQ(shop.ask("GET", "/v1/maintenance/runs", {}, {{"Authorization", "Bearer change"}}).status, 200);
}

TEST(StatisticsApi, TellsWhatWasDoneAndWhatFoundNothing) {
    const ServedShop shop;
    shop.add("1", 1);
    shop.expect(200, "POST", "/v1/queries", drawing(1), {{"Prefer", "wait=60"}});
    shop.expect(200, "POST", "/v1/queries?category=nothing", drawing(9), {{"Prefer", "wait=60"}});
    const auto check = shop.expect(202, "POST", "/v1/maintenance/check")["job"]["id"].get<int>();
    shop.expect(200, "GET", fmt::format("/v1/jobs/{}", check), {}, {{"Prefer", "wait=60"}});
    const auto stats = shop.expect(200, "GET", "/v1/stats");
    EXPECT_EQ(stats["counts"]["products"], 1);
    EXPECT_EQ(stats["jobs"]["succeeded"], 4);
    EXPECT_EQ(stats["throughput"].size(), 24U);
    const auto in_all = [&stats](const char* what) {
        int sum = 0;
        for (const auto& hour : stats["throughput"]) sum += hour[what].get<int>();
        return sum;
    };
    EXPECT_EQ(in_all("queried"), 2);
    EXPECT_EQ(in_all("indexed"), 1) << "a check indexes nothing";
    EXPECT_EQ(stats["latency_ms"]["query"]["count"], 2);
    EXPECT_EQ(stats["latency_ms"]["finish"]["count"], 3);
    EXPECT_EQ(stats["queries"]["total"], 2);
    EXPECT_EQ(stats["queries"]["without_answer"], 1);
    EXPECT_EQ(stats["queries"]["recent_without_answer"].size(), 1U);
    EXPECT_EQ(stats["queries"]["top_categories"][0]["category"], "Things");
    EXPECT_FALSE(stats["slow"].empty());
}

TEST(StatisticsApi, TellsWhatWasAskedByMonth) {
    const ServedShop shop;
    EXPECT_TRUE(shop.expect(200, "GET", "/v1/stats/queries")["months"].empty());
    shop.add("1", 1);
    shop.expect(200, "POST", "/v1/queries", drawing(1), {{"Prefer", "wait=60"}});
    shop.expect(200, "POST", "/v1/queries?category=nothing", drawing(9), {{"Prefer", "wait=60"}});
    const auto months = shop.expect(200, "GET", "/v1/stats/queries?months=120")["months"];
    ASSERT_EQ(months.size(), 1U) << months;
    EXPECT_EQ(months[0]["queries"], 2);
    EXPECT_EQ(months[0]["without_answer"], 1);
    EXPECT_EQ(months[0]["categories"].size(), 2U) << months;
    EXPECT_GT(months[0]["latency_ms"]["p50"], 0.0);
    EXPECT_EQ(shop.ask("GET", "/v1/stats/queries?months=0").status, 400);
    EXPECT_EQ(shop.ask("GET", "/v1/stats/queries?years=1").status, 400);
}

TEST(MetricsApi, CountsRequestsJobsAndStages) {
    const ServedShop shop;
    shop.add("1", 1);
    shop.expect(404, "GET", "/v1/products/none");
    const auto text = shop.ask("GET", "/metrics").body;
    EXPECT_THAT(text,
                HasSubstr(R"(vitrine_http_requests_total{method="GET",route="/v1/products/{id}",status="404"} 1)"));
    EXPECT_THAT(text, HasSubstr(R"(vitrine_jobs_ended_total{kind="index",state="succeeded"} 1)"));
    EXPECT_THAT(text, HasSubstr(R"(vitrine_stage_seconds_count{kind="index",stage="label"} 1)"));
    EXPECT_THAT(text, HasSubstr(R"(vitrine_stored{what="products"} 1)"));
    EXPECT_THAT(shop.ask("GET", "/metrics").body,
                HasSubstr(R"(vitrine_jobs_ended_total{kind="index",state="succeeded"} 1)"))
        << "a job is counted once";
}

} // namespace
} // namespace vitrine
