#include "ml/onnx_engine.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "core/embedding.hpp"
#include "ml/builtin_engine.hpp"
#include "ml/network.hpp"
#include "ml/tiny_onnx.hpp"

namespace vitrine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

BuiltinOptions without_text() {
    BuiltinOptions options;
    options.label.text.enabled = false;
    return options;
}

Picture filled(std::uint8_t r, std::uint8_t g, std::uint8_t b) {
    Picture picture{.width = 20, .height = 20, .rgb = {}};
    for (int i = 0; i < 400; ++i) picture.rgb.insert(picture.rgb.end(), {r, g, b});
    return picture;
}

/// A folder of models that goes with the test.
class OnnxFolder : public ::testing::Test {
protected:
    OnnxFolder() {
        std::string name = (fs::temp_directory_path() / "vitrine-models-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        write("means.onnx", onnx_);
    }
    ~OnnxFolder() override {
        std::error_code ignored; // a leftover in the temporary folder harms no test
        fs::remove_all(folder_, ignored);
    }

    void write(const std::string& file, const std::string& bytes) const {
        std::ofstream(folder_ / file, std::ios::binary) << bytes;
    }

    /// Writes a models.json of the one network, with `more` among its keys.
    void describe(const std::string& more = "",
                  const std::string& output = R"({"name":"embedding","shape":[1,3]})") const {
        write("models.json",
              fmt::format(R"([{{"file":"means.onnx","name":"Means",{}"input":{{"name":"image","shape":[1,3,16,16]}},)"
                          R"("outputs":[{}]}}])",
                          more, output));
    }

    std::string why_refused() const {
        try {
            (void)load_onnx_models(folder_);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::Configuration);
            return error.what();
        }
        ADD_FAILURE() << "the folder was accepted";
        return {};
    }

    const std::string onnx_ = testing_support::channel_means_onnx(16);
    fs::path folder_;
};

TEST_F(OnnxFolder, VectorIsTheNetworksAnswerMadeAUnitVector) {
    describe(fmt::format(R"("sha256":"{}","bytes":{},)", sha256_hex(onnx_), onnx_.size()));
    const auto describer = make_onnx_describer(load_onnx_models(folder_), make_builtin_describer(without_text()));
    EXPECT_EQ(describer->versions().dimensions, 3);
    const auto picture = filled(30, 40, 0);
    CropView view(picture);
    const auto said = describer->describe(view, {.label = false, .vector = true});
    ASSERT_TRUE(said.vector);
    EXPECT_FALSE(said.label);
    EXPECT_NEAR((*said.vector)[0], 0.6, 1e-5);
    EXPECT_NEAR((*said.vector)[1], 0.8, 1e-5);
    EXPECT_EQ(said.vector_version, describer->versions().vector);
}

TEST_F(OnnxFolder, BuiltinVectorStandsBesideTheNetworksByItsWeight) {
    describe();
    const auto builtin = make_builtin_describer(without_text());
    const auto describer = make_onnx_describer(load_onnx_models(folder_), builtin, {.builtin_weight = 1.0});
    EXPECT_EQ(describer->versions().dimensions, 3 + builtin->versions().dimensions);
    const auto picture = filled(30, 40, 0);
    CropView view(picture);
    const auto vector = describer->describe(view, {}).vector.value();
    EXPECT_TRUE(is_unit_length(vector));
    EXPECT_NEAR(vector[0], 0.6 / std::sqrt(2.0), 1e-5);
}

TEST_F(OnnxFolder, WhateverDecidesAnAnswerIsInItsVersion) {
    describe();
    const auto builtin = make_builtin_describer(without_text());
    const auto version = [&](const OnnxDescriberOptions& options = {}) {
        return make_onnx_describer(load_onnx_models(folder_), builtin, options)->versions().vector;
    };
    const auto before = version();
    EXPECT_EQ(version(), before);
    EXPECT_NE(version({.builtin_weight = 0.5}), before);
    EXPECT_NE(version({.views = {1.0}}), before);
    describe("", R"({"name":"embedding","decode":{"kind":"embedding","square_root":true}})");
    EXPECT_NE(version(), before);
}

