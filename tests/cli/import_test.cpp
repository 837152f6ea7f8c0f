#include <csignal>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "program.hpp"

namespace vitrine::test {
namespace {

using Json = nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr auto header = "product_id,name,description,category,image\n";

class Import : public testing::Test {
protected:
    Json import(const std::string& csv, int expected_code, const std::vector<std::string>& more = {}) {
        std::vector<std::string> arguments{"import", place_.write("catalog.csv", csv).string(), "--json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto ended = place_.vitrine(arguments);
        EXPECT_EQ(ended.code, expected_code) << ended.err;
        last_err_ = ended.err;
        return Json::parse(ended.out);
    }

    static std::string error_on(const Json& report, int line) {
        for (const auto& error : report.at("errors")) {
            if (error.at("line") == line) return error.at("error");
        }
        return "no error on that line";
    }

    Workplace place_;
    std::string last_err_;
};

TEST_F(Import, IndexesEveryRowAndTellsSo) {
    place_.draw("a.jpg", 1);
    place_.draw("b.jpg", 2);
    const auto report = import(std::string(header) + "P1,One,,Things,a.jpg\nP2,Two,,Things,b.jpg\n", 0);
    EXPECT_EQ(report.at("rows"), 2);
    EXPECT_EQ(report.at("indexed"), 2);
    EXPECT_EQ(report.at("unchanged"), 0);
    EXPECT_EQ(report.at("failed"), 0);
    EXPECT_TRUE(report.at("errors").empty());
    EXPECT_GT(report.at("seconds"), 0.0);
    EXPECT_THAT(last_err_, HasSubstr("2/2 (100%)"));
}

TEST_F(Import, RunAgainFindsEverythingUnchangedButWhatChanged) {
    place_.draw("a.jpg", 1);
    place_.draw("b.jpg", 2);
    import(std::string(header) + "P1,One,,,a.jpg\nP2,Two,,,b.jpg\n", 0);
    const auto again = import(std::string(header) + "P1,One,,,a.jpg\nP2,Two,,,b.jpg\n", 0);
    EXPECT_EQ(again.at("unchanged"), 2);
    EXPECT_EQ(again.at("indexed"), 0);
    const auto renamed = import(std::string(header) + "P1,Uno,,,a.jpg\nP2,Two,,,b.jpg\n", 0);
    EXPECT_EQ(renamed.at("unchanged"), 1);
    EXPECT_EQ(renamed.at("indexed"), 1);
}

TEST_F(Import, ReportsEveryBadRowByItsLineAndImportsTheRest) {
    place_.draw("a.jpg", 1);
    place_.draw("z.jpg", 2);
    place_.write("text.jpg", "this is text");
    place_.write("empty.jpg", "");
    const std::string csv = std::string(header) + "P1,First,,,a.jpg\n"              // line 2
                            + "P2,Missing image,,,none.jpg\n"                       // 3
                            + "P3,\xFF\xFE,,,a.jpg\n"                               // 4
                            + "P4,Long," + std::string(10 << 20, 'x') + ",,a.jpg\n" // 5
                            + "P1,Twice,,,z.jpg\n"                                  // 6
                            + "P6,,,,a.jpg\n"                                       // 7
                            + ",No id,,,a.jpg\n"                                    // 8
                            + "P8,No image,,,\n"                                    // 9
                            + "P9,Not a picture,,,text.jpg\n"                       // 10
                            + "P10,Empty picture,,,empty.jpg\n"                     // 11
                            + "P11,Too,many,fields,here,a.jpg\n"                    // 12
                            + "P12,Too few\n"                                       // 13
                            + "P13," + std::string(501, 'n') + ",,,a.jpg\n"         // 14
                            + std::string(201, 'i') + ",Long id,,,a.jpg\n"          // 15
                            + "P15,A folder,,,.\n"                                  // 16
                            + "P16,\"Quoted, \"\"name\"\"\",,,z.jpg\n";             // 17
    const auto report = import(csv, 1);
    EXPECT_EQ(report.at("rows"), 16);
    EXPECT_EQ(report.at("indexed"), 2);
    EXPECT_EQ(report.at("failed"), 14) << report;
    EXPECT_EQ(report.at("errors").size(), 14U);
    EXPECT_THAT(error_on(report, 3), HasSubstr("none.jpg"));
    EXPECT_THAT(error_on(report, 4), HasSubstr("UTF-8"));
    EXPECT_THAT(error_on(report, 5), HasSubstr("longer"));
    EXPECT_THAT(error_on(report, 6), AllOf(HasSubstr("P1"), HasSubstr("line 2")));
    EXPECT_THAT(error_on(report, 7), HasSubstr("name"));
    EXPECT_THAT(error_on(report, 8), HasSubstr("product_id"));
    EXPECT_THAT(error_on(report, 9), HasSubstr("no image"));
    EXPECT_THAT(error_on(report, 10), HasSubstr("text.jpg"));
    EXPECT_THAT(error_on(report, 11), HasSubstr("empty.jpg"));
    EXPECT_THAT(error_on(report, 12), HasSubstr("6 fields"));
    EXPECT_THAT(error_on(report, 13), HasSubstr("2 fields"));
    EXPECT_THAT(error_on(report, 14), HasSubstr("name"));
    EXPECT_THAT(error_on(report, 15), Not(HasSubstr("no error")));
    EXPECT_THAT(error_on(report, 16), Not(HasSubstr("no error")));
    EXPECT_THAT(last_err_, HasSubstr("catalog.csv line 3: "));
    EXPECT_EQ(Json::parse(place_.vitrine({"products", "show", "P16", "--json"}).out).at("name"), "Quoted, \"name\"");
}

TEST_F(Import, AnImageOutsideTheFolderIsRefused) {
    place_.draw("secret.jpg", 1);
    place_.draw("shop/a.jpg", 2);
    const auto outside = (place_.folder() / "secret.jpg").string();
    const std::string csv = std::string(header) +
                            "P1,Up,,,../secret.jpg\nP2,Deep,,,x/../../secret.jpg\nP3,Absolute,,," + outside +
                            "\nP4,Inside,,,x/../a.jpg\n";
    const auto report = import(csv, 1, {"--images", (place_.folder() / "shop").string()});
    EXPECT_EQ(report.at("failed"), 3);
    EXPECT_EQ(report.at("indexed"), 1);
    for (const int line : {2, 3, 4}) EXPECT_THAT(error_on(report, line), HasSubstr("outside"));
}

TEST_F(Import, AHeaderWithoutANeededColumnIsRefusedAsAWhole) {
    const auto report = import("product_id,name,picture\nP1,One,a.jpg\n", 1);
    EXPECT_EQ(report.at("code"), "bad_input");
    EXPECT_THAT(report.at("error").get<std::string>(),
                AllOf(HasSubstr("catalog.csv"), HasSubstr("image"), HasSubstr("picture")));
    EXPECT_EQ(import("", 1).at("code"), "bad_input");
    EXPECT_EQ(import("product_id,name,name,image\n", 1).at("code"), "bad_input");
}

TEST_F(Import, AHeaderAloneIsAnEmptyCatalogue) {
    EXPECT_EQ(import(header, 0).at("rows"), 0);
}

TEST_F(Import, KeepsFurtherColumnsAsAttributesAndLeavesOutEmptyCells) {
    place_.draw("a.jpg", 1);
    import("\xEF\xBB\xBFimage,name,product_id,price,gtin,\r\na.jpg,One,P1,12.50,,x\r\n", 0);
    const auto product = Json::parse(place_.vitrine({"products", "show", "P1", "--json"}).out);
    EXPECT_EQ(product.at("attributes"), Json({{"price", "12.50"}}));
}

TEST_F(Import, StoppedByCtrlCSaysHowToGoOnAndGoesOn) {
    constexpr int products = 60;
    std::string csv = header;
    for (int i = 0; i < products; ++i) {
        place_.draw(fmt::format("{}.jpg", i), i);
        csv += fmt::format("P{},Thing {},,,{}.jpg\n", i, i, i);
    }
    const auto file = place_.write("catalog.csv", csv);
    RunningProgram running(place_.folder(), place_.with_data({"import", file.string(), "--json"}), {});
    running.wait_for_first_line_of_errors(); // a tenth is done
    running.send(SIGINT);
    const auto ended = running.end();
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.err, HasSubstr("run the same command again"));
    const auto stopped = Json::parse(ended.out);
    EXPECT_TRUE(stopped.at("interrupted").get<bool>());
    EXPECT_LT(stopped.at("indexed"), products);
    const auto rest = import(csv, 0);
    EXPECT_EQ(rest.at("rows"), products);
    EXPECT_GE(rest.at("unchanged"), stopped.at("indexed"));
    EXPECT_EQ(rest.at("unchanged").get<int>() + rest.at("indexed").get<int>(), products);
}

} // namespace
} // namespace vitrine::test
