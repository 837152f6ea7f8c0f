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

#include "forwarded_blobs.hpp"
#include "pipeline_house.hpp"

namespace vitrine::testing {
namespace {

/// Takes its time, and counts how often it is read.
class SlowBlobs final : public ForwardedBlobs {
public:
    using ForwardedBlobs::ForwardedBlobs;
    std::optional<std::string> get(const std::string& key) override {
        ++reads;
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        return ForwardedBlobs::get(key);
    }

    std::atomic<int> reads = 0;
};

TEST(PictureSourceTest, APhotoThatSeveralWantAtOnceIsReadAndDecodedOnce) {
    TemporaryFolder folder;
    FileBlobStore files(folder.path() / "images");
    SlowBlobs blobs(files);
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
    FileBlobStore files(folder.path() / "images");
    SlowBlobs blobs(files);
    PictureSource source(blobs, {}, std::size_t{16} << 20);
    Image original;
    original.sha256 = sha256_hex(strips({red}));
    EXPECT_THROW(source.of(original), Error);
    blobs.put(original.sha256, strips({red}));
    EXPECT_EQ(source.of(original)->picture.width, 120);
}

} // namespace
} // namespace vitrine::testing