TEST_F(OnnxFolder, WhatAShopCallsThingsIsInTheLabelsVersionAndNotInTheVectors) {
    write("labels.txt", "one\ntwo\nthree\n");
    write("categories.csv", "label,category\none,Ones\n");
    const std::string outputs = R"({"name":"embedding","decode":{"kind":"embedding"}},)"
                                R"({"name":"embedding","labels":"labels.txt",)";
    const auto versions = [&](const std::string& rest) {
        describe("", outputs + rest);
        return make_onnx_describer(load_onnx_models(folder_), make_builtin_describer(without_text()))->versions();
    };
    const auto before = versions(R"("decode":{"kind":"classifier"}})");
    const auto after = versions(R"("categories":"categories.csv","decode":{"kind":"classifier"}})");
    EXPECT_EQ(after.vector, before.vector) << "nobody embeds a catalogue anew for a word";
    EXPECT_NE(after.label, before.label);
}

TEST_F(OnnxFolder, ManyThreadsGetTheirOwnAnswersFromOneNetwork) {
    describe();
    const auto describer = make_onnx_describer(load_onnx_models(folder_), make_builtin_describer(without_text()));
    std::vector<std::jthread> threads;
    std::atomic<int> wrong{0};
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
            const auto picture = filled(static_cast<std::uint8_t>(10 + t), 10, 10);
            const float wanted = static_cast<float>((10.0 + t) / std::sqrt((10.0 + t) * (10.0 + t) + 200.0));
            for (int i = 0; i < 50; ++i) {
                CropView view(picture);
                const auto vector = describer->describe(view, {.label = false, .vector = true}).vector.value();
                if (std::abs(vector[0] - wanted) > 1e-4F) ++wrong;
            }
        });
    }
    threads.clear();
    EXPECT_EQ(wrong, 0);
}

TEST_F(OnnxFolder, DamagedOrExchangedFileIsRefusedByItsSum) {
    describe(R"("sha256":"0000000000000000000000000000000000000000000000000000000000000000",)");
    EXPECT_THAT(why_refused(), ::testing::AllOf(HasSubstr("means.onnx"), HasSubstr("SHA-256")));
    describe(R"("bytes":7,)");
    EXPECT_THAT(why_refused(), HasSubstr("7"));
}

TEST_F(OnnxFolder, FileThatIsNoNetworkIsRefusedByName) {
    describe();
    for (const auto& bytes : {std::string(), std::string("no network"), onnx_.substr(0, onnx_.size() / 2)}) {
        write("means.onnx", bytes);
        EXPECT_THAT(why_refused(), HasSubstr("means.onnx"));
    }
}

TEST_F(OnnxFolder, OutputThatTheNetworkDoesNotHaveIsRefusedByName) {
    describe("", R"({"name":"features"})");
    EXPECT_THAT(why_refused(), ::testing::AllOf(HasSubstr("means.onnx"), HasSubstr("'features'")));
    describe("", R"({"name":"embedding","shape":[1,4]})");
    EXPECT_THAT(why_refused(), ::testing::AllOf(HasSubstr("[1,4]"), HasSubstr("[1,3]")));
}

TEST_F(OnnxFolder, LinkOutOfTheFolderIsNotFollowed) {
    describe();
    fs::remove(folder_ / "means.onnx");
    fs::create_symlink("/etc/hostname", folder_ / "means.onnx");
    EXPECT_THAT(why_refused(), HasSubstr("link out of that folder"));
}

TEST_F(OnnxFolder, MissingFolderOrDescriptionIsSaid) {
    EXPECT_THAT(why_refused(), HasSubstr("models.json"));
    EXPECT_THROW((void)load_onnx_models("/no/such/folder"), Error);
}

