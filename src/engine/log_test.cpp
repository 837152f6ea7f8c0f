#include "engine/log.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace vitrine {
namespace {

std::string written(const Config::Log& config, const std::string& sentence) {
    ::testing::internal::CaptureStderr();
    {
        Log log(config);
        log.info("An info.");
        log.warning(sentence);
    }
    return ::testing::internal::GetCapturedStderr();
}

TEST(Log, OnlyTheConfiguredLevelAndAboveIsWritten) {
    EXPECT_EQ(written({.level = "error", .format = "text"}, "A warning."), "");
    const std::string both = written({.level = "info", .format = "text"}, "A warning.");
    EXPECT_NE(both.find("An info."), std::string::npos);
    EXPECT_NE(both.find("warning A warning."), std::string::npos);
}

TEST(Log, JsonLinesAreOneObjectEach) {
    const std::string line = written({.level = "warning", .format = "json"}, "A \"quoted\" name.");
    const auto object = nlohmann::json::parse(line);
    EXPECT_EQ(object.at("message"), "A \"quoted\" name.");
    EXPECT_EQ(object.at("level"), "warning");
    EXPECT_EQ(object.at("time").get<std::string>().back(), 'Z');
}

TEST(Log, AStoredNameCannotForgeALine) {
    for (const std::string format : {"text", "json"}) {
        const std::string line = written({.level = "warning", .format = format}, "name\n2026 error forged\x1b[31m");
        EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << format;
        EXPECT_EQ(line.find('\x1b'), std::string::npos) << format;
    }
}

} // namespace
} // namespace vitrine
