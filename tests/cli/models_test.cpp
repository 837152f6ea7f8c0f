// `vitrine models`: packs listed, run, installed from a folder and from a server that breaks off; the shop's words.

#include <algorithm>
#include <charconv>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/content_hash.hpp"
#include "ml/tiny_onnx.hpp"
#include "program.hpp"
#include "servers/fault_server.hpp"

namespace vitrine::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

class ModelsCommand : public testing::Test {
protected:
    ModelsCommand() { fs::create_directories(pack()); }

    [[nodiscard]] fs::path pack() const { return place_.folder() / "pack"; }
    [[nodiscard]] fs::path target() const { return place_.folder() / "installed"; }

    /// One network, an embedding; of the file that `sum` says.
    [[nodiscard]] static std::string description(const std::string& sum) {
        return fmt::format(R"([{{"file":"means.onnx","name":"Means","sha256":"{}",)"
                           R"("input":{{"name":"image","shape":[1,3,16,16]}},"outputs":[{{"name":"embedding"}}]}}])",
                           sum);
    }
    void write_pack() const {
        place_.write("pack/models.json", description(sha256_hex(onnx_)));
        place_.write("pack/means.onnx", onnx_);
    }
    [[nodiscard]] Ended models(std::vector<std::string> arguments, const fs::path& folder) const {
        arguments.insert(arguments.begin(), {"--set", "ml.models=" + folder.string(), "models"});
        return place_.vitrine(arguments);
    }

    /// The pack as a server has it.
    ScriptedAnswer serve(const SeenRequest& request) const {
        if (request.target == "/shop/models.json") return {.body = description(sha256_hex(onnx_))};
        if (request.target != "/shop/means.onnx") return {.status = 404, .body = "no"};
        const auto range = request.headers.find("range");
        if (range == request.headers.end()) return {.headers = {{"Accept-Ranges", "bytes"}}, .body = onnx_};
        std::size_t from = 0, last = 0; // "bytes=FROM-LAST"
        const auto* const end = range->second.data() + range->second.size();
        const auto* const dash = std::from_chars(range->second.data() + 6, end, from).ptr;
        std::from_chars(dash + 1, end, last);
        if (from >= onnx_.size()) return {.status = 416};
        last = std::min(last, onnx_.size() - 1);
        return {.status = 206,
                .headers = {{"Content-Range", fmt::format("bytes {}-{}/{}", from, last, onnx_.size())}},
                .body = onnx_.substr(from, last - from + 1)};
    }

    std::string onnx_ = testing_support::channel_means_onnx(16);
    Workplace place_;
};

TEST_F(ModelsCommand, ListNamesEachModelWithItsFileCheckedAndWhatItsOutputsMean) {
    write_pack();
    const auto listed = models({"list", "--json"}, pack());
    ASSERT_EQ(listed.code, 0) << listed.err;
    const auto document = Json::parse(listed.out);
    ASSERT_EQ(document["models"].size(), 1U);
    const auto& model = document["models"][0];
    EXPECT_EQ(model["name"], "Means");
    EXPECT_EQ(model["bytes"], onnx_.size());
    EXPECT_EQ(model["sha256"], sha256_hex(onnx_));
    EXPECT_EQ(model["outputs"][0]["meaning"], "embedding");
    EXPECT_THAT(models({"list"}, pack()).out, AllOf(HasSubstr("Means"), HasSubstr("embedding")));
}

TEST_F(ModelsCommand, ListRefusesADamagedFileAMissingFolderAndNoFolder) {
    write_pack();
    place_.write("pack/means.onnx", onnx_ + "x");
    const auto damaged = models({"list"}, pack());
    EXPECT_EQ(damaged.code, 2);
    EXPECT_THAT(damaged.err, AllOf(StartsWith("vitrine: "), HasSubstr("means.onnx")));
    EXPECT_THAT(models({"list"}, place_.folder() / "nowhere").err, HasSubstr("nowhere"));
    const auto none = place_.vitrine({"models", "list"});
    EXPECT_EQ(none.code, 2);
    EXPECT_THAT(none.err, HasSubstr("ml.models"));
}

