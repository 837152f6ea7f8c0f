// A photo's pixels, as those who want them at the same time get them.

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/content_hash.hpp"
#include "pipeline/picture_source.hpp"
#include "storage/file_blob_store.hpp"

#include "pipeline_house.hpp"

namespace vitrine::testing {
namespace {

/// A folder that takes its time, and counts how often it is read.
class SlowFolder final : public BlobStore {
public:
    explicit SlowFolder(const std::filesystem::path& folder) : blobs_(folder) {}

    std::optional<std::string> get(const std::string& key) override {
        ++reads;
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        return blobs_.get(key);
    }
    void put(const std::string& key, std::string_view bytes) override { blobs_.put(key, bytes); }
    void put_from(const std::string& key, const BlobSource& source) override { blobs_.put_from(key, source); }
    bool get_into(const std::string& key, const BlobSink& sink) override { return blobs_.get_into(key, sink); }
    std::optional<std::uint64_t> size_of(const std::string& key) override { return blobs_.size_of(key); }
    bool remove(const std::string& key) override { return blobs_.remove(key); }
    void list(const std::function<bool(const std::string& key, std::uint64_t bytes)>& visit) override {
        blobs_.list(visit);
    }

    std::atomic<int> reads = 0;

private:
    FileBlobStore blobs_;
};

TEST(PictureSourceTest, APhotoThatSeveralWantAtOnceIsReadAndDecodedOnce) {
    TemporaryFolder folder;
    SlowFolder blobs(folder.path() / "images");
    PictureSource source(blobs, {}, std::size_t{16} << 20);
    Image original;
    original.sha256 = sha256_hex(strips({red}));
    blobs.put(original.sha256, strips({red}));
    std::vector<std::future<std::shared_ptr<const DecodedPicture>>> wanted;
    for (int i = 0; i < 4; ++i) wanted.push_back(std::async(std::launch::async, [&] { return source.of(original); }));
    const auto first = wanted.front().get();
    for (std::size_t i = 1; i < wanted.size(); ++i) EXPECT_EQ(wanted[i].get(), first);
    EXPECT_EQ(blobs.reads, 1);
    EXPECT_EQ(first->picture.width, 120);
}

TEST(PictureSourceTest, OnceItsFileIsThereAPhotoThatWasMissingIsRead) {
    TemporaryFolder folder;
    SlowFolder blobs(folder.path() / "images");
    PictureSource source(blobs, {}, std::size_t{16} << 20);
    Image original;
    original.sha256 = sha256_hex(strips({red}));
    EXPECT_THROW(source.of(original), Error);
    blobs.put(original.sha256, strips({red}));
    EXPECT_EQ(source.of(original)->picture.width, 120);
}

} // namespace
} // namespace vitrine::testing
