#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/data_folder.hpp"
#include "program.hpp"

namespace vitrine::test {
namespace {

using Json = nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class CommandLine : public testing::Test {
protected:
    void expect_wrong_usage(const std::vector<std::string>& arguments, const std::string& named,
                            const Variables& variables = {}) {
        const auto ended = place_.vitrine(arguments, variables);
        EXPECT_EQ(ended.code, 2) << ended.err;
        EXPECT_THAT(ended.err, AllOf(StartsWith("vitrine: "), HasSubstr(named)));
        EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
        EXPECT_FALSE(std::filesystem::exists(place_.data())) << "a refused command must leave nothing";
    }

    Workplace place_;
};

TEST_F(CommandLine, WithoutAKnownCommandIsWrongUsage) {
    expect_wrong_usage({}, "subcommand");
    expect_wrong_usage({"frobnicate"}, "--help");
    expect_wrong_usage({"search"}, "image");
    expect_wrong_usage({"search", "a.jpg", "b.jpg"}, "b.jpg");
    expect_wrong_usage({"search", "a.jpg", "--top", "0"}, "--top");
    expect_wrong_usage({"search", "a.jpg", "--topp", "3"}, "--topp");
    expect_wrong_usage({"add", "a.jpg"}, "--name");
    expect_wrong_usage({"jobs", "show", "one"}, "one");
    expect_wrong_usage({"products", "shwo"}, "shwo");
    expect_wrong_usage({"jobs", "list", "--state", "tired"}, "tired");
}

TEST_F(CommandLine, TellsVersionAndHelpOnStandardOutput) {
    const auto version = place_.vitrine({"--version"});
    EXPECT_EQ(version.code, 0);
    EXPECT_THAT(version.out, StartsWith("vitrine "));
    EXPECT_THAT(version.err, IsEmpty());
    const auto help = place_.vitrine({"--help"});
    EXPECT_EQ(help.code, 0);
    for (const auto* const command : {"import", "add", "search", "eval", "products", "jobs", "doctor"}) {
        EXPECT_THAT(help.out, HasSubstr(command));
    }
    EXPECT_EQ(place_.vitrine({"search", "--help"}).code, 0);
}

TEST_F(CommandLine, AnUnknownConfigurationKeyIsNamedWhereverItComesFrom) {
    expect_wrong_usage({"--set", "jobs.wrokers=2", "doctor"}, "jobs.wrokers");
    expect_wrong_usage({"doctor"}, "VITRINE_JOBS_WROKERS", {{"VITRINE_JOBS_WROKERS", "2"}});
    const auto file = place_.write("vitrine.toml", "[jobs]\nwrokers = 2\n");
    expect_wrong_usage({"--config", file.string(), "doctor"}, "line 2");
    expect_wrong_usage({"--config", "/nowhere/vitrine.toml", "doctor"}, "/nowhere/vitrine.toml");
}

TEST_F(CommandLine, AWrongTypeOrValueIsNamedByItsKey) {
    expect_wrong_usage({"--set", "jobs.workers=many", "doctor"}, "jobs.workers");
    expect_wrong_usage({"--set", "pipeline.min_crop_fraction=2", "doctor"}, "pipeline.min_crop_fraction");
    expect_wrong_usage({"--set", "jobs.workers", "doctor"}, "section.key=value");
    expect_wrong_usage({"doctor"}, "ml.read_text", {{"VITRINE_ML_READ_TEXT", "perhaps"}});
}

TEST_F(CommandLine, GlobalOptionsMayStandBeforeOrAfterTheCommand) {
    const auto before = place_.vitrine({"--set", "jobs.workers=3", "doctor"});
    const auto after = place_.vitrine({"doctor", "--set", "jobs.workers=3"});
    EXPECT_THAT(before.out, HasSubstr("3 worker threads"));
    EXPECT_THAT(after.out, HasSubstr("3 worker threads"));
}

TEST_F(CommandLine, WithJsonAnErrorIsOneDocumentToo) {
    for (const auto& arguments : std::vector<std::vector<std::string>>{{"search", "/nowhere.jpg", "--json"},
                                                                       {"products", "show", "P1", "--json"},
                                                                       {"jobs", "show", "17", "--json"},
                                                                       {"jobs", "retry", "17", "--json"},
                                                                       {"jobs", "cancel", "17", "--json"},
                                                                       {"import", "/nowhere.csv", "--json"}}) {
        const auto ended = place_.vitrine(arguments);
        EXPECT_EQ(ended.code, 1) << arguments[0];
        EXPECT_THAT(ended.err, StartsWith("vitrine: "));
        EXPECT_EQ(Json::parse(ended.out).at("code"), "not_found") << ended.out;
    }
    const auto usage = place_.vitrine({"doctor", "--json", "--set", "a.b=c"});
    EXPECT_EQ(usage.code, 2);
    EXPECT_EQ(Json::parse(usage.out).at("code"), "configuration");
}

TEST_F(CommandLine, DoctorLooksAndCreatesNothing) {
    const auto ended = place_.vitrine({"doctor", "--json"});
    EXPECT_EQ(ended.code, 0) << ended.out;
    const auto json = Json::parse(ended.out);
    EXPECT_TRUE(json.at("ok").get<bool>());
    for (const auto& check : json.at("checks")) {
        EXPECT_TRUE(check.at("ok").get<bool>()) << check;
        EXPECT_THAT(check.at("detail").get<std::string>(), Not(IsEmpty()));
    }
    EXPECT_FALSE(std::filesystem::exists(place_.data()));
}

TEST_F(CommandLine, DoctorFailsOnADatabaseThatIsNone) {
    place_.write("data/vitrine.db", "this is no database, whatever its name says");
    const auto ended = place_.vitrine({"doctor"});
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.out, HasSubstr("FAILED database"));
    EXPECT_THAT(ended.err, HasSubstr("checks failed"));
}

TEST_F(CommandLine, DoctorTellsOfTheLastCheck) {
    ASSERT_EQ(place_.vitrine({"add", place_.draw("red.jpg", 1).string(), "--name", "Red mug"}).code, 0);
    EXPECT_THAT(place_.vitrine({"doctor"}).out, HasSubstr("No consistency check has run yet"));
    ASSERT_EQ(place_.vitrine({"check"}).code, 0);
    const auto told = place_.vitrine({"doctor"});
    EXPECT_EQ(told.code, 0) << told.err;
    EXPECT_THAT(told.out, Not(HasSubstr("No consistency check has run yet")));
}

TEST_F(CommandLine, DoctorSeesWhatIsStored) {
    const auto picture = place_.draw("one.jpg", 1);
    ASSERT_EQ(place_.vitrine({"add", picture.string(), "--name", "One", "--id", "P1"}).code, 0);
    const auto ended = place_.vitrine({"doctor"});
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.out, AllOf(HasSubstr("1 products"), HasSubstr("its schema is")));
}

