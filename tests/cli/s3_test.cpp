// The program with its pictures in a real S3 server instead of a folder.

#include <csignal>
#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "program.hpp"
#include "servers/fault_proxy.hpp"
#include "servers/s3_server.hpp"

namespace vitrine::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ShopInS3 : public testing::Test {
protected:
    [[nodiscard]] Variables variables(const std::string& secret = S3Server::secret_key) const {
        return {{"VITRINE_IMAGES_STORE", "s3://shop/vitrine/images"},
                {"VITRINE_IMAGES_ENDPOINT", server_.endpoint()},
                {"VITRINE_IMAGES_REGION", S3Server::region},
                {"VITRINE_IMAGES_ACCESS_KEY", S3Server::access_key},
                {"VITRINE_IMAGES_SECRET_KEY", secret}};
    }

    [[nodiscard]] Json json_of(const std::vector<std::string>& arguments, int expected_code = 0) const {
        const auto ended = place_.vitrine(arguments, variables());
        EXPECT_EQ(ended.code, expected_code) << ended.err;
        return Json::parse(ended.out);
    }

    [[nodiscard]] Json import_drawings(int count, int expected_code = 0) const {
        std::string csv = "product_id,name,description,category,image\n";
        for (int i = 1; i <= count; ++i) {
            place_.draw(fmt::format("{}.jpg", i), i);
            csv += fmt::format("P{},Thing number {},,,{}.jpg\n", i, i, i);
        }
        return json_of({"import", place_.write("catalog.csv", csv).string(), "--json"}, expected_code);
    }

    [[nodiscard]] std::string picture(int number) const {
        return (place_.folder() / fmt::format("{}.jpg", number)).string();
    }

    [[nodiscard]] int objects() const {
        int count = 0;
        for (const auto& file : fs::recursive_directory_iterator(server_.folder() / S3Server::bucket)) {
            count += file.path().string().ends_with("_object") ? 1 : 0;
        }
        return count;
    }

    /// What the doctor says of the images.
    static Json images_of(const Ended& ended) {
        const auto report = Json::parse(ended.out);
        for (const auto& check : report.at("checks")) {
            if (check.at("name") == "images") return check;
        }
        return {};
    }

    Workplace place_;
    S3Server server_;
};

TEST_F(ShopInS3, ImportsAndFindsAProductByItsOwnPicture) {
    EXPECT_EQ(import_drawings(4).at("indexed"), 4);
    EXPECT_EQ(json_of({"search", picture(3), "--json"}).at("products").at(0).at("product_id"), "P3");
    EXPECT_EQ(objects(), 4);
    EXPECT_FALSE(fs::exists(place_.data() / "images"));
}

TEST_F(ShopInS3, ImportingAgainChangesNothing) {
    static_cast<void>(import_drawings(3));
    EXPECT_EQ(import_drawings(3).at("unchanged"), 3);
    EXPECT_EQ(objects(), 3);
}

TEST_F(ShopInS3, TheDoctorTriesTheBucketAndLeavesNothingBehind) {
    const auto ended = place_.vitrine({"doctor", "--json"}, variables());
    EXPECT_EQ(ended.code, 0) << ended.out;
    EXPECT_EQ(images_of(ended).at("ok"), true);
    EXPECT_THAT(images_of(ended).at("detail").get<std::string>(), HasSubstr("listed, written, read and removed"));
    EXPECT_EQ(objects(), 0);
}

TEST_F(ShopInS3, TheDoctorSaysWhatIsWrongInOneSentence) {
    const auto detail = [&](Variables changed) {
        const auto ended = place_.vitrine({"doctor", "--json"}, changed);
        EXPECT_EQ(ended.code, 1);
        EXPECT_EQ(images_of(ended).at("ok"), false);
        EXPECT_THAT(ended.out + ended.err, Not(HasSubstr(S3Server::secret_key)));
        return images_of(ended).at("detail").get<std::string>();
    };
    const auto with = [&](const std::string& name, const std::string& value) {
        auto changed = variables();
        for (auto& [key, old] : changed) {
            if (key == name) old = value;
        }
        return changed;
    };
    EXPECT_THAT(detail(variables("wrong")), HasSubstr("check images.secret_key"));
    EXPECT_THAT(detail(with("VITRINE_IMAGES_STORE", "s3://elsewhere")),
                HasSubstr("make the bucket or check images.store"));
    EXPECT_THAT(detail(with("VITRINE_IMAGES_REGION", "us-west-1")), HasSubstr("check images.region"));
    EXPECT_THAT(detail(with("VITRINE_IMAGES_ENDPOINT", "http://127.0.0.1:1")),
                HasSubstr("no connection could be made"));
    EXPECT_THAT(detail(with("VITRINE_IMAGES_ACCESS_KEY", "")), HasSubstr("images.access_key is needed"));
}

TEST_F(ShopInS3, AnImportDuringAnOutageWaitsAndThenIndexesEveryRow) {
    FaultProxy way(server_.port());
    auto over_way = variables();
    for (auto& [name, value] : over_way) {
        if (name == "VITRINE_IMAGES_ENDPOINT") value = way.url();
    }
    std::string csv = "product_id,name,description,category,image\n";
    for (int i = 1; i <= 12; ++i) {
        place_.draw(fmt::format("{}.jpg", i), i);
        csv += fmt::format("P{},Thing number {},,,{}.jpg\n", i, i, i);
    }
    way.cut();
    RunningProgram import(place_.folder(),
                          place_.with_data({"import", place_.write("catalog.csv", csv).string(), "--json"}), over_way);
    ASSERT_TRUE(import.wait_for_errors("The import waits and goes on by itself."));
    way.restore();
    const auto ended = import.end();
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(Json::parse(ended.out).at("indexed"), 12);
    EXPECT_EQ(Json::parse(ended.out).at("failed"), 0);
    EXPECT_EQ(objects(), 12);
}

TEST_F(ShopInS3, AnImportThatWaitsForAStoreStopsWhenAsked) {
    auto nowhere = variables();
    for (auto& [name, value] : nowhere) {
        if (name == "VITRINE_IMAGES_ENDPOINT") value = "http://127.0.0.1:1";
    }
    place_.draw("1.jpg", 1);
    const auto csv = place_.write("catalog.csv", "product_id,name,description,category,image\nP1,One,,,1.jpg\n");
    RunningProgram import(place_.folder(), place_.with_data({"import", csv.string(), "--json"}), nowhere);
    ASSERT_TRUE(import.wait_for_errors("The import waits"));
    import.send(SIGTERM);
    const auto ended = import.end();
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.err, HasSubstr("run the same command again"));
    EXPECT_EQ(Json::parse(ended.out).at("failed"), 0) << "a row that waits has not failed";
}

TEST_F(ShopInS3, AWrongKeyFailsEveryRowWithASentenceAndStoresNothing) {
    place_.draw("1.jpg", 1);
    const auto csv = place_.write("catalog.csv", "product_id,name,description,category,image\nP1,One,,,1.jpg\n");
    const auto ended = place_.vitrine({"import", csv.string(), "--json"}, variables("wrong"));
    EXPECT_EQ(ended.code, 1);
    const auto report = Json::parse(ended.out);
    EXPECT_EQ(report.at("failed"), 1);
    EXPECT_THAT(report.at("errors").at(0).at("error").get<std::string>(),
                AllOf(HasSubstr("check images.access_key and images.secret_key"), Not(HasSubstr("wrong"))));
    EXPECT_EQ(objects(), 0);
}

} // namespace
} // namespace vitrine::test
