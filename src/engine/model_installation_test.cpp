#include "engine/model_installation.hpp"

#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"

namespace vitrine {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ModelInstallation : public ::testing::Test {
protected:
    ModelInstallation() {
        std::string name = (fs::temp_directory_path() / "vitrine-install-XXXXXX").string();
        root_ = ::mkdtemp(name.data());
        fs::create_directories(source_ = root_ / "source");
        write(source_ / "net.onnx", "weights");
        write(source_ / "labels.txt", "one\ntwo\n");
        describe(sha256_hex("weights"));
    }
    ~ModelInstallation() override {
        std::error_code ignored; // a leftover in the temporary folder harms no test
        fs::remove_all(root_, ignored);
    }

    static void write(const fs::path& file, const std::string& bytes) {
        std::ofstream(file, std::ios::binary) << bytes;
    }
    static std::string read(const fs::path& file) {
        std::ifstream stream(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    void describe(const std::string& sha256) const {
        write(source_ / "models.json",
              fmt::format(R"([{{"file":"net.onnx","name":"Net","sha256":"{}","input":{{"shape":[1,3,32,32]}},)"
                          R"("outputs":[{{"name":"logits","labels":"labels.txt"}}]}}])",
                          sha256));
    }

    fs::path root_, source_;
};

TEST_F(ModelInstallation, FolderIsCopiedWithModelsJsonLast) {
    const auto done = install_models(source_.string(), root_ / "to/models", "");
    EXPECT_THAT(done.models, ElementsAre("Net"));
    EXPECT_THAT(done.fetched, ElementsAre("net.onnx", "labels.txt", "models.json"));
    EXPECT_EQ(read(root_ / "to/models/net.onnx"), "weights");
    EXPECT_EQ(read(root_ / "to/models/models.json"), read(source_ / "models.json"));
}

TEST_F(ModelInstallation, WhatIsThereAlreadyIsNotFetchedAgain) {
    (void)install_models(source_.string(), root_ / "to", "");
    const auto again = install_models(source_.string(), root_ / "to", sha256_hex(read(source_ / "models.json")));
    EXPECT_THAT(again.present, ElementsAre("net.onnx"));
}

TEST_F(ModelInstallation, FileWithAnotherSumLeavesNoPack) {
    describe(std::string(64, '0'));
    EXPECT_THROW((void)install_models(source_.string(), root_ / "to", ""), Error);
    EXPECT_FALSE(fs::exists(root_ / "to/models.json"));
    EXPECT_FALSE(fs::exists(root_ / "to/net.onnx"));
    EXPECT_FALSE(fs::exists(root_ / "to/net.onnx.part"));
}

TEST_F(ModelInstallation, ModelsJsonWithAnotherSumThanGivenInstallsNothing) {
    EXPECT_THROW((void)install_models(source_.string(), root_ / "to", std::string(64, 'a')), Error);
    EXPECT_FALSE(fs::exists(root_ / "to"));
}

TEST_F(ModelInstallation, AnotherPackInTheFolderIsLeftAlone) {
    fs::create_directories(root_ / "to");
    write(root_ / "to/models.json", "mine");
    try {
        (void)install_models(source_.string(), root_ / "to", "");
        FAIL() << "it was overwritten";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Conflict);
    }
    EXPECT_EQ(read(root_ / "to/models.json"), "mine");
}

TEST_F(ModelInstallation, MissingFilesAreNamed) {
    fs::remove(source_ / "labels.txt");
    try {
        (void)install_models(source_.string(), root_ / "to", "");
        FAIL() << "labels.txt is missing";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("labels.txt"));
    }
    EXPECT_THROW((void)install_models((root_ / "nowhere").string(), root_ / "to", ""), Error);
    EXPECT_THROW((void)install_models("http://127.0.0.1:9/other.json", root_ / "to", ""), Error);
}

} // namespace
} // namespace vitrine
