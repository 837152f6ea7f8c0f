// Three worker processes on real servers, while workers are killed, servers crash and connections break. Short in every
// run of the tests; long by
//
//     VITRINE_CHAOS_SECONDS=300 VITRINE_CHAOS_PRODUCTS=500 VITRINE_CHAOS_QUERIES=200 build/release/tests/cli_area_test
//     --gtest_filter=ClusterChaos.*
//
// VITRINE_CHAOS_SEED repeats a run's choices (not its timing).

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vitrine/engine.hpp>
#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "engine/parts.hpp"
#include "program.hpp"
#include "servers/chroma_server.hpp"
#include "servers/fault_proxy.hpp"
#include "servers/s3_server.hpp"
#include "storage/postgres_test_server.hpp"

namespace vitrine::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

int number_from(const char* variable, int otherwise) {
    const char* const text = std::getenv(variable);
    return text == nullptr ? otherwise : std::atoi(text);
}

/// Real servers, each behind a proxy that can break its connections, and worker processes that know the proxies alone.
class Cluster {
public:
    Cluster() {
        for (auto& worker : workers_) worker = start_worker();
    }

    [[nodiscard]] Config config() const {
        Config config;
        config.data = place_.folder() / "client";
        config.database.timeout = Milliseconds{2'000};
        config.database.url = fmt::format("postgresql://vitrine:secret@127.0.0.1:{}/{}", database_way_.port(), name_);
        config.vectors.backend = "chroma";
        config.vectors.url = vectors_way_.url();
        config.images.store = "s3://shop/originals";
        config.images.endpoint = images_way_.url();
        config.images.region = S3Server::region;
        config.images.access_key = S3Server::access_key;
        config.images.secret_key = S3Server::secret_key;
        config.ml.read_text = false;
        config.jobs.workers = 1;
        config.jobs.lease_seconds = lease_seconds;
        return config;
    }

    [[nodiscard]] std::string drawing(int number) {
        const auto file = place_.draw("drawing.jpg", number);
        std::ifstream stream(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }

    /// One misfortune, and its end.
    void harm(std::mt19937& random) {
        const std::vector<std::pair<const char*, std::function<void()>>> harms{
            {"a worker is killed", [&] { kill_worker(random); }},
            {"a worker is killed", [&] { kill_worker(random); }},
            {"a worker sleeps longer than its lease", [&] { pause_worker(random); }},
            {"a worker's engine is slow", [&] { slow_worker(random); }},
            {"the database crashes", [&] { crash_database(random); }},
            {"the database's connections are dropped", [&] { database_way_.drop_connections(); }},
            {"the database cannot be reached", [&] { interrupt(database_way_, random); }},
            {"the vector store is killed", [&] { restart(vectors_, random); }},
            {"the vector store cannot be reached", [&] { interrupt(vectors_way_, random); }},
            {"the database hangs", [&] { hang_database(random); }},
            {"the image store is killed", [&] { crash_images(random); }},
            {"the image store's answers are cut", [&] { cut_images(random); }},
        };
        const auto& [name, happen] = harms[random() % harms.size()];
        std::fprintf(stderr, "chaos: %s\n", name);
        happen();
    }

    void heal() {
        for (FaultProxy* way : {&database_way_, &vectors_way_, &images_way_}) way->restore();
        for (auto& worker : workers_) replace(worker);
    }

    void end_workers() {
        for (auto& worker : workers_) worker->send(SIGTERM);
        for (auto& worker : workers_) EXPECT_EQ(worker->end().code, 0) << "a worker did not stop gracefully";
    }

private:
    static constexpr int lease_seconds = 3;

    [[nodiscard]] Variables variables() const {
        const Config with = config();
        return {{"VITRINE_DATABASE_URL", with.database.url},
                {"VITRINE_DATABASE_TIMEOUT_MS", std::to_string(with.database.timeout.count())},
                {"VITRINE_VECTORS_BACKEND", with.vectors.backend},
                {"VITRINE_VECTORS_URL", with.vectors.url},
                {"VITRINE_IMAGES_STORE", with.images.store},
                {"VITRINE_IMAGES_ENDPOINT", with.images.endpoint},
                {"VITRINE_IMAGES_REGION", with.images.region},
                {"VITRINE_IMAGES_ACCESS_KEY", with.images.access_key},
                {"VITRINE_IMAGES_SECRET_KEY", with.images.secret_key},
                {"VITRINE_ML_READ_TEXT", "false"},
                {"VITRINE_LOG_LEVEL", "error"},
                {"VITRINE_JOBS_WORKERS", "2"},
                {"VITRINE_JOBS_LEASE_SECONDS", std::to_string(lease_seconds)}};
    }

    [[nodiscard]] std::unique_ptr<RunningProgram> start_worker() {
        const auto folder = place_.folder() / fmt::format("worker-{}", ++started_);
        std::filesystem::create_directories(folder);
        const std::vector<std::string> arguments{"--data", (folder / "data").string(), "worker"};
        return std::make_unique<RunningProgram>(folder, arguments, variables());
    }

    static void some_time(std::mt19937& random, int most_ms) {
        std::this_thread::sleep_for(milliseconds(random() % static_cast<unsigned>(most_ms)));
    }

    void kill_worker(std::mt19937& random) {
        auto& worker = workers_[random() % workers_.size()];
        some_time(random, 1000);
        replace(worker);
    }

    void replace(std::unique_ptr<RunningProgram>& worker) {
        worker->send(SIGKILL);
        const Ended ended = worker->end();
        EXPECT_EQ(ended.signal, SIGKILL) << ended.err; // one that was started while the database was away waits for it
        worker = start_worker();
    }

    void pause_worker(std::mt19937& random) {
        auto& worker = workers_[random() % workers_.size()];
        worker->send(SIGSTOP);
        std::this_thread::sleep_for(std::chrono::seconds(lease_seconds + 2));
        worker->send(SIGCONT);
    }

    /// It gets a tenth of its time, so that every call of its engine takes ten times as long. It keeps its leases.
    void slow_worker(std::mt19937& random) {
        auto& worker = workers_[random() % workers_.size()];
        for (const auto end = Clock::now() + milliseconds(1000 + random() % 3000); Clock::now() < end;) {
            worker->send(SIGSTOP);
            std::this_thread::sleep_for(milliseconds(90));
            worker->send(SIGCONT);
            std::this_thread::sleep_for(milliseconds(10));
        }
    }

    void crash_database(std::mt19937& random) {
        database_.stop(SIGQUIT);
        some_time(random, 2000);
        database_.start();
    }

    /// It answers nobody and closes nothing, for longer than it is waited for.
    void hang_database(std::mt19937& random) {
        database_.freeze();
        std::this_thread::sleep_for(milliseconds(500 + random() % 4000));
        database_.thaw();
    }

    template <class Server>
    void restart(Server& server, std::mt19937& random) {
        server.stop();
        some_time(random, 2000);
        server.start();
    }

    void crash_images(std::mt19937& random) {
        restart(images_, random);
        images_way_.lead_to(images_.port());
    }

    static void interrupt(FaultProxy& way, std::mt19937& random) {
        random() % 2 == 0 ? way.cut() : way.freeze();
        some_time(random, 3000);
        way.restore();
    }

    void cut_images(std::mt19937& random) {
        images_way_.cut_answers_after(100);
        some_time(random, 2000);
        images_way_.restore();
    }

    Workplace place_;
    testing_support::PostgresServer database_;
    ChromaServer vectors_;
    S3Server images_;
    std::string name_ = name_of_database();
    FaultProxy database_way_{static_cast<std::uint16_t>(database_.port())};
    FaultProxy vectors_way_{vectors_.port()};
    FaultProxy images_way_{images_.port()};
    int started_ = 0;
    std::array<std::unique_ptr<RunningProgram>, 3> workers_;

    [[nodiscard]] std::string name_of_database() {
        const std::string url = database_.new_database();
        return url.substr(url.rfind('/') + 1);
    }
};

/// Calls `action` until no server's absence stops it any more.
template <class Action>
auto persistently(Action action) -> decltype(action()) {
    for (const auto deadline = Clock::now() + std::chrono::minutes(3);;) {
        try {
            return action();
        } catch (const Error& error) {
            if (!error.retryable() || Clock::now() > deadline) throw;
            std::this_thread::sleep_for(milliseconds(200));
        }
    }
}

TEST(ClusterChaos, WhateverDiesEveryAcceptedJobEndsOnceAndNothingIsLost) {
    const int products = number_from("VITRINE_CHAOS_PRODUCTS", 40);
    const int queries = number_from("VITRINE_CHAOS_QUERIES", 16);
    const auto seconds = std::chrono::seconds(number_from("VITRINE_CHAOS_SECONDS", 20));
    const auto seed =
        static_cast<unsigned>(number_from("VITRINE_CHAOS_SEED", static_cast<int>(std::random_device{}() % 1'000'000)));
    SCOPED_TRACE(fmt::format("VITRINE_CHAOS_SEED={}", seed));
    std::mt19937 random(seed);

    Cluster cluster;
    Engine client(cluster.config());
    std::vector<std::string> pictures;
    for (int i = 0; i < products; ++i) pictures.push_back(cluster.drawing(i));

    // Hands work in all the time, as a shop would, and goes on where a server's absence stops it.
    std::atomic<bool> all_accepted = false;
    std::vector<JobId> accepted; // by the shop's thread until it has ended
    std::thread shop([&] {
        const auto pause = std::chrono::duration_cast<milliseconds>(seconds) / (products + queries);
        for (int i = 0; i < products + queries; ++i) {
            const auto number = static_cast<std::size_t>(i % products);
            persistently([&] {
                if (i >= products) return accepted.push_back(client.submit_query(pictures[number], {}));
                static_cast<void>(client.add_product({.external_id = fmt::format("P{}", number),
                                                      .name = fmt::format("Thing number {}", number),
                                                      .description = "",
                                                      .category = ""},
                                                     pictures[number]));
            });
            std::this_thread::sleep_for(pause);
        }
        all_accepted = true;
    });
    for (const auto end = Clock::now() + seconds; Clock::now() < end;) {
        cluster.harm(random);
        std::this_thread::sleep_for(milliseconds(200 + random() % 2000));
    }
    cluster.heal();
    shop.join();
    ASSERT_TRUE(all_accepted);

    const auto deadline = Clock::now() + std::chrono::minutes(3);
    for (;;) {
        const auto unfinished = persistently([&] { return client.counts().jobs_unfinished; });
        if (unfinished == 0) break;
        ASSERT_LT(Clock::now(), deadline) << unfinished << " jobs did not end";
        std::this_thread::sleep_for(milliseconds(200));
    }

    for (JobId before{};;) {
        const auto page = client.jobs({.state = std::nullopt, .kind = "", .before = before, .limit = 1000});
        if (page.empty()) break;
        before = page.back().id;
        for (const Job& job : page) {
            const std::string why = job.errors.empty() ? "" : job.errors.back();
            const bool query = job.kind == "query";
            // A query is told at once that the vector store is away; whatever else happens, it is answered.
            const bool told = query && why.find("vector store") != std::string::npos;
            EXPECT_TRUE(job.state == JobState::Succeeded || told) << job.kind << " job " << job.id.value << ": " << why;
        }
    }
    ASSERT_EQ(accepted.size(), static_cast<std::size_t>(queries));
    for (const JobId job : accepted) {
        const auto there = client.job(job);
        EXPECT_TRUE(there && there->job.kind == "query") << "job " << job.value << " was accepted and is not there";
    }
    EXPECT_EQ(std::set(accepted.begin(), accepted.end()).size(), accepted.size()) << "one number for two jobs";

    const EngineCounts counts = client.counts();
    EXPECT_EQ(counts.products, products);
    EXPECT_EQ(counts.product_images, products) << "one primary each";
    EXPECT_EQ(counts.vectors, products) << "vectors = primaries";
    const auto blobs = open_blob_store(cluster.config());
    for (int i = 0; i < products; ++i) {
        const auto number = static_cast<std::size_t>(i);
        const auto detail = client.product(fmt::format("P{}", i));
        ASSERT_TRUE(detail && detail->primary && detail->last_result) << "product " << i;
        EXPECT_EQ(detail->primary->image_id, detail->last_result->image_id);
        EXPECT_EQ(blobs->get(sha256_hex(pictures[number])), pictures[number]) << "every file referenced exists";
        const JobId job = client.submit_query(pictures[number], {});
        ASSERT_EQ(client.wait(job, Clock::now() + std::chrono::seconds(60)), JobState::Succeeded);
        const auto answer = client.query_answer(job);
        ASSERT_TRUE(answer && !answer->products.empty());
        EXPECT_EQ(answer->products.front().product_id, fmt::format("P{}", i));
    }
    cluster.end_workers();
}

} // namespace
} // namespace vitrine::test
