// Kills `vitrine import` with SIGKILL before and after every request that it makes to a ChromaDB server, and at random
// instants in between, resumes it each time, and compares links and vectors at the end.

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vitrine/engine.hpp>

#include "images/codec.hpp"
#include "servers/chroma_server.hpp"
#include "vectors/chroma_client.hpp"
#include "vectors/chroma_gate.hpp"

namespace vitrine {
namespace {

using test::ScriptedAnswer;
using test::SeenRequest;

constexpr int products_count = 60;

/// A thing of two colours on white; no two numbers give the same bytes.
std::string drawing(int number) {
    std::mt19937 random(static_cast<unsigned>(number));
    std::uniform_int_distribution<int> byte(0, 255);
    const int colours[2][3] = {{byte(random), byte(random), number}, {byte(random), byte(random), byte(random)}};
    Picture picture{.width = 96, .height = 96, .rgb = std::vector<std::uint8_t>(96 * 96 * 3, 255)};
    for (int y = 16; y < 80; ++y) {
        for (int x = 20; x < 76; ++x) {
            const int* colour = colours[(y / 8 + x / (4 + number % 9)) % 2];
            for (int c = 0; c < 3; ++c) {
                picture.rgb[static_cast<std::size_t>((y * 96 + x) * 3 + c)] = static_cast<std::uint8_t>(colour[c]);
            }
        }
    }
    return encode_jpeg(picture, 92);
}

class ChromaCrash : public ::testing::Test {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "vitrine-crash-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        write_catalogue(0);
    }

    void TearDown() override { std::filesystem::remove_all(folder_); }

    /// Each generation has other pictures, so that every product gets another primary crop.
    void write_catalogue(int generation) const {
        std::ofstream csv(folder_ / "catalog.csv");
        csv << "product_id,name,description,category,image\n";
        for (int i = 0; i < products_count; ++i) {
            csv << fmt::format("P{:03},Thing {},,Things,{}-{:03}.jpg\n", i, i, generation, i);
            std::ofstream(folder_ / fmt::format("{}-{:03}.jpg", generation, i), std::ios::binary)
                << drawing(generation * products_count + i);
        }
    }

    [[nodiscard]] std::filesystem::path data() const { return folder_ / "data"; }

    [[nodiscard]] pid_t start_import() const {
        const std::string csv = (folder_ / "catalog.csv").string();
        const std::string data_folder = data().string();
        const std::string url = "vectors.url=" + gate_.url();
        const pid_t child = ::fork();
        if (child == 0) {
            const int nowhere = ::open("/dev/null", O_WRONLY);
            ::dup2(nowhere, STDOUT_FILENO);
            ::dup2(nowhere, STDERR_FILENO);
            ::execl(VITRINE_BINARY, VITRINE_BINARY, "--data", data_folder.c_str(), "--set", "ml.read_text=false",
                    "--set", "vectors.backend=chroma", "--set", url.c_str(), "import", csv.c_str(), "--json", nullptr);
            ::_exit(127);
        }
        return child;
    }

    /// Waits for the child; its exit code, or nothing when it was killed.
    static std::optional<int> end_of(pid_t child) {
        int status = 0;
        ::waitpid(child, &status, 0);
        if (!WIFEXITED(status)) return std::nullopt;
        return WEXITSTATUS(status);
    }

    /// Runs an import that is killed when its `number`th request (from 1) has come and before the server hears of it,
    /// or has been answered by the server and before the import hears of it. False when it ended before.
    bool run_killed_at_request(int number, bool after_the_server) {
        std::atomic<int> seen = 0;
        std::atomic<pid_t> child = -1;
        const auto kill_at = [&](const SeenRequest&) -> std::optional<ScriptedAnswer> {
            if (++seen != number) return std::nullopt;
            while (child < 0) std::this_thread::yield();
            ::kill(child, SIGKILL);
            ScriptedAnswer nothing;
            nothing.raw = "";
            return nothing;
        };
        if (after_the_server) {
            gate_.set_fault_after(kill_at);
        } else {
            gate_.set_fault(kill_at);
        }
        child = start_import();
        const auto exit_code = end_of(child);
        gate_.heal();
        EXPECT_EQ(exit_code.value_or(0), 0) << "the import failed by itself";
        return !exit_code;
    }