TEST_F(ModelsCommand, CheckRunsTheEngineOnAPictureAndStoresNothing) {
    write_pack();
    const auto picture = place_.draw("thing.jpg", 3);
    const auto checked = place_.vitrine({"--set", "ml.engine=onnx", "--set", "ml.models=" + pack().string(), "--set",
                                         "ml.crop.engine=builtin", "--set", "ml.builtin_weight=0", "models", "check",
                                         picture.string(), "--json"});
    ASSERT_EQ(checked.code, 0) << checked.err;
    const auto document = Json::parse(checked.out);
    EXPECT_THAT(document["vector_model"].get<std::string>(), StartsWith("onnx-vector "));
    ASSERT_FALSE(document["crops"].empty());
    EXPECT_EQ(document["crops"][0]["dimensions"], 3);
    EXPECT_NEAR(document["crops"][0]["vector_length"].get<double>(), 1.0, 1e-4);
    EXPECT_FALSE(fs::exists(place_.data()));
}

TEST_F(ModelsCommand, CheckNamesThePictureThatCannotBeRead) {
    const auto checked = place_.vitrine({"models", "check", place_.write("no.jpg", "not a picture").string()});
    EXPECT_EQ(checked.code, 1);
    EXPECT_THAT(checked.err, StartsWith("vitrine: "));
    EXPECT_EQ(place_.vitrine({"models", "check", (place_.folder() / "missing.jpg").string()}).code, 1);
}

TEST_F(ModelsCommand, AddCopiesAFolderOnceAndThenFindsItThere) {
    write_pack();
    const auto first = place_.vitrine({"models", "add", pack().string(), "--to", target().string(), "--json"});
    ASSERT_EQ(first.code, 0) << first.err;
    EXPECT_EQ(Json::parse(first.out)["fetched"].size(), 2U);
    EXPECT_EQ(bytes_of(target() / "means.onnx"), onnx_);
    const auto again = place_.vitrine({"models", "add", pack().string(), "--to", target().string(), "--json"});
    ASSERT_EQ(again.code, 0) << again.err;
    EXPECT_EQ(Json::parse(again.out)["bytes_fetched"], 0);
    EXPECT_EQ(models({"list"}, target()).code, 0);
}

TEST_F(ModelsCommand, AddFromAUrlThatBreaksOffGoesOnWhereItEnded) {
    onnx_ = std::string(5'000'000, 'n') + std::string(5'000'000, 'm'); // fetched in pieces of 8 MiB
    bool broken = true;
    FaultServer server([&](const SeenRequest& request) {
        auto answer = serve(request);
        const bool is_first = !request.headers.contains("range") || request.headers.at("range").starts_with("bytes=0-");
        if (broken && !is_first) answer.cut_after = answer.body.size() / 2;
        return answer;
    });
    const auto add = [&] {
        return place_.vitrine({"models", "add", server.url("/shop/models.json"), "--to", target().string(), "--json"});
    };
    const auto broken_off = add();
    EXPECT_EQ(broken_off.code, 1);
    EXPECT_THAT(broken_off.err, AllOf(StartsWith("vitrine: "), HasSubstr("means.onnx")));
    EXPECT_FALSE(fs::exists(target() / "models.json")) << "a folder that looks whole";
    const auto arrived = fs::file_size(target() / "means.onnx.part");
    EXPECT_GT(arrived, 0U);
    EXPECT_LT(arrived, onnx_.size());
    broken = false;
    const auto whole = add();
    ASSERT_EQ(whole.code, 0) << whole.err;
    EXPECT_EQ(Json::parse(whole.out)["bytes_resumed"], arrived);
    EXPECT_EQ(bytes_of(target() / "means.onnx"), onnx_);
    EXPECT_EQ(models({"list"}, target()).code, 0);
}

TEST_F(ModelsCommand, AddRefusesAnotherFileThanItsSumSaysAndAnotherDescriptionThanTheOneAskedFor) {
    FaultServer server([&](const SeenRequest& request) {
        auto answer = serve(request);
        if (request.target == "/shop/means.onnx") answer = {.body = std::string(onnx_.size(), 'x')};
        return answer;
    });
    const auto other_file =
        place_.vitrine({"models", "add", server.url("/shop/models.json"), "--to", target().string()});
    EXPECT_EQ(other_file.code, 1);
    EXPECT_THAT(other_file.err, HasSubstr("SHA-256"));
    EXPECT_FALSE(fs::exists(target() / "means.onnx"));
    const auto other_description = place_.vitrine({"models", "add", server.url("/shop/models.json"), "--to",
                                                   target().string(), "--sha256", std::string(64, '0')});
    EXPECT_EQ(other_description.code, 1);
    EXPECT_THAT(other_description.err, HasSubstr("SHA-256"));
    const auto right = place_.vitrine({"models", "add", server.url("/gone/models.json"), "--to", target().string()});
    EXPECT_EQ(right.code, 1);
    EXPECT_THAT(right.err, HasSubstr("404"));
}