TEST_F(CommandLine, AHeldDataFolderIsSaidWithItsHolder) {
    const auto picture = place_.draw("one.jpg", 1);
    const DataFolder held(place_.data());
    const auto holder = "process " + std::to_string(::getpid());
    for (const auto& arguments : std::vector<std::vector<std::string>>{{"products"},
                                                                       {"search", picture.string()},
                                                                       {"add", picture.string(), "--name", "One"},
                                                                       {"jobs", "list"}}) {
        const auto ended = place_.vitrine(arguments);
        EXPECT_EQ(ended.code, 1);
        EXPECT_THAT(ended.err, AllOf(StartsWith("vitrine: "), HasSubstr(holder)));
    }
    const auto doctor = place_.vitrine({"doctor"});
    EXPECT_EQ(doctor.code, 0) << doctor.out;
    EXPECT_THAT(doctor.out, HasSubstr(holder));
}

TEST_F(CommandLine, ADataFolderThatCannotBeMadeIsSaid) {
    const auto file = place_.write("file", "not a folder");
    const auto ended = place_.vitrine({"products", "--data", (file / "data").string()});
    EXPECT_NE(ended.code, 0);
    EXPECT_THAT(ended.err, StartsWith("vitrine: "));
}

} // namespace
} // namespace vitrine::test
