// Every odd or bad file of the shared test data through the built program, as a person would hand it in.

#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/csv_reader.hpp"
#include "program.hpp"

namespace vitrine::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

constexpr long memory_mib_max = 1500;

fs::path real_data() {
    const auto* const folder = std::getenv("VITRINE_DATA");
    return folder ? fs::path(folder) : fs::path(VITRINE_SOURCE_DIR) / "../shared/data";
}

struct HostileFile {
    std::string image;
    std::string expected; ///< "accept", "reject" or "either"
    std::string same_as;  ///< a picture of the same thing; empty: none
};

std::vector<HostileFile> hostile_files() {
    std::ifstream stream(real_data() / "hostile.csv");
    CsvReader reader(stream);
    std::vector<HostileFile> files;
    while (const auto row = reader.next()) files.push_back({row->fields[0], row->fields[2], row->fields[4]});
    return files;
}

class Hostile : public testing::Test {
protected:
    void SetUp() override {
        if (!fs::exists(real_data() / "hostile.csv"))
            GTEST_SKIP() << "set VITRINE_DATA to the folder of real test data";
    }

    static void expect_fate(const HostileFile& file, const Ended& ended) {
        EXPECT_EQ(ended.signal, 0) << "crashed";
        EXPECT_LT(ended.memory_mib, memory_mib_max);
        if (file.expected == "accept") {
            EXPECT_EQ(ended.code, 0) << ended.err;
        } else if (file.expected == "reject") {
            EXPECT_EQ(ended.code, 1) << ended.out;
        }
        if (ended.code == 0) return;
        EXPECT_EQ(ended.code, 1);
        EXPECT_THAT(ended.err, StartsWith("vitrine: "));
        EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
    }

    Workplace place_;
};

TEST_F(Hostile, FilesAddedAreAcceptedOrRefusedInOneSentence) {
    for (const auto& file : hostile_files()) {
        SCOPED_TRACE(file.image);
        expect_fate(file, place_.vitrine({"add", (real_data() / file.image).string(), "--name", "Something"}));
    }
}

TEST_F(Hostile, FilesSearchedForFindTheirProductFirstOrAreRefused) {
    // Twelve items, the one that many of the files show among them.
    std::ifstream catalogue(real_data() / "clothing/catalog.csv");
    std::string csv;
    std::string shown;
    int others = 0;
    for (std::string line; std::getline(catalogue, line);) {
        const bool is_header = csv.empty();
        const bool is_shown = line.find("0303461aa0019f") != std::string::npos;
        if (!is_header && !is_shown && ++others > 11) continue;
        csv += line + "\n";
        if (is_shown) shown = line.substr(0, line.find(','));
    }
    ASSERT_NE(shown, "");
    const auto table = place_.write("catalog.csv", csv);
    ASSERT_EQ(place_.vitrine({"import", table.string(), "--images", real_data().string()}).code, 0);
    for (const auto& file : hostile_files()) {
        SCOPED_TRACE(file.image);
        const auto ended = place_.vitrine({"search", (real_data() / file.image).string(), "--json"});
        expect_fate(file, ended);
        const auto json = Json::parse(ended.out);
        if (ended.code != 0) continue;
        for (const auto& product : json.at("products")) {
            EXPECT_GE(product.at("score"), 0.0);
            EXPECT_LE(product.at("score"), 1.0);
        }
        if (file.same_as.empty()) continue;
        EXPECT_EQ(json.at("products").at(0).at("product_id"), shown);
    }
}

} // namespace
} // namespace vitrine::test
