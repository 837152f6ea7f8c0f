// Kills `vitrine import` with SIGKILL at random instants, resumes it each time, and looks at what is left at the end.

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vitrine/engine.hpp>

#include "images/codec.hpp"
#include "storage/file_blob_store.hpp"

namespace vitrine {
namespace {

constexpr int products_count = 200;
constexpr int kills = 30;

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

class ImportCrash : public ::testing::Test {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "vitrine-crash-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        std::ofstream csv(folder_ / "catalog.csv");
        csv << "product_id,name,description,category,image\n";
        for (int i = 0; i < products_count; ++i) {
            csv << fmt::format("P{:03},Thing {},,Things,{:03}.jpg\n", i, i, i);
            std::ofstream(folder_ / fmt::format("{:03}.jpg", i), std::ios::binary) << drawing(i);
        }
    }

    void TearDown() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::filesystem::path data() const { return folder_ / "data"; }

    /// Starts the import with its output thrown away.
    [[nodiscard]] pid_t start_import() const {
        const std::string csv = (folder_ / "catalog.csv").string();
        const std::string data_folder = data().string();
        const pid_t child = ::fork();
        if (child == 0) {
            const int nowhere = ::open("/dev/null", O_WRONLY);
            ::dup2(nowhere, STDOUT_FILENO);
            ::dup2(nowhere, STDERR_FILENO);
            ::execl(VITRINE_BINARY, VITRINE_BINARY, "--data", data_folder.c_str(), "--set", "ml.read_text=false",
                    "import", csv.c_str(), "--json", nullptr);
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

    std::filesystem::path folder_;
};

std::vector<Job> all_jobs(Engine& engine) {
    std::vector<Job> all;
    for (JobId before{};;) {
        const auto page = engine.jobs({.state = std::nullopt, .kind = "index", .before = before, .limit = 1000});
        if (page.empty()) return all;
        all.insert(all.end(), page.begin(), page.end());
        before = page.back().id;
    }
}

TEST_F(ImportCrash, AnImportKilledAtThirtyInstantsIndexesEveryProductExactlyOnce) {
    std::mt19937 random(20'26);
    std::uniform_int_distribution<int> milliseconds(5, 700);
    int killed = 0;
    while (killed < kills) {
        const pid_t child = start_import();
        std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds(random))); // the instant is what varies here
        ::kill(child, SIGKILL);
        const auto exit_code = end_of(child);
        ASSERT_EQ(exit_code.value_or(0), 0) << "the import failed by itself";
        ++killed;
    }
    ASSERT_EQ(end_of(start_import()), 0);

    Config config;
    config.data = data();
    config.ml.read_text = false;
    Engine engine(config);
    const EngineCounts counts = engine.counts();
    EXPECT_EQ(counts.products, products_count);
    EXPECT_EQ(counts.product_images, products_count) << "one primary each";
    EXPECT_EQ(counts.vectors, products_count) << "vectors = primaries";
    EXPECT_EQ(counts.jobs_unfinished, 0);
    const auto jobs = all_jobs(engine);
    EXPECT_EQ(jobs.size(), static_cast<std::size_t>(products_count)) << "every product was indexed once";
    for (const Job& job : jobs) {
        EXPECT_EQ(job.state, JobState::Succeeded) << "job " << job.id.value;
        EXPECT_EQ(job.crops_done, job.crops_total);
        EXPECT_EQ(job.crops_failed, 0);
    }
    for (int i = 0; i < products_count; ++i) {
        const auto detail = engine.product(fmt::format("P{:03}", i));
        ASSERT_TRUE(detail && detail->primary && detail->last_result) << "product " << i;
        EXPECT_EQ(detail->primary->image_id, detail->last_result->image_id);
    }
    FileBlobStore files(data() / "images");
    int originals = 0;
    files.list([&originals](const std::string&, std::uint64_t) { return ++originals > 0; });
    EXPECT_EQ(originals, products_count) << "no orphan file";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data() / "images")) {
        EXPECT_TRUE(entry.is_directory() || entry.path().filename().string().size() == 64U) << entry.path();
    }
}

} // namespace
} // namespace vitrine
