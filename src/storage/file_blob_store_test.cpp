// What a folder promises beside what every blob store does (tests/blobs).

#include "storage/file_blob_store.hpp"

#include <chrono>
#include <fstream>
#include <set>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"

namespace vitrine {
namespace {

namespace fs = std::filesystem;

class FileBlobStoreTest : public testing::Test {
protected:
    void SetUp() override {
        auto name = (fs::temp_directory_path() / "vitrine-blobs-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override {
        fs::permissions(folder_, fs::perms::owner_all);
        fs::remove_all(folder_);
    }

    [[nodiscard]] fs::path file_of(const std::string& key) const { return folder_ / key.substr(0, 2) / key; }

    [[nodiscard]] std::set<std::string> listed(FileBlobStore& store) const {
        std::set<std::string> keys;
        store.list([&](const std::string& key, std::uint64_t) { return keys.insert(key).second; });
        return keys;
    }

    [[nodiscard]] std::ptrdiff_t incoming_files() const {
        return std::distance(fs::directory_iterator(folder_ / "incoming"), fs::directory_iterator());
    }

    fs::path folder_;
    const std::string bytes_ = std::string("a picture\0of bytes", 18);
    const std::string key_ = sha256_hex(bytes_);
};

template <class F>
ErrorCode code_of(const F& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code();
    }
    ADD_FAILURE() << "nothing was thrown";
    return ErrorCode::Internal;
}

TEST_F(FileBlobStoreTest, ListsWhatIsStoredAndPassesOverOtherFiles) {
    FileBlobStore store(folder_, Durability::Normal);
    std::set<std::string> stored;
    for (int i = 0; i < 50; ++i) {
        const auto bytes = std::to_string(i);
        store.put(sha256_hex(bytes), bytes);
        stored.insert(sha256_hex(bytes));
    }
    std::ofstream(folder_ / "README") << "not a blob";
    std::ofstream(file_of(*stored.begin()).parent_path() / "notes.txt") << "not a blob";
    std::ofstream(file_of(*stored.begin()).parent_path() / std::string(64, 'f')) << "on the wrong shelf";
    EXPECT_EQ(listed(store), stored);
}

TEST_F(FileBlobStoreTest, OpeningRemovesOldLeftoversAndKeepsFreshOnes) {
    { const FileBlobStore makes_the_folder(folder_); }
    const auto old_file = folder_ / "incoming" / "1-aa-0";
    const auto fresh_file = folder_ / "incoming" / "2-bb-0";
    std::ofstream(old_file) << "half a pict";
    std::ofstream(fresh_file) << "half a pict";
    fs::last_write_time(old_file, fs::file_time_type::clock::now() - std::chrono::hours(2));
    FileBlobStore store(folder_);
    EXPECT_FALSE(fs::exists(old_file));
    EXPECT_TRUE(fs::exists(fresh_file));
    EXPECT_TRUE(listed(store).empty());
}

TEST_F(FileBlobStoreTest, NothingIsLeftInIncomingAfterStoring) {
    FileBlobStore store(folder_);
    store.put(key_, bytes_);
    EXPECT_EQ(incoming_files(), 0);
}

TEST_F(FileBlobStoreTest, AReaderNeverSeesHalfABlobWhileManyThreadsStoreIt) {
    FileBlobStore store(folder_, Durability::Normal);
    FileBlobStore other_process(folder_, Durability::Normal);
    const std::string large(3'000'000, 'x');
    const auto key = sha256_hex(large);
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&, i] { (i % 2 ? store : other_process).put(key, large); });
            threads.emplace_back([&] {
                const auto seen = store.get(key);
                EXPECT_TRUE(!seen || *seen == large);
            });
        }
    }
    EXPECT_EQ(store.get(key), large);
    EXPECT_EQ(incoming_files(), 0);
}

TEST_F(FileBlobStoreTest, WhoeverStoresTheSameBytesAtOnceStoresThemOnceAndWhole) {
    FileBlobStore store(folder_);
    FileBlobStore other_process(folder_);
    const std::string large(300'000, 'x');
    const auto key = sha256_hex(large);
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&, i] {
                FileBlobStore& mine = i % 2 ? store : other_process;
                mine.put(key, large);
                EXPECT_EQ(mine.get(key), large);
            });
        }
    }
    EXPECT_EQ(listed(store), std::set{key});
    EXPECT_EQ(incoming_files(), 0);
}

TEST_F(FileBlobStoreTest, StoresTheSameWhereNamesAreFlushedWithFolders) {
    const fs::path memory = "/dev/shm"; // never ext4, XFS or btrfs
    if (!fs::is_directory(memory)) GTEST_SKIP() << "there is no /dev/shm";
    EXPECT_EQ(file_system_of(memory).name_flush, NameFlush::WithFolder);
    EXPECT_TRUE(file_system_of(memory).is_local);
    EXPECT_FALSE(file_system_of("/proc").is_local) << "of a type that is not known for a disk's";
    auto name = (memory / "vitrine-blobs-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    const fs::path folder = name;
    {
        FileBlobStore store(folder);
        store.put(key_, bytes_);
        store.put(key_, bytes_);
        EXPECT_EQ(store.get(key_), bytes_);
        EXPECT_EQ(listed(store), std::set{key_});
        EXPECT_TRUE(fs::is_empty(folder / "incoming"));
    }
    fs::remove_all(folder);
}

TEST_F(FileBlobStoreTest, AFileOfAnotherSizeIsDamagedAndReplaced) {
    FileBlobStore store(folder_);
    store.put(key_, bytes_);
    std::ofstream(file_of(key_)) << "half";
    store.put(key_, bytes_);
    EXPECT_EQ(store.get(key_), bytes_);
    EXPECT_EQ(incoming_files(), 0);
}

TEST_F(FileBlobStoreTest, AFileWhereTheFolderShouldBeIsSaidPlainly) {
    const auto file = folder_ / "images";
    std::ofstream(file) << "in the way";
    EXPECT_EQ(code_of([&] { const FileBlobStore store(file); }), ErrorCode::Unavailable);
}

TEST_F(FileBlobStoreTest, AFileWhereAShelfShouldBeFailsThatBlobAlone) {
    FileBlobStore store(folder_);
    std::ofstream(folder_ / key_.substr(0, 2)) << "in the way";
    EXPECT_EQ(code_of([&] { store.put(key_, bytes_); }), ErrorCode::Unavailable);
    store.put(sha256_hex("b"), "b");
    EXPECT_EQ(store.get(sha256_hex("b")), "b");
}

} // namespace
} // namespace vitrine
