// The files in deploy/ speak of the program as it is: its configuration keys, and the libraries that it needs.

#if defined(__GNUC__) && !defined(__clang__)
// Of std::regex, under AddressSanitizer, and wrong: gcc.gnu.org/bugzilla/105562.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <vitrine/config.hpp>

namespace vitrine {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;

const fs::path folder = fs::path(VITRINE_SOURCE_DIR) / "deploy";

std::string read(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// What a shell command says on standard output, line by line.
std::vector<std::string> said_by(const std::string& command) {
    struct Close {
        void operator()(std::FILE* pipe) const { ::pclose(pipe); }
    };
    const std::unique_ptr<std::FILE, Close> pipe(::popen(command.c_str(), "r"));
    std::string said;
    std::array<char, 4096> buffer{};
    while (const auto bytes = std::fread(buffer.data(), 1, buffer.size(), pipe.get()))
        said.append(buffer.data(), bytes);
    std::vector<std::string> lines;
    std::istringstream stream(said);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

/// The lines below `key` that stand four columns in: a YAML block.
std::string block_below(const std::string& text, const std::string& key) {
    std::istringstream lines(text);
    std::string block;
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        if (inside && !line.empty() && !line.starts_with("    ")) break;
        if (inside) block += (line.empty() ? line : line.substr(4)) + "\n";
        inside = inside || line.ends_with(key);
    }
    return block;
}

/// Every VITRINE_… that a file names.
std::set<std::string> variables_in(const std::string& text) {
    static const std::regex variable("VITRINE_[A-Z_]*[A-Z]");
    std::set<std::string> found;
    for (std::sregex_iterator match(text.begin(), text.end(), variable), end; match != end; ++match) {
        found.insert(match->str());
    }
    return found;
}

TEST(Deploy, TheSharedConfigurationIsOneThatTheProgramReads) {
    const auto config = load_config({.file = folder / "vitrine.toml"});
    EXPECT_EQ(config.images.store, "s3://vitrine/images");
    EXPECT_EQ(config.vectors.backend, "chroma");
}

TEST(Deploy, TheConfigurationForKubernetesIsOneThatTheProgramReads) {
    const auto toml = block_below(read(folder / "kubernetes/vitrine.yaml"), "vitrine.toml: |");
    ASSERT_FALSE(toml.empty());
    const auto file = fs::temp_directory_path() / ("vitrine-deploy-" + std::to_string(::getpid()) + ".toml");
    std::ofstream(file) << toml;
    const auto config = load_config({.file = file});
    fs::remove(file);
    EXPECT_TRUE(config.images.store.starts_with("s3://"));
    EXPECT_GT(config.jobs.workers, 0);
}

TEST(Deploy, EveryVariableThatIsSetIsAConfigurationKey) {
    for (const auto* name : {"compose.yaml", "kubernetes/vitrine.yaml", "vitrine.toml",
                             "systemd/vitrine-worker.service", "systemd/vitrine.service"}) {
        std::map<std::string, std::string> environment;
        for (const auto& variable : variables_in(read(folder / name))) environment[variable] = "sqlite:x";
        EXPECT_FALSE(environment.empty()) << name;
        EXPECT_NO_THROW(static_cast<void>(load_config({.environment = environment}))) << name;
    }
}

// .dockerignore leaves out everything but what it lists, by the folder or by the file.
TEST(Deploy, WhatTheImageIsMadeOfIsThereAndLetThrough) {
    const fs::path root = folder.parent_path();
    std::set<std::string> let_through;
    std::istringstream rules(read(root / ".dockerignore"));
    for (std::string rule; std::getline(rules, rule);) {
        if (rule.starts_with("!")) let_through.insert(rule.substr(1));
    }
    const auto is_let_through = [&](const std::string& path) {
        return std::ranges::any_of(
            let_through, [&](const std::string& rule) { return path == rule || path.starts_with(rule + "/"); });
    };
    int copied = 0;
    std::istringstream lines(read(folder / "Dockerfile"));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::vector<std::string> paths{std::istream_iterator<std::string>(words), {}};
        if (paths.size() < 3 || paths.front() != "COPY" || paths[1].starts_with("--from")) continue;
        paths.pop_back(); // where to
        for (std::size_t i = 1; i < paths.size(); ++i, ++copied) {
            EXPECT_TRUE(fs::exists(root / paths[i])) << paths[i];
            EXPECT_TRUE(is_let_through(paths[i])) << paths[i] << " is not in .dockerignore";
        }
    }
    EXPECT_GT(copied, 5);
}

// What the program names itself (DT_NEEDED); what those libraries need is for their packages to say.
TEST(Deploy, TheImageHasThePackageOfEveryLibraryThatTheProgramNeeds) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "The image holds the release build, whose optimiser needs fewer libraries than this one.";
#endif
    const auto dockerfile = read(folder / "Dockerfile");
    std::map<std::string, std::string> paths; // by the library's name
    for (const auto& line : said_by("ldd " VITRINE_BINARY)) {
        static const std::regex entry(R"(\s*(\S+) => (/\S+) .*)");
        std::smatch match;
        if (std::regex_match(line, match, entry)) paths[match[1]] = match[2];
    }
    std::vector<std::string> missing;
    int seen = 0;
    for (const auto& line : said_by("readelf -d " VITRINE_BINARY)) {
        static const std::regex needed(R"(.*\(NEEDED\).*\[(.+)\])");
        std::smatch match;
        if (!std::regex_match(line, match, needed) || !paths.contains(match[1])) continue;
        // Packages know their files by the path before or after /lib became a link to /usr/lib.
        const auto real = fs::canonical(paths[match[1]]).string();
        const auto owner = said_by("dpkg -S " + real + " " + real.substr(4) + " 2>/dev/null");
        ASSERT_FALSE(owner.empty()) << real;
        const auto package = owner.front().substr(0, owner.front().find(':'));
        const bool of_every_image = package == "libc6" || package == "libgcc-s1" || package == "libstdc++6";
        if (!of_every_image && dockerfile.find(" " + package + " ") == std::string::npos) missing.push_back(package);
        ++seen;
    }
    EXPECT_GT(seen, 10);
    EXPECT_THAT(missing, IsEmpty());
}

} // namespace
} // namespace vitrine
