// `vitrine serve` as a process of its own.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <vitrine/error.hpp>

#include "program.hpp"
#include "servers/raw_client.hpp"
#include "serving.hpp"
#include "storage/postgres_test_server.hpp"

namespace vitrine {
namespace {

using nlohmann::json;
using test::bytes_of;
using test::quick;
using test::RunningProgram;
using test::Serving;
using test::Workplace;
using testing::HasSubstr;

TEST(Serve, AnswersUntilItIsToldToStop) {
    const Workplace place;
    const auto photo = bytes_of(place.draw("a.jpg", 1));
    {
        Serving serving(place);
        EXPECT_EQ(serving.send(HttpMethod::Post, "/v1/products", R"({"id":"1","name":"Thing"})").status, 201);
        EXPECT_EQ(serving.send(HttpMethod::Post, "/v1/products/1/images", photo).status, 202);
        const auto found = serving.send(HttpMethod::Post, "/v1/queries", photo, {{"Prefer", "wait=60"}});
        EXPECT_EQ(found.status, 200) << found.body;
        EXPECT_EQ(serving.send(HttpMethod::Get, "/").header("content-type"), "text/html; charset=utf-8");
        serving.program().send(SIGTERM);
        const auto ended = serving.program().end();
        EXPECT_EQ(ended.code, 0) << ended.err;
        EXPECT_THAT(ended.err, HasSubstr("stopping"));
    }
    const auto products = place.vitrine({"products", "list", "--json"});
    EXPECT_THAT(products.out, HasSubstr("\"Thing\"")) << "the data folder is free again, and holds it";
}

TEST(Serve, LosesNothingWhenItIsKilled) {
    const Workplace place;
    const auto photo = bytes_of(place.draw("a.jpg", 2));
    std::string address;
    {
        Serving serving(place);
        const auto accepted = serving.send(HttpMethod::Post, "/v1/queries", photo);
        ASSERT_EQ(accepted.status, 202) << accepted.body;
        address = "/v1/queries/" + std::to_string(json::parse(accepted.body)["job"]["id"].get<int>());
        serving.program().send(SIGKILL);
        serving.program().end();
    }
    Serving again(place);
    EXPECT_EQ(again.send(HttpMethod::Get, address, {}, {{"Prefer", "wait=60"}}).status, 200);
}

TEST(Serve, AnswersAKeyedRequestThatDiedWithItAtAnyInstantWhenItIsSentAgain) {
    const Workplace place;
    constexpr int rounds = 12;
    for (int round = 0; round < rounds; ++round) {
        const auto photo = bytes_of(place.draw("a.jpg", round));
        const auto id = fmt::format("P{}", round);
        const auto images = fmt::format("/v1/products/{}/images", id);
        const std::vector<std::pair<std::string, std::string>> keyed{{"Idempotency-Key", id}};
        {
            Serving serving(place);
            ASSERT_EQ(serving.send(HttpMethod::Post, "/v1/products", fmt::format(R"({{"id":"{0}","name":"{0}"}})", id))
                          .status,
                      201);
            std::thread killer([&] {
                std::this_thread::sleep_for(std::chrono::microseconds(700) * round); // a different instant each time
                serving.program().send(SIGKILL);
            });
            try {
                static_cast<void>(serving.send(HttpMethod::Post, images, photo, keyed));
            } catch (const Error&) {
                // It died before it had answered.
            }
            killer.join();
            serving.program().end();
        }
        Serving again(place);
        const auto answer = again.send(HttpMethod::Post, images, photo, keyed);
        EXPECT_EQ(answer.status, 202) << "round " << round << ": " << answer.body;
        const auto job = json::parse(answer.body)["job"]["id"].get<int>();
        EXPECT_EQ(again.send(HttpMethod::Get, fmt::format("/v1/jobs/{}", job), {}, {{"Prefer", "wait=60"}}).status,
                  200);
        const auto jobs = json::parse(again.send(HttpMethod::Get, "/v1/jobs?kind=index&limit=100").body)["jobs"];
        const auto is_of_it = [&](const json& one) { return one["product_id"] == id; };
        EXPECT_EQ(std::count_if(jobs.begin(), jobs.end(), is_of_it), 1) << jobs;
    }
}

/// How much memory of its own a process has resident, in KiB: without the pages of files.
long own_memory_kib(pid_t process) {
    std::ifstream status(fmt::format("/proc/{}/status", process));
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("RssAnon:")) return std::stol(line.substr(8));
    }
    return -1;
}

