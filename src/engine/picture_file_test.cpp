#include "engine/picture_file.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vitrine {
namespace {

using testing::HasSubstr;

class PictureFile : public testing::Test {
protected:
    PictureFile() {
        auto name = (std::filesystem::temp_directory_path() / "vitrine-picture-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    ~PictureFile() override { std::filesystem::remove_all(folder_); }

    static ErrorCode code_of(const std::filesystem::path& file, std::int64_t bytes_max = 100) {
        try {
            static_cast<void>(read_picture_file(file, bytes_max));
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr(file.filename().string()));
            return error.code();
        }
        ADD_FAILURE() << "was read: " << file;
        return ErrorCode::Internal;
    }

    std::filesystem::path folder_;
};

TEST_F(PictureFile, ComesWhole) {
    const std::string content("\0\xFF\r\n", 4);
    std::ofstream(folder_ / "a", std::ios::binary) << content;
    EXPECT_EQ(read_picture_file(folder_ / "a", 4), content);
    std::ofstream(folder_ / "empty", std::ios::binary).flush();
    EXPECT_EQ(read_picture_file(folder_ / "empty", 4), "");
}

TEST_F(PictureFile, ThatIsMissingTooLargeOrNoFileIsRefused) {
    std::ofstream(folder_ / "large", std::ios::binary) << std::string(101, 'x');
    ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
    EXPECT_EQ(code_of(folder_ / "none"), ErrorCode::NotFound);
    EXPECT_EQ(code_of(folder_ / "large"), ErrorCode::TooLarge);
    EXPECT_EQ(code_of(folder_ / "pipe"), ErrorCode::BadInput);
    EXPECT_EQ(code_of(folder_), ErrorCode::BadInput);
}

TEST(InsideFolder, KeepsWhatStaysInside) {
    EXPECT_EQ(inside_folder("shop", "a.jpg"), "shop/a.jpg");
    EXPECT_EQ(inside_folder("shop", "x/../a b.jpg"), "shop/a b.jpg");
    EXPECT_EQ(inside_folder("shop", "..a.jpg"), "shop/..a.jpg");
}

TEST(InsideFolder, RefusesWhatLeavesIt) {
    for (const std::string& cell :
         {std::string(), std::string("/etc/passwd"), std::string(".."), std::string("../a.jpg"),
          std::string("x/../../a.jpg"), std::string("./../a.jpg"), std::string("a\0.jpg", 6)}) {
        EXPECT_THROW(inside_folder("shop", cell), Error) << cell;
    }
}

} // namespace
} // namespace vitrine
