// The house rules that a compiler does not hold: which floor may look at which, where SQL and heavy headers may stand,
// how long a file may be. Each test names every place that breaks its rule.

#if defined(__GNUC__) && !defined(__clang__)
// Of std::regex, under AddressSanitizer, and wrong: gcc.gnu.org/bugzilla/105562.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;

const fs::path& root() {
    static const fs::path path = VITRINE_SOURCE_DIR;
    return path;
}

struct SourceFile {
    std::string path; ///< from the repository's root: "src/core/time.cpp"
    std::vector<std::string> lines;

    [[nodiscard]] bool is_header() const { return path.ends_with(".hpp"); }
    [[nodiscard]] bool is_test() const { return path.ends_with("_test.cpp") || path.starts_with("tests/"); }

    /// "core" for src/core/time.cpp; empty outside src.
    [[nodiscard]] std::string floor() const {
        if (!path.starts_with("src/")) return {};
        return path.substr(4, path.find('/', 4) - 4);
    }
};

SourceFile read(const fs::path& file) {
    SourceFile source{fs::relative(file, root()).string(), {}};
    std::ifstream stream(file, std::ios::binary);
    for (std::string line; std::getline(stream, line);) source.lines.push_back(line);
    return source;
}

bool is_one_of(const std::string& name, const std::set<std::string>& names) {
    return names.contains(name);
}

/// Every text file under `folders` that people write, in path order.
std::vector<SourceFile> files_in(const std::vector<std::string>& folders, const std::set<std::string>& extensions) {
    std::vector<SourceFile> files;
    for (const auto& folder : folders) {
        if (!fs::exists(root() / folder)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(root() / folder)) {
            if (entry.is_regular_file() && is_one_of(entry.path().extension().string(), extensions)) {
                files.push_back(read(entry.path()));
            }
        }
    }
    std::ranges::sort(files, {}, &SourceFile::path);
    return files;
}

const std::vector<SourceFile>& sources() {
    static const auto files = files_in({"src", "include"}, {".cpp", ".hpp"});
    return files;
}

const std::vector<SourceFile>& all_texts() {
    static const auto files =
        files_in({"src", "include", "tests", "bench", "cmake", "scripts", "docs", ".ci", "tools", "deploy", "web"},
                 {"",     ".cpp", ".hpp", ".sql",  ".cmake", ".txt",  ".md",   ".py",   ".sh",  ".js",
                  ".cjs", ".mjs", ".svg", ".json", ".css",   ".html", ".yaml", ".toml", ".env", ".service"});
    return files;
}

std::string place(const SourceFile& file, std::size_t index) {
    return file.path + ":" + std::to_string(index + 1);
}

/// Every line of `file` for which `is_bad(line)`.
template <class Predicate>
void collect(std::vector<std::string>& found, const SourceFile& file, Predicate is_bad) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        if (is_bad(file.lines[i])) found.push_back(place(file, i) + ": " + file.lines[i].substr(0, 100));
    }
}

/// How high a floor is; floors of one height may see each other.
const std::map<std::string, int>& heights() {
    static const std::map<std::string, int> floors{
        {"core", 0},     {"http", 1},      {"storage", 2}, {"jobs", 3},   {"images", 4}, {"vectors", 4}, {"ml", 4},
        {"pipeline", 5}, {"lifecycle", 5}, {"engine", 6},  {"server", 7}, {"client", 7}, {"cli", 8},
    };
    return floors;
}

std::string floor_included_by(const std::string& line) {
    static const std::regex include(R"re(^\s*#include "(?:\.\./)*([a-z_]+)/)re");
    std::smatch match;
    return std::regex_search(line, match, include) ? match[1].str() : std::string();
}

TEST(House, EveryFolderOfSourcesIsAFloorOfTheDesign) {
    std::set<std::string> unknown;
    for (const auto& file : sources()) {
        if (const auto floor = file.floor(); !floor.empty() && !heights().contains(floor)) unknown.insert(floor);
    }
    EXPECT_THAT(unknown, IsEmpty());
}

TEST(House, NoFileIncludesFromAHigherFloor) {
    std::vector<std::string> found;
    for (const auto& file : sources()) {
        const auto own = heights().find(file.floor());
        if (own == heights().end()) continue;
        collect(found, file, [&](const std::string& line) {
            const auto other = heights().find(floor_included_by(line));
            return other != heights().end() && other->second > own->second;
        });
    }
    EXPECT_THAT(found, IsEmpty());
}