TEST(Serve, HoldsNoUploadOfACatalogueInMemory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer keeps what the program has given back";
#endif
    const Workplace place;
    Serving serving(place);
    constexpr std::size_t upload_bytes = 160 << 20, piece_bytes = 1 << 20, last_bytes = 1000;
    const auto before = own_memory_kib(serving.program().id());
    ASSERT_GT(before, 0);
    test::RawConnection client(serving.port());
    client.send(fmt::format("POST /v1/imports HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-tar\r\n"
                            "Connection: close\r\nContent-Length: {}\r\n\r\n",
                            upload_bytes));
    const std::string piece(piece_bytes, 'x');
    for (std::size_t sent = 0; sent + piece_bytes < upload_bytes; sent += piece_bytes) client.send(piece);
    client.send(piece.substr(0, piece_bytes - last_bytes));
    EXPECT_LT(own_memory_kib(serving.program().id()) - before, 40 * 1024) << "nearly all of it has come";
    client.send(piece.substr(0, last_bytes));
    EXPECT_EQ(client.read_answer().status, 400) << "it is no archive";
    EXPECT_EQ(serving.send(HttpMethod::Get, "/healthz").status, 200);
}

TEST(Serve, RefusesAWrongConfigurationBeforeItListens) {
    const Workplace place;
    const auto open = place.vitrine({"serve", "--listen", "0.0.0.0:0"});
    EXPECT_EQ(open.code, 2);
    EXPECT_THAT(open.err, HasSubstr("server.api_keys"));
    const auto nobody = place.vitrine({"serve", "--listen", "127.0.0.1:0", "--workers", "0"});
    EXPECT_EQ(nobody.code, 2);
    EXPECT_THAT(nobody.err, HasSubstr("postgresql://"));
    const auto key = place.vitrine({"serve", "--listen", "127.0.0.1:0", "--set", "server.api_keys=read:"});
    EXPECT_EQ(key.code, 2);
    EXPECT_THAT(key.err, HasSubstr("Number 1 of server.api_keys"));
    EXPECT_EQ(place.vitrine({"serve", "--listen", "nowhere"}).code, 2);
    EXPECT_EQ(place.vitrine({"serve", "--workers", "-1"}).code, 2);
}

TEST(Serve, LogsRequestsAsJsonWithTheirJobAndWithoutSecrets) {
    const Workplace place;
    const auto photo = bytes_of(place.draw("a.jpg", 1));
    Serving serving(place,
                    {"--set", "log.level=info", "--set", "log.format=json", "--set", "server.api_keys=admin:geheim"});
    const auto answer =
        serving.send(HttpMethod::Post, "/v1/queries?category=private", photo, {{"Authorization", "Bearer geheim"}});
    EXPECT_EQ(answer.status, 202) << answer.body;
    serving.program().send(SIGTERM);
    const auto ended = serving.program().end();
    EXPECT_THAT(ended.err, HasSubstr(R"("message":"POST /v1/queries","status":"202")"));
    EXPECT_THAT(ended.err, HasSubstr(R"("job":"1")"));
    EXPECT_THAT(ended.err, testing::Not(HasSubstr("geheim")));
    EXPECT_THAT(ended.err, testing::Not(HasSubstr("private")));
}

TEST(PostgresServe, WithoutWorkersLeavesTheWorkToOthersAndHearsOfIt) {
    auto& server = testing_support::PostgresServer::of_this_program();
    auto variables = quick;
    variables.emplace_back("VITRINE_DATABASE_URL", server.new_database());
    const Workplace place;
    const auto photo = bytes_of(place.draw("a.jpg", 1));
    Serving serving(place, {"--workers", "0"}, variables);
    const auto accepted = serving.send(HttpMethod::Post, "/v1/queries", photo);
    ASSERT_EQ(accepted.status, 202) << accepted.body;
    const auto id = json::parse(accepted.body)["job"]["id"].get<int>();
    EXPECT_EQ(serving.send(HttpMethod::Get, fmt::format("/v1/queries/{}", id), {}, {{"Prefer", "wait=1"}}).status, 202);

    const auto folder = place.folder() / "worker";
    std::filesystem::create_directories(folder);
    RunningProgram worker(folder, place.with_data({"worker"}), variables);
    const auto found = serving.send(HttpMethod::Get, fmt::format("/v1/queries/{}", id), {}, {{"Prefer", "wait=60"}});
    EXPECT_EQ(found.status, 200) << found.body;
    const auto events = serving.send(HttpMethod::Get, fmt::format("/v1/jobs/{}/events", id));
    EXPECT_THAT(events.body, HasSubstr("\"state\":\"succeeded\""));
    EXPECT_EQ(serving.send(HttpMethod::Post, "/v1/products", R"({"id":"1","name":"Thing"})").status, 201);
    for (const auto* const path :
         {"/v1/stats", "/metrics", "/v1/products", "/v1/categories", "/v1/jobs", "/v1/maintenance/runs", "/readyz"}) {
        EXPECT_EQ(serving.send(HttpMethod::Get, path).status, 200) << path;
    }
}

} // namespace
} // namespace vitrine