    void run_killed_after(std::chrono::milliseconds time) {
        const pid_t child = start_import();
        std::this_thread::sleep_for(time); // the instant is what varies here
        ::kill(child, SIGKILL);
        EXPECT_EQ(end_of(child).value_or(0), 0) << "the import failed by itself";
    }

    void expect_vectors_to_be_the_primaries() {
        Config config;
        config.data = data();
        config.ml.read_text = false;
        config.vectors.backend = "chroma";
        config.vectors.url = server_.url();
        std::string model;
        {
            Engine engine(config);
            for (auto counts = engine.counts();; counts = engine.counts()) { // removals are carried out after the jobs
                if (counts.vectors == products_count && counts.jobs_unfinished == 0) break;
                ASSERT_LT(std::chrono::steady_clock::now(), deadline_) << counts.vectors << " vectors";
                std::this_thread::yield();
            }
            const auto counts = engine.counts();
            EXPECT_EQ(counts.products, products_count);
            EXPECT_EQ(counts.product_images, products_count) << "one primary each";
            for (int i = 0; i < products_count; ++i) {
                const auto detail = engine.product(fmt::format("P{:03}", i));
                ASSERT_TRUE(detail && detail->primary && detail->last_result) << "product " << i;
                EXPECT_EQ(detail->primary->image_id, detail->last_result->image_id);
                primaries_.insert(detail->primary->id.value);
            }
        }
        expect_server_to_hold_exactly(primaries_);
    }

    /// Asks the server itself for all ids.
    void expect_server_to_hold_exactly(const std::set<std::int64_t>& ids) {
        ChromaClient client({.url = server_.url()}, {});
        const auto collections = client.list();
        ASSERT_EQ(collections.size(), 1U);
        const auto dimensions = collections.front().dimensions.value_or(0);
        const std::vector<Embedding> query{Embedding(dimensions, 1.0F)};
        std::set<std::int64_t> found;
        const auto hits = client.query(collections.front().id, query, 10 * products_count, {});
        for (const auto& hit : hits.front()) {
            found.insert(hit.id.value);
        }
        EXPECT_EQ(found, ids);
        EXPECT_EQ(client.count(collections.front().id), static_cast<std::int64_t>(ids.size()));
    }

    std::filesystem::path folder_;
    test::ChromaServer server_;
    test::ChromaGate gate_{server_.url()};
    std::set<std::int64_t> primaries_;
    const std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::now() + std::chrono::minutes(5);
};

TEST_F(ChromaCrash, AnImportKilledAroundEveryRequestToTheVectorStoreLeavesOneVectorForEachPrimary) {
    int killed = 0;
    for (const bool after_the_server : {false, true}) {
        for (int number = 1; number <= 8; ++number) killed += run_killed_at_request(number, after_the_server) ? 1 : 0;
    }
    EXPECT_GE(killed, 8) << "the import makes fewer requests than this test thinks";
    ASSERT_EQ(end_of(start_import()), 0);
    expect_vectors_to_be_the_primaries();
}

TEST_F(ChromaCrash, NewPhotosOfAllProductsKilledAtRandomInstantsLeaveNoOldVector) {
    ASSERT_EQ(end_of(start_import()), 0);
    write_catalogue(1);
    std::mt19937 random(20'26);
    std::uniform_int_distribution<int> milliseconds(5, 500);
    for (int i = 0; i < 12; ++i) run_killed_after(std::chrono::milliseconds(milliseconds(random)));
    for (int number = 1; number <= 6; ++number) run_killed_at_request(number, number % 2 == 0);
    ASSERT_EQ(end_of(start_import()), 0);
    expect_vectors_to_be_the_primaries();
}

} // namespace
} // namespace vitrine
