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

class PictureSourceTest : public ::testing::Test {
protected:
    PictureSourceTest() { original_.sha256 = sha256_hex(photo_); }

    TemporaryFolder folder_;
    FileBlobStore files_{folder_.path() / "images"};
    SlowBlobs blobs_{files_};
    PictureSource source_{blobs_, {}, std::size_t{16} << 20};
    const std::string photo_ = strips({red});
    Image original_;
};

TEST_F(PictureSourceTest, APhotoThatSeveralWantAtOnceIsReadAndDecodedOnce) {
    files_.put(original_.sha256, photo_);
    std::vector<std::future<std::shared_ptr<const DecodedPicture>>> wanted;
    for (int i = 0; i < 4; ++i) wanted.push_back(std::async(std::launch::async, [&] { return source_.of(original_); }));
    const auto first = wanted.front().get();
    for (std::size_t i = 1; i < wanted.size(); ++i) EXPECT_EQ(wanted[i].get(), first);
    EXPECT_EQ(blobs_.reads, 1);
    EXPECT_EQ(first->picture.width, 120);
}

TEST_F(PictureSourceTest, OnceItsFileIsThereAPhotoThatWasMissingIsRead) {
    EXPECT_THROW(source_.of(original_), Error);
    files_.put(original_.sha256, photo_);
    EXPECT_EQ(source_.of(original_)->picture.width, 120);
}

} // namespace
} // namespace vitrine::testing
