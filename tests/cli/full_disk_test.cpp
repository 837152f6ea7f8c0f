// The disk of the data folder is full, and later it is not any more.

#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/mount.h>

#include "program.hpp"

namespace vitrine::test {
namespace {

using Json = nlohmann::json;

/// A disk of its own with as little room as a test says.
class SmallDisk {
public:
    explicit SmallDisk(std::filesystem::path folder) : folder_(std::move(folder)) {
        std::filesystem::create_directories(folder_);
        is_there_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=1m") == 0;
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() {
        if (is_there_) ::umount2(folder_.c_str(), MNT_DETACH);
    }

    [[nodiscard]] bool is_there() const { return is_there_; }
    void make_room() const { ASSERT_EQ(::mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT, "size=64m"), 0); }

private:
    const std::filesystem::path folder_;
    bool is_there_ = false;
};

TEST(FullDisk, SaysSoLosesNothingAndGoesOnWhenThereIsRoomAgain) {
    const Workplace place;
    const SmallDisk disk(place.data());
    if (!disk.is_there()) GTEST_SKIP() << "mounting a small disk needs the right to mount (run as root)";
    constexpr int products = 40;
    std::string csv = "product_id,name,description,category,image\n";
    for (int i = 0; i < products; ++i) {
        place.draw(fmt::format("{}.jpg", i), i);
        csv += fmt::format("P{},Thing {},,,{}.jpg\n", i, i, i);
    }
    const auto catalogue = place.write("catalog.csv", csv).string();
    const Variables variables{{"VITRINE_ML_READ_TEXT", "false"}};

    RunningProgram import(place.folder(), place.with_data({"import", catalogue}), variables);
    ASSERT_TRUE(import.wait_for_errors("disk is full")) << "nobody was told";
    disk.make_room();
    import.end(); // with what it has accepted done, and the rest reported

    const auto again = place.vitrine({"import", catalogue, "--json"}, variables);
    EXPECT_EQ(again.code, 0) << again.err;
    const auto report = Json::parse(again.out);
    EXPECT_EQ(report.at("indexed").get<int>() + report.at("unchanged").get<int>(), products);
    const auto check = place.vitrine({"check", "--json"}, variables);
    EXPECT_EQ(check.code, 0) << check.err;
    EXPECT_TRUE(Json::parse(check.out).at("consistent").get<bool>()) << check.out;
}

} // namespace
} // namespace vitrine::test