TEST_F(ModelsCommand, VocabularyPrintsTheWordsInUseInTheFormOfTheirFile) {
    const auto builtin = place_.vitrine({"models", "vocabulary"});
    ASSERT_EQ(builtin.code, 0) << builtin.err;
    EXPECT_THAT(builtin.out, HasSubstr("same gray charcoal grey silver\n"));
    const auto file = place_.write("words.txt", builtin.out + "same gray pewter\n");
    const auto own = place_.vitrine({"--set", "ml.vocabulary=" + file.string(), "models", "vocabulary", "--json"});
    ASSERT_EQ(own.code, 0) << own.err;
    const auto document = Json::parse(own.out);
    EXPECT_EQ(document["file"], file.string());
    EXPECT_EQ(document["synonyms"].get<int>(),
              Json::parse(place_.vitrine({"models", "vocabulary", "--json"}).out)["synonyms"].get<int>() + 1);
    EXPECT_THAT(place_.vitrine({"--set", "ml.vocabulary=" + file.string(), "doctor"}).out, HasSubstr(file.string()));
}

TEST_F(ModelsCommand, AWrongVocabularyStopsTheStartWithFileAndLine) {
    const auto file = place_.write("words.txt", "same gray grey\nsame silver grey\n");
    for (const auto& command : {std::vector<std::string>{"models", "vocabulary"}, {"products", "list"}}) {
        auto arguments = command;
        arguments.insert(arguments.begin(), {"--set", "ml.vocabulary=" + file.string()});
        const auto ended = place_.vitrine(arguments);
        EXPECT_EQ(ended.code, 2) << ended.out;
        EXPECT_THAT(ended.err, HasSubstr(file.string() + ", line 2: 'grey'"));
    }
    const auto missing = place_.vitrine({"--set", "ml.vocabulary=/no/such/file", "products", "list"});
    EXPECT_EQ(missing.code, 2);
    EXPECT_THAT(missing.err, AllOf(HasSubstr("ml.vocabulary"), HasSubstr("/no/such/file")));
}

TEST_F(ModelsCommand, AShopsWordDecidesWhichProductItsLabelFits) {
    const auto picture = place_.draw("thing.jpg", 3);
    ASSERT_EQ(place_.vitrine({"add", picture.string(), "--name", "Xylon thing", "--id", "X1"}).code, 0);
    const auto agreement = [&](const std::vector<std::string>& settings) {
        auto arguments = settings;
        arguments.insert(arguments.end(), {"search", picture.string(), "--json"});
        const auto found = place_.vitrine(arguments);
        EXPECT_EQ(found.code, 0) << found.err;
        const auto document = Json::parse(found.out);
        return std::pair(document["products"][0]["evidence"]["label_agreement"].get<double>(),
                         document["crops"][0]["label"]["colors"][0].get<std::string>());
    };
    const auto [before, colour] = agreement({});
    EXPECT_EQ(before, 0.0);
    const auto word = colour.substr(colour.rfind(' ') == std::string::npos ? 0 : colour.rfind(' ') + 1);
    const auto file = place_.write("words.txt", "same xylon " + word + "\n");
    EXPECT_GT(agreement({"--set", "ml.vocabulary=" + file.string()}).first, 0.0)
        << word << " is what this shop calls xylon";
}

TEST_F(ModelsCommand, CategoriesPrintsWhatAShopCallsTheClassesOfImageNet) {
    const auto printed = place_.vitrine({"models", "categories"});
    ASSERT_EQ(printed.code, 0) << printed.err;
    EXPECT_THAT(printed.out,
                AllOf(StartsWith("label,category\n"), HasSubstr("running shoe,shoes\n"), HasSubstr("tench,\n")));
}

} // namespace
} // namespace vitrine::test