TEST_F(OnnxFolder, FolderWithoutADetectorCannotCrop) {
    describe();
    EXPECT_THROW((void)make_onnx_detector(load_onnx_models(folder_), make_builtin_detector()), Error);
}

TEST_F(OnnxFolder, ClassifierNeedsALabelForEachValue) {
    write("labels.txt", "one\ntwo\n");
    describe("", R"({"name":"embedding","shape":[1,3],"labels":"labels.txt","decode":{"kind":"classifier"}})");
    EXPECT_THAT(why_refused(), ::testing::AllOf(HasSubstr("3 values"), HasSubstr("2 labels")));
}

TEST_F(OnnxFolder, CategoryIsTheShopsWordForTheBestLabel) {
    write("labels.txt", "rot, rouge\ngruen\nblau\n");
    write("categories.csv", "label,category\nrot,Red things\n");
    describe("", R"({"name":"embedding","shape":[1,3],"labels":"labels.txt","categories":"categories.csv",)"
                 R"("decode":{"kind":"classifier"}})");
    const auto describer = make_onnx_describer(load_onnx_models(folder_), make_builtin_describer(without_text()));
    const auto category = [&](const Picture& picture) {
        CropView view(picture);
        return describer->describe(view, {.label = true, .vector = false}).label.value().category;
    };
    EXPECT_EQ(category(filled(200, 10, 10)), "Red things");
    EXPECT_EQ(category(filled(10, 200, 10)), "") << "a label that the shop has no category for";
    EXPECT_EQ(category(filled(100, 100, 100)), "Red things") << "a third each is over the least score of 0.3";
    EXPECT_TRUE(describer->versions().vector.empty());
    const auto picture = filled(1, 2, 3);
    CropView view(picture);
    EXPECT_THROW((void)describer->describe(view, {}), Error) << "it makes no vectors";
}

TEST_F(OnnxFolder, WithoutCategoriesAThingOfImageNetIsWhatAShopCallsItAndAnyOtherItsFirstName) {
    write("labels.txt", "running shoe\ntench, Tinca tinca\nSomething of ours, noun\n");
    describe("", R"({"name":"embedding","shape":[1,3],"labels":"labels.txt","decode":{"kind":"classifier"}})");
    const auto describer = make_onnx_describer(load_onnx_models(folder_), make_builtin_describer(without_text()));
    const auto category = [&](const Picture& picture) {
        CropView view(picture);
        return describer->describe(view, {.label = true, .vector = false}).label.value().category;
    };
    EXPECT_EQ(category(filled(200, 10, 10)), "shoes");
    EXPECT_EQ(category(filled(10, 200, 10)), "") << "a fish is nothing that is sold";
    EXPECT_EQ(category(filled(10, 10, 200)), "Something of ours");
}

TEST(OnnxPack, PackOfMobileNetsAndFastestDetWorksAsItIs) {
    const char* const given = std::getenv("VITRINE_DATA");
    const fs::path data =
        given != nullptr ? fs::path(given) : fs::path(__FILE__).parent_path() / "../../../shared/data";
    const fs::path folder = data / "models";
    if (!fs::exists(folder / "models.json")) GTEST_SKIP() << "no models in " << folder << "; set VITRINE_DATA";
    const auto models = load_onnx_models(folder);
    EXPECT_EQ(names_of(*models).size(), 3U);
    const auto describer = make_onnx_describer(models, make_builtin_describer(without_text()));
    EXPECT_EQ(describer->versions().dimensions, 1280 + 1024);
    const auto detector = make_onnx_detector(models, make_builtin_detector());
    const auto picture = filled(90, 90, 90);
    EXPECT_FALSE(detector->detect(picture).version.empty());
    CropView view(picture);
    EXPECT_TRUE(is_unit_length(describer->describe(view, {}).vector.value()));
}

} // namespace
} // namespace vitrine
