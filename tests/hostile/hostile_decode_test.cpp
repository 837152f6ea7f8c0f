// Every picture that people and attackers send (hostile.csv of the shared test data) through the decoder, each in a
// process of its own, so that a crash is one row's failure and memory is that row's.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vitrine/error.hpp>

#include "core/csv_reader.hpp"
#include "images/codec.hpp"

namespace vitrine {
namespace {

namespace fs = std::filesystem;

constexpr int thumbnail_side = 32;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr long memory_mib_max = 4096; // the sanitizer's own share is most of it
#else
constexpr long memory_mib_max = 600;
#endif

struct HostileRow {
    std::string image;
    std::string expected; ///< "accept", "reject", "either"
    std::string same_as;  ///< empty, or the picture that it must look like
};

struct Outcome {
    bool crashed = true;
    bool decoded = false;
    bool partial = false;
    ErrorCode refused_as = ErrorCode::Internal;
    int width = 0;
    int height = 0;
    long memory_mib = 0;
    std::array<std::uint8_t, std::size_t{thumbnail_side} * thumbnail_side * 3> thumbnail{};
};

fs::path data_folder() {
    const auto* const given = std::getenv("VITRINE_DATA");
    return given ? fs::path(given) : fs::path(VITRINE_SOURCE_DIR) / "../shared/data";
}

std::vector<HostileRow> hostile_rows() {
    std::ifstream in(data_folder() / "hostile.csv");
    std::vector<HostileRow> rows;
    if (!in) return rows;
    CsvReader reader(in);
    while (const auto row = reader.next()) {
        EXPECT_EQ(row->error, "") << "hostile.csv line " << row->line;
        if (row->error.empty()) rows.push_back({row->fields[0], row->fields[2], row->fields[4]});
    }
    return rows;
}

std::string bytes_of(const std::string& image) {
    std::ifstream in(data_folder() / image, std::ios::binary);
    EXPECT_TRUE(in) << image << " is missing";
    return {std::istreambuf_iterator<char>(in), {}};
}

Outcome decode_here(const std::string& bytes) {
    Outcome outcome;
    try {
        const auto decoded = decode(bytes, DecodeLimits{});
        const auto header = read_header(bytes, DecodeLimits{});
        outcome.decoded = header.width == decoded.header.width && header.height == decoded.header.height;
        outcome.partial = decoded.partial;
        const auto small = thumbnail(decoded.picture, thumbnail_side);
        outcome.width = small.width;
        outcome.height = small.height;
        std::ranges::copy(small.rgb, outcome.thumbnail.begin());
    } catch (const Error& error) {
        outcome.refused_as = error.code();
    }
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    outcome.memory_mib = usage.ru_maxrss / 1024;
    outcome.crashed = false;
    return outcome;
}

Outcome decode_apart(const std::string& image) {
    const auto bytes = bytes_of(image);
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) throw std::runtime_error("no pipe");
    const auto child = ::fork();
    if (child == 0) {
        const auto outcome = decode_here(bytes);
        const bool told = ::write(pipe[1], &outcome, sizeof outcome) == sizeof outcome;
        ::_exit(told ? 0 : 1);
    }
    ::close(pipe[1]);
    Outcome outcome;
    if (::read(pipe[0], &outcome, sizeof outcome) != sizeof outcome) outcome = {};
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status != 0) outcome.crashed = true;
    return outcome;
}

double mean_difference(const Outcome& a, const Outcome& b) {
    if (a.width != b.width || a.height != b.height) return 255.0;
    const auto length = std::size_t(a.width) * static_cast<std::size_t>(a.height) * 3;
    double sum = 0;
    for (std::size_t i = 0; i < length; ++i) {
        sum += std::abs(a.thumbnail[i] - b.thumbnail[i]);
    }
    return sum / static_cast<double>(length);
}

bool is_refusal_of_the_picture(ErrorCode code) {
    return code == ErrorCode::BadInput || code == ErrorCode::TooLarge || code == ErrorCode::Unsupported;
}

class HostileDecode : public testing::Test {
protected:
    void SetUp() override {
        rows_ = hostile_rows();
        if (rows_.empty()) {
            GTEST_SKIP() << "no hostile.csv in " << data_folder()
                         << "; set VITRINE_DATA to the folder of test pictures";
        }
    }

    std::vector<HostileRow> rows_;
};

TEST_F(HostileDecode, EveryPictureIsAcceptedOrRefusedAsExpectedAndNoneTakesMuchMemory) {
    Outcome largest;
    std::string largest_image;
    for (const auto& row : rows_) {
        SCOPED_TRACE(row.image);
        const auto outcome = decode_apart(row.image);
        ASSERT_FALSE(outcome.crashed);
        EXPECT_LT(outcome.memory_mib, memory_mib_max);
        if (outcome.memory_mib > largest.memory_mib) {
            largest = outcome;
            largest_image = row.image;
        }
        if (row.expected == "accept") {
            EXPECT_TRUE(outcome.decoded) << to_string(outcome.refused_as);
            EXPECT_FALSE(outcome.partial);
        } else if (row.expected == "reject") {
            EXPECT_FALSE(outcome.decoded);
        }
        EXPECT_TRUE(outcome.decoded || is_refusal_of_the_picture(outcome.refused_as)) << to_string(outcome.refused_as);
    }
    RecordProperty("most_memory_mib", std::to_string(largest.memory_mib) + " for " + largest_image);
}

TEST_F(HostileDecode, EveryVariantOfAPictureLooksLikeTheOriginal) {
    std::map<std::string, Outcome> originals;
    for (const auto& row : rows_) {
        if (row.same_as.empty()) continue;
        SCOPED_TRACE(row.image);
        auto [original, is_new] = originals.try_emplace(row.same_as);
        if (is_new) original->second = decode_apart(row.same_as);
        ASSERT_TRUE(original->second.decoded);
        const auto outcome = decode_apart(row.image);
        if (outcome.decoded) {
            EXPECT_LT(mean_difference(outcome, original->second), 4.0);
        } else {
            EXPECT_EQ(row.expected, "either");
        }
    }
}

TEST_F(HostileDecode, DamagedPicturesThatAreAcceptedSaySo) {
    for (const auto* const image :
         {"hostile/truncated_middle.jpg", "hostile/truncated.png", "hostile/bitrot.jpg", "hostile/bad_crc.png"}) {
        SCOPED_TRACE(image);
        const auto outcome = decode_apart(image);
        EXPECT_TRUE(outcome.partial || !outcome.decoded);
    }
}

} // namespace
} // namespace vitrine