TEST(House, PublicHeadersIncludeNothingOfTheInside) {
    std::vector<std::string> found;
    for (const auto& file : sources()) {
        if (!file.path.starts_with("include/")) continue;
        collect(found, file, [](const std::string& line) { return heights().contains(floor_included_by(line)); });
    }
    EXPECT_THAT(found, IsEmpty());
}

// Configuration stops at the composition root: below it, parts are given what they need.
TEST(House, ConfigurationAndFacadeAreKnownFromTheEngineUpwards) {
    static const std::regex facade(R"(#include <vitrine/(config|engine)\.hpp>)");
    std::vector<std::string> found;
    for (const auto& file : sources()) {
        const auto own = heights().find(file.floor());
        if (own == heights().end() || own->second >= heights().at("engine")) continue;
        collect(found, file, [](const std::string& line) { return std::regex_search(line, facade); });
    }
    EXPECT_THAT(found, IsEmpty());
}

// A heavy header in a header of ours costs every file that includes it seconds, and ties it to the library.
TEST(House, HeavyLibrariesStayOutOfHeaders) {
    static const std::regex heavy(
        R"re(#include [<"](soci|opencv2|vips|tesseract|ZXing|hnswlib|CLI|toml\+\+|nlohmann|spdlog|curl|boost|prometheus)/|#include <archive)re");
    std::vector<std::string> found;
    for (const auto& file : sources()) {
        if (!file.is_header()) continue;
        collect(found, file, [&](const std::string& line) {
            std::smatch match;
            if (!std::regex_search(line, match, heavy)) return false;
            // One door each, for the sources of its own floor alone; no other header may pass through it.
            const bool door = (file.path == "src/storage/sql.hpp" && match[1] == "soci") ||
                              (file.path == "src/images/vips_image.hpp" && match[1] == "vips") ||
                              (file.path == "src/ml/json_reading.hpp" && match[1] == "nlohmann") ||
                              (file.path == "src/client/json_document.hpp" && match[1] == "nlohmann") ||
                              (file.path == "src/server/connection.hpp" && match[1] == "boost");
            return !door;
        });
    }
    EXPECT_THAT(found, IsEmpty());
}

TEST(House, SqlStandsInStorageAlone) {
    static const std::regex sql(
        R"(SELECT .*FROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE (TABLE|INDEX|UNIQUE)|DROP TABLE|PRAGMA )");
    std::vector<std::string> found;
    for (const auto& file : sources()) {
        if (file.floor() == "storage" || file.is_test()) continue;
        collect(found, file, [](const std::string& line) { return std::regex_search(line, sql); });
    }
    EXPECT_THAT(found, IsEmpty());
}

TEST(House, NoSourceIsLongerThan400Lines) {
    constexpr std::size_t lines_max = 400;
    std::vector<std::string> found;
    for (const auto& file : sources()) {
        if (!file.is_test() && file.lines.size() > lines_max) {
            found.push_back(file.path + ": " + std::to_string(file.lines.size()));
        }
    }
    EXPECT_THAT(found, IsEmpty());
}

TEST(House, NothingIsLeftToDo) {
    static const std::regex left("\\b(TO"
                                 "DO|FIX"
                                 "ME|XX"
                                 "X)\\b");
    std::vector<std::string> found;
    for (const auto& file : all_texts()) {
        collect(found, file, [](const std::string& line) { return std::regex_search(line, left); });
    }
    EXPECT_THAT(found, IsEmpty());
}

TEST(House, NoTabsAndNothingAfterTheLastWord) {
    std::vector<std::string> found;
    for (const auto& file : all_texts()) {
        collect(found, file, [](const std::string& line) {
            return line.find('\t') != std::string::npos || line.ends_with(' ') || line.ends_with('\r');
        });
    }
    EXPECT_THAT(found, IsEmpty());
}

// Everything comes from the distribution's packages; a file that names another source would make the build need it.
TEST(House, NoFileNamesAPackageRegistry) {
    static const std::regex host("(npmjs\\."
                                 "org|pypi\\."
                                 "org|python"
                                 "hosted\\.org|crates\\."
                                 "io|ruby"
                                 "gems\\.org|"
                                 "golang\\."
                                 "org|maven\\."
                                 "org|conan\\."
                                 "io|docker\\."
                                 "io|ghcr\\."
                                 "io)");
    std::vector<std::string> found;
    for (const auto& file : all_texts()) {
        collect(found, file, [](const std::string& line) { return std::regex_search(line, host); });
    }
    EXPECT_THAT(found, IsEmpty());
}

TEST(House, ThereAreSourcesToLookAt) {
    EXPECT_GT(sources().size(), 50U);
}

} // namespace
