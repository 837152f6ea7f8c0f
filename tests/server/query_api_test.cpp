// Queries, jobs and their events over real HTTP.

#include <filesystem>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "images/codec.hpp"
#include "served_shop.hpp"

namespace vitrine {
namespace {

using nlohmann::json;
using test::drawing;
using test::RawConnection;
using test::ServedShop;
using testing::HasSubstr;

std::string events_request(std::int64_t job, const std::string& more = {}) {
    return fmt::format("GET /v1/jobs/{}/events HTTP/1.1\r\nHost: localhost\r\n{}\r\n", job, more);
}

std::int64_t ended_query(const ServedShop& shop) {
    const auto job = shop.engine().submit_query(drawing(1), {});
    shop.engine().wait(job, std::chrono::steady_clock::now() + std::chrono::minutes(5));
    return job.value;
}

TEST(QueryApi, WaitsForTheResultWhenAsked) {
    const ServedShop shop;
    shop.add("1", 1);
    const auto answer = shop.ask("POST", "/v1/queries?top=3", drawing(1), {{"Prefer", "wait=60"}});
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.headers.at("preference-applied"), "wait=60");
    const auto result = json::parse(answer.body);
    EXPECT_EQ(result["state"], "succeeded");
    EXPECT_EQ(result["products"][0]["product_id"], "1");
    EXPECT_GT(result["timings_ms"]["total"].get<double>(), 0.0);
    EXPECT_EQ(shop.expect(200, "GET", fmt::format("/v1/queries/{}", result["job_id"].get<int>())), result);
}

TEST(QueryApi, AnswersAtOnceWithTheJobAndLaterWithTheResult) {
    const ServedShop shop;
    shop.add("1", 1);
    const auto accepted = shop.expect(202, "POST", "/v1/queries", drawing(1));
    const auto id = accepted["job"]["id"].get<std::int64_t>();
    EXPECT_EQ(accepted["job"]["kind"], "query");
    const auto result = shop.expect(200, "GET", fmt::format("/v1/queries/{}", id), {}, {{"Prefer", "wait=60"}});
    EXPECT_EQ(result["job_id"], id);
}

/// The beginning of a large photo: its header is whole, its pixels are not there.
std::string beginning_of_a_large_photo() {
    const auto photo = drawing(1, 2'100);
    for (std::size_t length = 100; length < photo.size(); ++length) {
        const auto cut = photo.substr(0, length);
        try {
            read_header(cut, {});
        } catch (const Error&) {
            continue;
        }
        try {
            decode(cut, {});
        } catch (const Error&) {
            return cut;
        }
    }
    throw std::runtime_error("every cut of the photo can be decoded");
}

TEST(QueryApi, ALargePhotoIsFoundAndABrokenOneRefusedAtOnceWhetherOneWaitsOrNot) {
    const ServedShop shop;
    shop.add("1", 1);
    const auto good = shop.expect(202, "POST", "/v1/queries", drawing(1, 2'100))["job"]["id"].get<int>();
    const auto result = shop.expect(200, "GET", fmt::format("/v1/queries/{}", good), {}, {{"Prefer", "wait=60"}});
    EXPECT_EQ(result["products"][0]["product_id"], "1");

    const auto jobs_before = shop.engine().jobs({}).size();
    const auto broken = beginning_of_a_large_photo();
    EXPECT_EQ(shop.ask("POST", "/v1/queries", broken).status, 400);
    EXPECT_EQ(shop.ask("POST", "/v1/queries", broken, {{"Prefer", "wait=60"}}).status, 400);
    EXPECT_EQ(shop.ask("POST", "/v1/products/1/images", broken).status, 400);
    EXPECT_EQ(shop.engine().jobs({}).size(), jobs_before);
    const auto sha256 = sha256_hex(broken);
    EXPECT_FALSE(std::filesystem::exists(shop.folder() / "data" / "images" / sha256.substr(0, 2) / sha256));
}

TEST(QueryApi, WaitsNoLongerThanAsked) {
    const ServedShop shop([](Config& config) { config.jobs.work = false; }); // nothing ever ends
    const auto answer = shop.ask("POST", "/v1/queries", drawing(1), {{"Prefer", "wait=0"}});
    EXPECT_EQ(answer.status, 202) << answer.body;
}

TEST(QueryApi, RefusesBadQuestionsAndUnknownOnes) {
    const ServedShop shop;
    for (const auto* const bad : {"top=0", "top=1001", "top=x", "what=1"}) {
        EXPECT_EQ(shop.ask("POST", std::string("/v1/queries?") + bad, drawing(1)).status, 400) << bad;
    }
    EXPECT_EQ(shop.ask("POST", "/v1/queries").status, 400);
    EXPECT_EQ(shop.ask("POST", "/v1/queries", "text").status, 415);
    for (const auto* const gone : {"/v1/queries/999", "/v1/queries/x", "/v1/jobs/999", "/v1/jobs/999/events"}) {
        EXPECT_EQ(shop.ask("GET", gone).status, 404) << gone;
    }
    shop.add("1", 1);
    const auto index_job = shop.engine().jobs({})[0].id.value;
    EXPECT_EQ(shop.ask("GET", fmt::format("/v1/queries/{}", index_job)).status, 404) << "that is no query";
}

TEST(QueryApi, NarrowsByCategoryAttributeRegionAndScore) {
    const ServedShop shop;
    shop.add("1", 1);
    shop.expect(200, "PATCH", "/v1/products/1", R"({"attributes":{"size":42}})");
    const auto found = [&](const std::string& query) {
        const auto result = shop.expect(200, "POST", "/v1/queries?" + query, drawing(1), {{"Prefer", "wait=60"}});
        return result["products"].size();
    };
    EXPECT_EQ(found("category=Things&attr.size=42"), 1U);
    EXPECT_EQ(found("attr.size=43"), 0U);
    EXPECT_EQ(found("category=Other"), 0U);
    EXPECT_EQ(found("min_score=1"), 0U);
    EXPECT_EQ(found("box=10,10,80,80"), 1U);
    for (const auto* const bad : {"box=1,2,3", "box=0,0,500,500", "min_score=2", "attr.=1"}) {
        EXPECT_EQ(shop.ask("POST", std::string("/v1/queries?") + bad, drawing(1), {{"Prefer", "wait=60"}}).status, 400)
            << bad;
    }
}

TEST(QueryApi, TellsTheEvidenceThePhotoAndThePoints) {
    const ServedShop shop;
    shop.add("1", 1);
    const auto result = shop.expect(200, "POST", "/v1/queries", drawing(1), {{"Prefer", "wait=60"}});
    EXPECT_EQ(result["image"]["width"], 96);
    const auto& best = result["products"][0];
    EXPECT_TRUE(best["evidence"]["label_words"].is_array()) << best;
    const auto points = shop.expect(200, "GET",
                                    fmt::format("/v1/images/{}/points?matched={}", best["crop_image_id"].get<int>(),
                                                best["matched_image_id"].get<int>()));
    EXPECT_EQ(points["points"].size() > 0, best["inliers"].get<int>() > 0) << best;
    EXPECT_EQ(shop.ask("GET", "/v1/images/999/points?matched=1").status, 404);
    EXPECT_EQ(shop.ask("GET", "/v1/images/1/points").status, 400);
}

TEST(QueryApi, FindsWhatLooksLikeAProductWithoutAPhoto) {
    const ServedShop shop;
    shop.add("1", 1);
    shop.add("2", 1);
    const auto similar = shop.expect(200, "GET", "/v1/products/1/similar?top=5");
    ASSERT_GE(similar["products"].size(), 1U);
    EXPECT_EQ(similar["products"][0]["product_id"], "2") << "itself is left out";
    EXPECT_EQ(shop.ask("GET", "/v1/products/none/similar").status, 404);
    shop.expect(201, "POST", "/v1/products", R"({"id":"3","name":"No picture"})");
    EXPECT_EQ(shop.ask("GET", "/v1/products/3/similar").status, 409);
}

TEST(JobsApi, ListsShowsAndPagesJobs) {
    const ServedShop shop;
    for (int i = 0; i < 5; ++i) ended_query(shop);
    const auto page = shop.expect(200, "GET", "/v1/jobs?limit=3&state=succeeded&kind=query");
    ASSERT_EQ(page["jobs"].size(), 3U);
    const auto rest = shop.expect(200, "GET", "/v1/jobs?limit=3&cursor=" + page["next_cursor"].get<std::string>());
    EXPECT_EQ(rest["jobs"].size(), 2U);
    EXPECT_TRUE(rest["next_cursor"].is_null());
    const auto job = shop.expect(200, "GET", fmt::format("/v1/jobs/{}", page["jobs"][0]["id"].get<int>()));
    EXPECT_GE(job["tasks"].size(), 3U);
    EXPECT_EQ(shop.ask("GET", "/v1/jobs?state=done").status, 400);
}

TEST(JobsApi, CancelsAndRetriesAsTheStateAllows) {
    const ServedShop shop([](Config& config) { config.jobs.work = false; });
    const auto id = shop.engine().submit_query(drawing(1), {}).value;
    const auto job = fmt::format("/v1/jobs/{}", id);
    EXPECT_EQ(shop.expect(409, "POST", job + "/retry")["code"], "conflict");
    EXPECT_EQ(shop.expect(200, "POST", job + "/cancel")["state"], "cancelled");
    EXPECT_EQ(shop.expect(409, "POST", job + "/cancel")["code"], "conflict");
    EXPECT_EQ(shop.expect(202, "POST", job + "/retry")["job"]["attempts"], 2);
    EXPECT_EQ(shop.ask("POST", "/v1/jobs/999/cancel").status, 404);
}

TEST(JobEventsApi, TellsEveryChangeUntilTheEnd) {
    const ServedShop shop;
    const auto id = shop.engine().submit_query(drawing(1), {}).value;
    RawConnection connection(shop.port());
    connection.send(events_request(id));
    const auto answer = connection.read_answer();
    EXPECT_EQ(answer.headers.at("content-type"), "text/event-stream");
    EXPECT_THAT(answer.body, HasSubstr("event: job\ndata: {\"id\":" + std::to_string(id)));
    EXPECT_THAT(answer.body, HasSubstr("\"state\":\"succeeded\""));
}

TEST(JobEventsApi, AJobThatHasEndedIsToldToEveryFollower) {
    const ServedShop shop;
    const auto id = ended_query(shop);
    for (int i = 0; i < 300; ++i) {
        RawConnection connection(shop.port());
        connection.send(events_request(id));
        ASSERT_THAT(connection.read_answer().body, HasSubstr("\"state\":\"succeeded\"")) << i;
    }
}

TEST(JobEventsApi, WhoComesBackIsToldOnlyWhatIsNew) {
    const ServedShop shop([](Config& config) { config.jobs.work = false; });
    const auto id = shop.engine().submit_query(drawing(1), {}).value;
    std::string last;
    {
        RawConnection connection(shop.port());
        connection.send(events_request(id));
        connection.read_until("id: ");
        last = connection.read_until("\n");
        last.pop_back();
    } // the client goes away in the middle
    RawConnection again(shop.port());
    again.send(events_request(id, "Last-Event-ID: " + last + "\r\n"));
    again.read_until("\r\n\r\n");
    shop.engine().cancel_job({id});
    const auto rest = again.read_rest();
    EXPECT_THAT(rest, HasSubstr("\"state\":\"cancelled\""));
    EXPECT_THAT(rest, testing::Not(HasSubstr("\"state\":\"queued\""))) << "that was seen";

    const auto end = rest.find("id: ") + 4;
    const auto seen_end = rest.substr(end, rest.find('\n', end) - end);
    EXPECT_EQ(shop.ask("GET", fmt::format("/v1/jobs/{}/events", id), {}, {{"Last-Event-ID", seen_end}}).status, 204);
    EXPECT_EQ(shop.ask("GET", fmt::format("/v1/jobs/{}/events", id), {}, {{"Last-Event-ID", "x"}}).status, 400);
}

TEST(JobEventsApi, TellsOfEveryJobWhoFollowsAll) {
    const ServedShop shop;
    RawConnection connection(shop.port());
    connection.send("GET /v1/jobs/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    connection.read_until("retry: 2000");
    for (int i = 0; i < 2; ++i) {
        const auto id = ended_query(shop);
        EXPECT_NE(connection.read_until(fmt::format("data: {{\"id\":{},", id)), "");
        EXPECT_NE(connection.read_until("\"state\":\"succeeded\""), "");
    }
}

TEST(JobEventsApi, AClientThatGoesAwayCancelsNothing) {
    const ServedShop shop;
    const auto id = shop.engine().submit_query(drawing(3), {}).value;
    {
        RawConnection connection(shop.port());
        connection.send(events_request(id));
        connection.read_until("retry:");
    }
    EXPECT_EQ(shop.engine().wait({id}, std::chrono::steady_clock::now() + std::chrono::minutes(5)),
              JobState::Succeeded);
}

TEST(JobEventsApi, AThousandStreamsHoldNoThreadAndHearTheEnd) {
    const ServedShop shop([](Config& config) { config.jobs.work = false; });
    const auto id = shop.engine().submit_query(drawing(1), {}).value;
    std::vector<std::unique_ptr<RawConnection>> streams;
    for (int i = 0; i < 1000; ++i) {
        streams.push_back(std::make_unique<RawConnection>(shop.port()));
        streams.back()->send(events_request(id));
    }
    for (const auto& stream : streams) EXPECT_THAT(stream->read_until("\"state\":\"queued\""), HasSubstr("200 OK"));
    shop.expect(200, "GET", "/healthz");
    shop.engine().cancel_job({id});
    for (const auto& stream : streams) EXPECT_THAT(stream->read_rest(), HasSubstr("\"state\":\"cancelled\""));
}

TEST(JobEventsApi, StreamsAndWaitsEndWhenTheServerStops) {
    const ServedShop shop([](Config& config) { config.jobs.work = false; });
    const auto id = shop.engine().submit_query(drawing(1), {}).value;
    RawConnection stream(shop.port());
    stream.send(events_request(id));
    stream.read_until("\"state\":\"queued\"");
    RawConnection waiting(shop.port());
    waiting.send(fmt::format("GET /v1/queries/{} HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=60\r\n\r\n", id));
    shop.expect(200, "GET", "/healthz"); // by now the server has read it
    shop.service().stop();
    EXPECT_THAT(stream.read_rest(), HasSubstr("0\r\n\r\n"));
    EXPECT_EQ(waiting.read_answer().status, 202);
}

} // namespace
} // namespace vitrine
