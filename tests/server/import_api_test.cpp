// POST /v1/imports over real HTTP: a whole Vitrine, and a real server that the pictures are fetched from.

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <semaphore>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "served_shop.hpp"
#include "servers/fault_server.hpp"
#include "storage/postgres_test_server.hpp"

namespace vitrine {
namespace {

using nlohmann::json;
using test::drawing;
using test::FaultServer;
using test::ScriptedAnswer;
using test::SeenRequest;
using test::ServedShop;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr auto header = "product_id,name,description,category,image,colour\n";

void local(Config& config) {
    config.imports.allow_private_addresses = true;
}

/// /N.jpg is the drawing of that number; anything else is not there.
ScriptedAnswer picture(const SeenRequest& request) {
    const auto dot = request.target.find(".jpg");
    if (dot == std::string::npos) return {.status = 404, .headers = {}, .body = "no such picture"};
    return {.status = 200,
            .headers = {{"Content-Type", "image/jpeg"}},
            .body = drawing(std::stoi(request.target.substr(1, dot - 1)))};
}

std::string row(int number, const std::string& image) {
    return fmt::format("P{},Thing {},,Things,{},red\n", number, number, image);
}

/// Rows of the drawings 1 to `count` at that server.
std::string rows(const FaultServer& server, int count) {
    std::string text;
    for (int i = 1; i <= count; ++i) text += row(i, server.url(fmt::format("/{}.jpg", i)));
    return text;
}

std::int64_t send(const ServedShop& shop, const std::string& catalogue, const test::RawHeaders& headers = {}) {
    auto all = headers;
    all.emplace_back("Content-Type", "text/csv");
    const auto accepted = shop.expect(202, "POST", "/v1/imports", catalogue, all);
    return accepted["job"]["id"].get<std::int64_t>();
}

JobState wait_for(const ServedShop& shop, std::int64_t job) {
    const auto state = shop.engine().wait({job}, std::chrono::steady_clock::now() + std::chrono::minutes(5));
    EXPECT_TRUE(state) << "it did not end";
    return state.value_or(JobState::Running);
}

json show(const ServedShop& shop, std::int64_t job) {
    return shop.expect(200, "GET", fmt::format("/v1/imports/{}", job));
}

std::string error_on(const json& import, int line) {
    for (const auto& error : import["errors"]) {
        if (error["line"] == line) return error["error"];
    }
    return "no error on this line";
}

/// Lets answers wait until it is opened.
class Gate {
public:
    void open() {
        {
            const std::lock_guard lock(mutex_);
            open_ = true;
        }
        opened_.notify_all();
    }
    void pass() {
        std::unique_lock lock(mutex_);
        opened_.wait(lock, [this] { return open_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable opened_;
    bool open_ = false;
};

TEST(ImportApi, IndexesACsvRowByRowAndTellsWhatBecameOfEach) {
    const FaultServer pictures(picture);
    const ServedShop shop(local);
    const auto catalogue = header + rows(pictures, 3) + row(4, pictures.url("/missing")) + "P5,,,Things,x.jpg,red\n" +
                           row(6, "pictures/6.jpg") + row(1, pictures.url("/1.jpg")) + "too,few\n";
    const auto answer = shop.ask("POST", "/v1/imports", catalogue, {{"Content-Type", "text/csv"}});
    ASSERT_EQ(answer.status, 202) << answer.body;
    const auto job = json::parse(answer.body)["job"];
    EXPECT_EQ(job["kind"], "import");
    const auto id = job["id"].get<std::int64_t>();
    EXPECT_EQ(answer.headers.at("location"), fmt::format("/v1/jobs/{}", id));

    EXPECT_EQ(wait_for(shop, id), JobState::PartiallySucceeded);
    const auto import = show(shop, id);
    EXPECT_EQ(import["rows"], 8) << import;
    EXPECT_EQ(import["indexed"], 3);
    EXPECT_EQ(import["failed"], 5);
    EXPECT_EQ(import["unchanged"], 0);
    EXPECT_EQ(import["waiting"].get<int>() + import["indexing"].get<int>(), 0);
    EXPECT_EQ(import["all_read"], true);
    EXPECT_THAT(error_on(import, 5), AllOf(HasSubstr("404"), HasSubstr("/missing")));
    EXPECT_THAT(error_on(import, 6), HasSubstr("name is empty"));
    EXPECT_THAT(error_on(import, 7), HasSubstr("is no URL"));
    EXPECT_THAT(error_on(import, 8), HasSubstr("stands on line 2 already"));
    EXPECT_THAT(error_on(import, 9), Not(HasSubstr("no error")));
    EXPECT_EQ(import["job"]["rows_total"], 8);
    EXPECT_EQ(import["job"]["rows_done"], 3);
    EXPECT_EQ(import["job"]["rows_failed"], 5);

    const auto product = shop.expect(200, "GET", "/v1/products/P2");
    EXPECT_EQ(product["attributes"]["colour"], "red");
    EXPECT_FALSE(product["primary"].is_null());
    EXPECT_EQ(shop.engine().counts().vectors, 3);
}

TEST(ImportApi, GivesItsRowsByStateAndPageByPage) {
    const FaultServer pictures(picture);
    const ServedShop shop(local);
    const auto id = send(shop, header + rows(pictures, 5) + row(6, pictures.url("/missing")));
    wait_for(shop, id);
    std::vector<std::int64_t> lines;
    std::string cursor = "0";
    for (bool more = true; more;) {
        const auto page =
            shop.expect(200, "GET", fmt::format("/v1/imports/{}/rows?state=indexed&limit=2&cursor={}", id, cursor));
        for (const auto& each : page["rows"]) lines.push_back(each["line"].get<std::int64_t>());
        more = page["next_cursor"].is_string();
        if (more) cursor = page["next_cursor"];
    }
    EXPECT_THAT(lines, testing::ElementsAre(2, 3, 4, 5, 6));
    const auto failed = shop.expect(200, "GET", fmt::format("/v1/imports/{}/rows?state=failed", id))["rows"];
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_EQ(failed[0]["product_id"], "P6");
    EXPECT_TRUE(failed[0]["job_id"].is_null());
    shop.expect(400, "GET", fmt::format("/v1/imports/{}/rows?state=lost", id));
    shop.expect(404, "GET", "/v1/imports/4711");
    shop.expect(404, "GET", "/v1/imports/4711/rows");
}

TEST(ImportApi, SentAgainUnchangedMakesNoIndexingJob) {
    const FaultServer pictures(picture);
    const ServedShop shop(local);
    const auto catalogue = header + rows(pictures, 3);
    EXPECT_EQ(wait_for(shop, send(shop, catalogue)), JobState::Succeeded);
    const auto again = send(shop, catalogue);
    EXPECT_EQ(wait_for(shop, again), JobState::Succeeded);
    EXPECT_EQ(show(shop, again)["unchanged"], 3);
    JobFilter index;
    index.kind = "index";
    EXPECT_EQ(shop.engine().jobs(index).size(), 3U);
}

TEST(ImportApi, UnderOneKeyIsOneImport) {
    const FaultServer pictures(picture);
    const ServedShop shop(local);
    const auto catalogue = header + rows(pictures, 2);
    const auto first = send(shop, catalogue, {{"Idempotency-Key", "a"}});
    EXPECT_EQ(send(shop, catalogue, {{"Idempotency-Key", "a"}}), first);
    wait_for(shop, first);
    EXPECT_EQ(send(shop, catalogue, {{"Idempotency-Key", "a"}}), first);
    shop.expect(422, "POST", "/v1/imports", catalogue + row(3, pictures.url("/3.jpg")),
                {{"Content-Type", "text/csv"}, {"Idempotency-Key", "a"}});
    JobFilter imports;
    imports.kind = "import";
    EXPECT_EQ(shop.engine().jobs(imports).size(), 1U);
}

TEST(ImportApi, RefusesWhatNothingCanBeImportedOf) {
    const ServedShop shop([](Config& config) { config.imports.max_upload_bytes = 1'000; });
    const test::RawHeaders csv{{"Content-Type", "text/csv"}};
    shop.expect(400, "POST", "/v1/imports", "", csv);
    const auto lacking = shop.expect(400, "POST", "/v1/imports", "product_id,name\n1,Shoe\n", csv);
    EXPECT_THAT(lacking["detail"].get<std::string>(), HasSubstr("no column image"));
    shop.expect(400, "POST", "/v1/imports", "\xff\xfe\x00 nothing", csv);
    shop.expect(413, "POST", "/v1/imports", std::string(20'000, 'x'), csv);
    shop.expect(400, "POST", "/v1/imports", "--x\r\n\r\n", {{"Content-Type", "multipart/form-data; boundary=x"}});
    EXPECT_TRUE(shop.engine().jobs({}).empty()) << "bad input changed something";
}

TEST(ImportApi, TakesAForm) {
    const FaultServer pictures(picture);
    const ServedShop shop(local);
    const auto form = "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n"
                      "--b\r\nContent-Disposition: form-data; name=\"catalogue\"; filename=\"c.csv\"\r\n\r\n" +
                      (header + rows(pictures, 1)) + "\r\n--b--\r\n";
    const auto accepted =
        shop.expect(202, "POST", "/v1/imports", form, {{"Content-Type", "multipart/form-data; boundary=b"}});
    EXPECT_EQ(wait_for(shop, accepted["job"]["id"]), JobState::Succeeded);
}

TEST(ImportApi, NeedsTheScopeWrite) {
    const ServedShop shop([](Config& config) { config.server.api_keys = {"read:look", "write:change"}; });
    const auto as = [&](const char* key, const char* method, const char* target) {
        return shop.ask(method, target, header, {{"Authorization", fmt::format("Bearer {}", key)}}).status;
    };
    EXPECT_EQ(as("look", "POST", "/v1/imports"), 403);
    EXPECT_EQ(as("change", "POST", "/v1/imports"), 202);
    EXPECT_EQ(as("look", "GET", "/v1/imports/1"), 200);
}

TEST(ImportApi, AsksAServerThatIsBusyAgain) {
    std::atomic<int> refusals = 3;
    const FaultServer pictures([&](const SeenRequest& request) -> ScriptedAnswer {
        if (refusals-- > 0) return {.status = 503, .headers = {{"Retry-After", "1"}}, .body = {}};
        return picture(request);
    });
    const ServedShop shop(local);
    const auto id = send(shop, header + rows(pictures, 4));
    EXPECT_EQ(wait_for(shop, id), JobState::Succeeded);
    EXPECT_EQ(show(shop, id)["indexed"], 4);
    EXPECT_EQ(pictures.requests().size(), 7U) << "each row was fetched once more than it was refused";
}

TEST(ImportApi, GivesUpOnARowWhoseServerStaysAway) {
    const FaultServer pictures([](const SeenRequest& request) -> ScriptedAnswer {
        if (request.target == "/2.jpg") return {.status = 500, .headers = {}, .body = {}};
        if (request.target == "/3.jpg") return {.hang = true};
        return picture(request);
    });
    const ServedShop shop([](Config& config) {
        local(config);
        config.imports.max_attempts = 2;
        config.imports.download_timeout = Milliseconds{300};
    });
    const auto id = send(shop, header + rows(pictures, 4));
    EXPECT_EQ(wait_for(shop, id), JobState::PartiallySucceeded);
    const auto import = show(shop, id);
    EXPECT_EQ(import["indexed"], 2) << import;
    EXPECT_THAT(error_on(import, 3), HasSubstr("500"));
    EXPECT_THAT(error_on(import, 4), HasSubstr("did not answer in time"));
}

TEST(ImportApi, RetriedBeginsFailedRowsAgainAndNoOthers) {
    std::atomic<bool> there = false;
    const FaultServer pictures([&](const SeenRequest& request) -> ScriptedAnswer {
        if (request.target == "/2.jpg" && !there) return {.status = 404, .headers = {}, .body = {}};
        return picture(request);
    });
    const ServedShop shop(local);
    const auto id = send(shop, header + rows(pictures, 3) + "P9,,,,x,\n");
    EXPECT_EQ(wait_for(shop, id), JobState::PartiallySucceeded);
    there = true;
    shop.expect(202, "POST", fmt::format("/v1/jobs/{}/retry", id));
    EXPECT_EQ(wait_for(shop, id), JobState::PartiallySucceeded) << "the bad row stays bad";
    const auto import = show(shop, id);
    EXPECT_EQ(import["indexed"], 3) << import;
    EXPECT_EQ(import["failed"], 1);
    EXPECT_EQ(import["job"]["rows_total"], 4);
    EXPECT_EQ(pictures.requests().size(), 4U);
}

TEST(ImportApi, CancelledBeginsNothingMore) {
    Gate gate;
    const FaultServer pictures([&](const SeenRequest& request) {
        gate.pass();
        return picture(request);
    });
    const ServedShop shop([](Config& config) {
        local(config);
        config.imports.downloads_at_once = 2;
    });
    const auto id = send(shop, header + rows(pictures, 50));
    pictures.wait_for_requests(2);
    const auto cancelled = shop.expect(200, "POST", fmt::format("/v1/jobs/{}/cancel", id));
    EXPECT_EQ(cancelled["state"], "cancelled");
    gate.open();
    const auto import = show(shop, id);
    EXPECT_EQ(import["cancelled"], 50) << import;
    EXPECT_EQ(import["waiting"], 0);
    EXPECT_EQ(shop.engine().counts().products, 0);
    shop.expect(409, "POST", fmt::format("/v1/jobs/{}/cancel", id));
}

TEST(ImportApi, GoesOnWhereItWasAfterARestart) {
    Gate gate;
    std::atomic<int> asked = 0;
    const FaultServer pictures([&](const SeenRequest& request) {
        if (++asked > 10) gate.pass();
        return picture(request);
    });
    ServedShop shop(local);
    const auto id = send(shop, header + rows(pictures, 40));
    pictures.wait_for_requests(14);
    std::thread opener([&] {
        pictures.wait_for_requests(18); // what was under way is given up when the engine stops
        gate.open();
    });
    shop.restart();
    opener.join();
    EXPECT_EQ(wait_for(shop, id), JobState::Succeeded);
    EXPECT_EQ(show(shop, id)["indexed"], 40);
    JobFilter index{.state = std::nullopt, .kind = "index", .before = {}, .limit = 1000};
    EXPECT_EQ(shop.engine().jobs(index).size(), 40U) << "each row was indexed once";
}

TEST(ImportApi, KeepsWhatWasSentUntilItHasNoMoreUseForIt) {
    Gate gate;
    const FaultServer pictures([&](const SeenRequest& request) {
        gate.pass();
        return picture(request);
    });
    const ServedShop shop(local);
    const auto id = send(shop, header + rows(pictures, 2));
    pictures.wait_for_requests(2);
    EXPECT_EQ(shop.engine().check({.repair = true, .hash_files = false}).orphan_files, 0);
    gate.open();
    EXPECT_EQ(wait_for(shop, id), JobState::Succeeded);
    const auto check = shop.engine().check({.repair = false, .hash_files = true});
    EXPECT_EQ(check.orphan_files, 0);
    EXPECT_EQ(check.files, 2) << "the pictures alone";
}

TEST(ImportApi, FailsNoRowForAnImageStoreThatIsAway) {
    Gate gate;
    const FaultServer pictures([&](const SeenRequest& request) {
        gate.pass();
        return picture(request);
    });
    const ServedShop shop(local);
    const auto id = send(shop, header + rows(pictures, 3));
    pictures.wait_for_requests(3);
    const auto store = shop.folder() / "data" / "images", away = shop.folder() / "away";
    std::filesystem::rename(store, away);
    std::ofstream(store) << "no folder";
    std::counting_semaphore<> changes(0);
    auto watching = shop.engine().watch_jobs([&](JobId) { changes.release(); });
    gate.open();
    while (shop.engine().job({id})->tasks.back().error.empty()) changes.acquire();
    watching.reset();
    std::filesystem::remove(store);
    std::filesystem::rename(away, store);
    EXPECT_EQ(wait_for(shop, id), JobState::Succeeded);
    EXPECT_EQ(show(shop, id)["indexed"], 3);
}

TEST(ImportApi, IsForgottenByTheCleanUpAndItsJobStays) {
    const FaultServer pictures(picture);
    const ServedShop shop(local);
    const auto id = send(shop, header + rows(pictures, 1) + row(2, pictures.url("/missing")));
    wait_for(shop, id);
    EXPECT_EQ(shop.engine().check({}).files, 2) << "a picture, and what was sent: the job may be retried";
    EXPECT_EQ(shop.engine().cleanup({.dry_run = true, .older_than_days = 0}).imports, 1);
    EXPECT_EQ(shop.engine().cleanup({.dry_run = false, .older_than_days = 0}).imports, 1);
    shop.expect(404, "GET", fmt::format("/v1/imports/{}", id));
    EXPECT_EQ(shop.expect(200, "GET", fmt::format("/v1/jobs/{}", id))["rows_done"], 1);
    const auto check = shop.engine().check({});
    EXPECT_EQ(check.files, 1);
    EXPECT_EQ(check.orphan_files, 0);
}

TEST(ImportApi, RefusesAddressesOfThisMachineAndItsNetworks) {
    const FaultServer pictures(picture);
    const ServedShop shop;
    std::string catalogue = header;
    int number = 0;
    for (const auto* host : {"127.0.0.1", "localhost", "0x7f.1", "2130706433", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]",
                             "127.1", "LocalHost"}) {
        catalogue += row(++number, fmt::format("http://{}:{}/1.jpg", host, pictures.port()));
    }
    const auto id = send(shop, catalogue);
    EXPECT_EQ(wait_for(shop, id), JobState::Failed);
    const auto import = show(shop, id);
    EXPECT_EQ(import["failed"], number);
    EXPECT_EQ(import["errors"].size(), static_cast<std::size_t>(number));
    for (const auto& error : import["errors"]) {
        EXPECT_THAT(error["error"].get<std::string>(), HasSubstr("not a public address")) << error;
    }
    EXPECT_EQ(pictures.connections(), 0);
}

TEST(ImportApi, RefusesUrlsWithPasswordsAndOtherSchemesAndRepeatsNone) {
    const FaultServer pictures([](const SeenRequest& request) -> ScriptedAnswer {
        if (request.target == "/to-user") {
            return {.status = 302, .headers = {{"Location", "http://u:hidden@127.0.0.1:1/x"}}, .body = {}};
        }
        if (request.target == "/to-file") {
            return {.status = 302, .headers = {{"Location", "file:///etc/passwd"}}, .body = {}};
        }
        return {.status = 302, .headers = {{"Location", request.target}}, .body = {}};
    });
    const ServedShop shop([](Config& config) {
        local(config);
        config.imports.max_attempts = 1;
    });
    const auto url = pictures.url();
    const auto id =
        send(shop, header + row(1, "http://u:hidden@" + url.substr(7) + "/1.jpg") + row(2, url + "/to-user") +
                       row(3, url + "/to-file") + row(4, url + "/circle") + row(5, "file:///etc/passwd") +
                       row(6, "ftp://127.0.0.1/1.jpg") + row(7, url + "/a b.jpg?token=hidden"));
    EXPECT_EQ(wait_for(shop, id), JobState::Failed);
    const auto import = show(shop, id);
    EXPECT_EQ(import["failed"], 7) << import;
    EXPECT_THAT(error_on(import, 2), HasSubstr("user or a password"));
    EXPECT_THAT(error_on(import, 3), HasSubstr("user or a password"));
    EXPECT_THAT(error_on(import, 5), HasSubstr("redirects in a circle"));
    EXPECT_THAT(import.dump(), Not(HasSubstr("hidden")));
    EXPECT_THAT(shop.expect(200, "GET", fmt::format("/v1/imports/{}/rows", id)).dump(), Not(HasSubstr("hidden")));
    EXPECT_THAT(shop.expect(200, "GET", fmt::format("/v1/jobs/{}", id)).dump(), Not(HasSubstr("hidden")));
}

TEST(ImportApi, LimitsWhatAPictureMayWeigh) {
    const FaultServer pictures([](const SeenRequest& request) -> ScriptedAnswer {
        ScriptedAnswer large{.status = 200, .headers = {}, .body = std::string(200'000, 'x')};
        large.chunked = request.target == "/2.jpg";
        return large;
    });
    const ServedShop shop([](Config& config) {
        local(config);
        config.server.max_upload_bytes = 100'000;
    });
    const auto id = send(shop, header + rows(pictures, 2));
    EXPECT_EQ(wait_for(shop, id), JobState::Failed);
    EXPECT_THAT(error_on(show(shop, id), 2), HasSubstr("over 100000 bytes"));
    EXPECT_THAT(error_on(show(shop, id), 3), HasSubstr("over 100000 bytes"));
}

TEST(ImportApiOnPostgres, IndexesEveryRowOnce) {
    const FaultServer pictures(picture);
    const auto url = testing_support::PostgresServer::of_this_program().new_database();
    const ServedShop shop([&](Config& config) {
        local(config);
        config.database.url = url;
    });
    const auto id = send(shop, header + rows(pictures, 30) + row(31, pictures.url("/missing")));
    EXPECT_EQ(wait_for(shop, id), JobState::PartiallySucceeded);
    const auto import = show(shop, id);
    EXPECT_EQ(import["indexed"], 30) << import;
    EXPECT_EQ(import["failed"], 1);
    const auto again = send(shop, header + rows(pictures, 30));
    EXPECT_EQ(wait_for(shop, again), JobState::Succeeded);
    EXPECT_EQ(show(shop, again)["unchanged"], 30);
}

} // namespace
} // namespace vitrine
