// Kills `vitrine serve` with SIGKILL at random instants while it imports a catalogue by URL, starts it
// again each time, and looks at what is left at the end.

#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <vitrine/engine.hpp>
#include <vitrine/error.hpp>

#include "http/http_client.hpp"
#include "images/codec.hpp"
#include "servers/fault_server.hpp"

namespace vitrine {
namespace {

using nlohmann::json;
using test::FaultServer;
using test::ScriptedAnswer;
using test::SeenRequest;

constexpr int rows_count = 150;
constexpr int kills = 15;

/// A thing of two colours on white; no two numbers give the same bytes.
std::string drawing(int number) {
    Picture picture{.width = 96, .height = 96, .rgb = std::vector<std::uint8_t>(96 * 96 * 3, 255)};
    for (int y = 16; y < 80; ++y) {
        for (int x = 20; x < 76; ++x) {
            for (int c = 0; c < 3; ++c) {
                picture.rgb[static_cast<std::size_t>((y * 96 + x) * 3 + c)] =
                    static_cast<std::uint8_t>(((y / 8 + x / (4 + number % 9)) % 2 == 0 ? 37 : 91) * (c + 1) + number);
            }
        }
    }
    return encode_jpeg(picture, 92);
}

int free_port() {
    const FaultServer server([](const SeenRequest&) { return ScriptedAnswer{}; });
    return server.port();
}

class ImportJobCrash : public ::testing::Test {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "vitrine-crash-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        port_ = free_port();
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::filesystem::path data() const { return folder_ / "data"; }
    [[nodiscard]] std::string url(const std::string& path) const {
        return fmt::format("http://127.0.0.1:{}{}", port_, path);
    }

    /// Starts the server and waits until it answers.
    [[nodiscard]] pid_t start_server() const {
        const std::string data_folder = data().string();
        const std::string listen = fmt::format("127.0.0.1:{}", port_);
        const pid_t child = ::fork();
        if (child == 0) {
            const int nowhere = ::open("/dev/null", O_WRONLY);
            ::dup2(nowhere, STDOUT_FILENO);
            ::dup2(nowhere, STDERR_FILENO);
            ::execl(VITRINE_BINARY, VITRINE_BINARY, "--data", data_folder.c_str(), "--set", "ml.read_text=false",
                    "--set", "imports.allow_private_addresses=true", "serve", "--listen", listen.c_str(), nullptr);
            ::_exit(127);
        }
        HttpClient client;
        while (!answers(client)) std::this_thread::sleep_for(std::chrono::milliseconds(10)); // it says so nowhere else
        return child;
    }

    [[nodiscard]] bool answers(HttpClient& client) const {
        try {
            return client.send({.url = url("/healthz")}).ok();
        } catch (const Error&) {
            return false;
        }
    }

    static void end(pid_t server, int signal) {
        ::kill(server, signal);
        int status = 0;
        ::waitpid(server, &status, 0);
    }

    /// Sends the catalogue, kills the server at random instants while it works on it, and waits for the import's end.
    json import_through_kills(const std::string& catalogue) {
        pid_t server = start_server();
        HttpRequest request;
        request.method = HttpMethod::Post;
        request.url = url("/v1/imports");
        request.headers = {{"Content-Type", "text/csv"}};
        request.body = std::string_view(catalogue);
        const auto accepted = HttpClient().send(request);
        EXPECT_EQ(accepted.status, 202) << accepted.body;
        const auto id = json::parse(accepted.body)["job"]["id"].get<std::int64_t>();
        std::mt19937 random(20'26);
        std::uniform_int_distribution<int> milliseconds(1, 250);
        for (int killed = 0; killed < kills; ++killed) {
            std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds(random))); // the instant varies here
            end(server, SIGKILL);
            server = start_server();
        }
        HttpRequest events; // the stream ends with the job
        events.url = url(fmt::format("/v1/jobs/{}/events", id));
        events.limits.deadline = std::chrono::minutes(10);
        EXPECT_TRUE(HttpClient().send(events).ok());
        auto import = json::parse(HttpClient().send({.url = url(fmt::format("/v1/imports/{}", id))}).body);
        end(server, SIGTERM);
        return import;
    }

    std::filesystem::path folder_;
    int port_ = 0;
};

TEST_F(ImportJobCrash, AnImportKilledAtFifteenInstantsEndsEveryRowExactlyOnce) {
    const FaultServer pictures([](const SeenRequest& request) -> ScriptedAnswer {
        if (request.target == "/missing") return {.status = 404, .headers = {}, .body = {}};
        return {.status = 200, .headers = {}, .body = drawing(std::stoi(request.target.substr(1)))};
    });
    std::string catalogue = "product_id,name,image\n";
    for (int i = 0; i < rows_count; ++i) catalogue += fmt::format("P{:03},Thing {},{}/{}\n", i, i, pictures.url(), i);
    catalogue += fmt::format("LOST,Lost,{}/missing\nP000,Twice,{}/1\n", pictures.url(), pictures.url());
    const auto import = import_through_kills(catalogue);
    EXPECT_EQ(import["job"]["state"], "partially_succeeded") << import;
    EXPECT_EQ(import["rows"], rows_count + 2);
    EXPECT_EQ(import["indexed"], rows_count);
    EXPECT_EQ(import["unchanged"], 0);
    EXPECT_EQ(import["failed"], 2);

    Config config;
    config.data = data();
    config.ml.read_text = false;
    Engine engine(config);
    EXPECT_EQ(engine.counts().products, rows_count);
    EXPECT_EQ(engine.counts().vectors, rows_count);
    EXPECT_EQ(engine.counts().jobs_unfinished, 0);
    const auto jobs = engine.jobs({.state = std::nullopt, .kind = "index", .before = {}, .limit = 1000});
    EXPECT_EQ(jobs.size(), static_cast<std::size_t>(rows_count)) << "each row was accepted once";
    for (const Job& job : jobs) EXPECT_EQ(job.state, JobState::Succeeded) << "job " << job.id.value;
    const auto check = engine.check({.repair = true, .hash_files = false});
    EXPECT_EQ(check.missing_vectors + check.orphan_vectors + check.missing_files, 0);
    EXPECT_EQ(engine.check({}).files, rows_count + 1) << "the pictures, and what was sent";
}

} // namespace
} // namespace vitrine
