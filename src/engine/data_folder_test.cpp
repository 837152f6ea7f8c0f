#include "engine/data_folder.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrine {
namespace {

namespace fs = std::filesystem;

class AFolder : public testing::Test {
protected:
    AFolder() {
        auto name = (fs::temp_directory_path() / "vitrine-folder-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    ~AFolder() override { fs::remove_all(path_); }

    void write_lock(const std::string& text) const { std::ofstream(path_ / "vitrine.lock") << text; }

    fs::path path_;
    const DataFolder::Server server_{.url = "http://127.0.0.1:8080", .instance = "abc"};
};

TEST_F(AFolder, TellsWhereItIsServedForAsLongAsItIs) {
    EXPECT_FALSE(DataFolder::server(path_)) << "nobody holds it";
    const DataFolder held(path_);
    EXPECT_FALSE(DataFolder::server(path_)) << "its holder serves nothing yet";
    held.announce(server_);
    EXPECT_EQ(DataFolder::server(path_), server_);
    EXPECT_THAT(*DataFolder::holder(path_), testing::StartsWith("process "));
    held.withdraw();
    EXPECT_FALSE(DataFolder::server(path_));
    EXPECT_TRUE(DataFolder::holder(path_));
}

TEST_F(AFolder, IsNotServedByAProcessThatDied) {
    {
        const DataFolder held(path_);
        held.announce(server_); // and no withdraw, as when it is killed
    }
    EXPECT_FALSE(DataFolder::server(path_)) << "the text is there, the lock is not";
    const DataFolder next(path_);
    EXPECT_FALSE(DataFolder::server(path_)) << "the next owner's text stands there now";
}

TEST_F(AFolder, IsNotServedWhereTheTextIsOnlyHalfThereOrAnothers) {
    const DataFolder held(path_);
    for (const std::string text :
         {"", "process 1, vitrine serve\n", "process 1\nserving http://h:1", "process 1\nserving http://h:1\nab",
          "process 1\nat http://h:1\nabc\n", "process 1\nserving http://h:1\n\n"}) {
        write_lock(text);
        EXPECT_FALSE(DataFolder::server(path_)) << text;
    }
    write_lock("process 1\nserving " + std::string(5000, 'x') + "\nabc\n");
    EXPECT_FALSE(DataFolder::server(path_));
}

} // namespace
} // namespace vitrine
