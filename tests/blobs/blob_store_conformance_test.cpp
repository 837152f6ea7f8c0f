// What a BlobStore promises, held by every implementation with the same tests: a folder, and a real S3 server.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "servers/s3_server.hpp"
#include "storage/blob_key.hpp"
#include "storage/file_blob_store.hpp"
#include "storage/s3_blob_store.hpp"

namespace vitrine {
namespace {

namespace fs = std::filesystem;

/// Where blobs are kept, as far as a test must reach behind the store.
class Place {
public:
    virtual ~Place() = default;
    /// Another store on the same place, as another process has it.
    virtual std::unique_ptr<BlobStore> open() = 0;
    /// Damages what is stored under `key`: puts `bytes` in its place.
    virtual void replace(const std::string& key, const std::string& bytes) = 0;
    /// Something else in the same place, which is no blob.
    virtual void add_stranger(const std::string& name) = 0;
    /// How often bytes were written; nothing else may change it.
    virtual std::string state_of(const std::string& key) = 0;
};

class FolderPlace final : public Place {
public:
    FolderPlace() {
        auto name = (fs::temp_directory_path() / "vitrine-blobs-XXXXXX").string();
        if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
        folder_ = name;
    }
    ~FolderPlace() override { fs::remove_all(folder_); }

    std::unique_ptr<BlobStore> open() override { return std::make_unique<FileBlobStore>(folder_); }
    void replace(const std::string& key, const std::string& bytes) override {
        std::ofstream(folder_ / blob_path(key), std::ios::binary) << bytes;
    }
    void add_stranger(const std::string& name) override { std::ofstream(folder_ / name) << "not a blob"; }
    std::string state_of(const std::string& key) override {
        return std::to_string(fs::last_write_time(folder_ / blob_path(key)).time_since_epoch().count());
    }

private:
    fs::path folder_;
};

class S3Place final : public Place {
public:
    std::unique_ptr<BlobStore> open() override { return std::make_unique<S3BlobStore>(options()); }
    void replace(const std::string& key, const std::string& bytes) override {
        S3Bucket(options()).put(blob_path(key), bytes, sha256_hex(bytes));
    }
    void add_stranger(const std::string& name) override {
        S3Bucket(options()).put(name, "not a blob", sha256_hex("not a blob"));
    }
    std::string state_of(const std::string& key) override {
        const auto object =
            server_.folder() / test::S3Server::bucket / ("images/" + blob_path(key) + "._S3rver_object");
        return std::to_string(fs::last_write_time(object).time_since_epoch().count());
    }

private:
    [[nodiscard]] S3Options options() const {
        using test::S3Server;
        return {.address = parse_s3_address("s3://shop/images", server_.endpoint(), S3Server::region),
                .region = S3Server::region,
                .access_key = S3Server::access_key,
                .secret_key = S3Server::secret_key,
                .page_objects_max = 10};
    }

    test::S3Server server_;
};

struct Kind {
    std::string name;
    std::function<std::unique_ptr<Place>()> make;
};

void PrintTo(const Kind& kind, std::ostream* out) {
    *out << kind.name;
}

class BlobStoreConformance : public testing::TestWithParam<Kind> {
protected:
    [[nodiscard]] std::set<std::string> listed() const {
        std::set<std::string> keys;
        store_->list([&](const std::string& key, std::uint64_t) {
            EXPECT_TRUE(keys.insert(key).second) << "listed twice";
            return true;
        });
        return keys;
    }

    const std::unique_ptr<Place> place_ = GetParam().make();
    const std::unique_ptr<BlobStore> store_ = place_->open();
    const std::string bytes_ = std::string("a picture\0of bytes\r\n\xFF", 21);
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

/// The bytes of `text`, handed out in pieces of 1000 at most.
struct TextSource {
    std::string text;
    std::size_t at = 0;
    int rewinds = 0;

    BlobSource source(std::optional<std::uint64_t> says = {}) {
        return {.bytes = says.value_or(text.size()),
                .read =
                    [this](std::span<char> bytes) {
                        const auto got = text.copy(bytes.data(), std::min<std::size_t>(bytes.size(), 1000), at);
                        at += got;
                        return got;
                    },
                .rewind =
                    [this] {
                        at = 0;
                        ++rewinds;
                    }};
    }
};

std::string many_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    std::uint32_t state = 1;
    for (auto& byte : bytes) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    return bytes;
}

TEST_P(BlobStoreConformance, StoredBytesComeBackAlsoToAnotherProcess) {
    store_->put(key_, bytes_);
    EXPECT_EQ(store_->get(key_), bytes_);
    EXPECT_TRUE(store_->exists(key_));
    EXPECT_EQ(place_->open()->get(key_), bytes_);
}

TEST_P(BlobStoreConformance, AnUnknownKeyIsAbsentAndNotAnError) {
    EXPECT_EQ(store_->get(key_), std::nullopt);
    EXPECT_FALSE(store_->exists(key_));
    EXPECT_FALSE(store_->remove(key_));
}

TEST_P(BlobStoreConformance, ARemovedBlobIsGoneAndCanBeStoredAgain) {
    store_->put(key_, bytes_);
    EXPECT_TRUE(store_->remove(key_));
    EXPECT_FALSE(store_->remove(key_));
    EXPECT_EQ(store_->get(key_), std::nullopt);
    store_->put(key_, bytes_);
    EXPECT_EQ(store_->get(key_), bytes_);
}

TEST_P(BlobStoreConformance, AnEmptyBlobIsStored) {
    store_->put(sha256_hex(""), "");
    EXPECT_TRUE(store_->exists(sha256_hex("")));
    EXPECT_EQ(store_->get(sha256_hex("")), "");
}

TEST_P(BlobStoreConformance, ALargeBlobComesBackByteForByte) {
    const std::string large = many_bytes(32U << 20);
    const auto key = sha256_hex(large);
    store_->put(key, large);
    EXPECT_TRUE(store_->get(key) == large);
}

TEST_P(BlobStoreConformance, BytesStreamInAndOutInPieces) {
    for (const std::size_t size : {0U, 1U, 65'536U, 3'000'001U}) {
        TextSource text{many_bytes(size)};
        const auto key = sha256_hex(text.text);
        store_->put_from(key, text.source());
        EXPECT_TRUE(store_->get(key) == text.text) << size;
        std::string back = "void";
        std::size_t largest = 0;
        const bool there = store_->get_into(key, {.begin = [&] { back.clear(); },
                                                  .take =
                                                      [&](std::string_view piece) {
                                                          back += piece;
                                                          largest = std::max(largest, piece.size());
                                                      }});
        EXPECT_TRUE(there);
        EXPECT_TRUE(back == text.text) << size;
        EXPECT_LE(largest, 300'000U) << "more was held than promised";
    }
}

TEST_P(BlobStoreConformance, ASourceIsNotReadWhenItsBytesAreThere) {
    store_->put(key_, bytes_);
    TextSource text{bytes_};
    store_->put_from(key_, text.source());
    EXPECT_EQ(text.at, 0U);
}

TEST_P(BlobStoreConformance, ASourceThatIsNotWhatItSaysIsRefusedAndNothingOfItStored) {
    TextSource other{"another picture"};
    EXPECT_EQ(code_of([&] { store_->put_from(key_, other.source()); }), ErrorCode::BadInput);
    TextSource shorter{bytes_.substr(0, 5)};
    EXPECT_EQ(code_of([&] { store_->put_from(key_, shorter.source(bytes_.size())); }), ErrorCode::BadInput);
    TextSource longer{bytes_ + "more"};
    EXPECT_EQ(code_of([&] { store_->put_from(key_, longer.source(bytes_.size())); }), ErrorCode::BadInput);
    EXPECT_FALSE(store_->exists(key_));
    EXPECT_TRUE(listed().empty());
}

TEST_P(BlobStoreConformance, WhatASourceThrowsComesOutAndNothingIsStored) {
    BlobSource broken{.bytes = bytes_.size(),
                      .read = [](std::span<char>) -> std::size_t { throw std::runtime_error("the reader is gone"); },
                      .rewind = [] {}};
    EXPECT_THROW(store_->put_from(key_, broken), std::runtime_error);
    EXPECT_FALSE(store_->exists(key_));
}

TEST_P(BlobStoreConformance, StreamingOutTellsWhatIsMissingAndWhatIsDamaged) {
    bool began = false;
    std::string seen;
    const BlobSink sink{.begin = [&] { began = true; }, .take = [&](std::string_view piece) { seen += piece; }};
    EXPECT_FALSE(store_->get_into(key_, sink));
    EXPECT_TRUE(seen.empty());
    store_->put(key_, bytes_);
    place_->replace(key_, "A picture");
    EXPECT_EQ(code_of([&] { static_cast<void>(store_->get_into(key_, sink)); }), ErrorCode::Corrupted);
}

TEST_P(BlobStoreConformance, StoringAgainChangesNothing) {
    store_->put(key_, bytes_);
    const auto before = place_->state_of(key_);
    store_->put(key_, bytes_);
    place_->open()->put(key_, bytes_);
    EXPECT_EQ(place_->state_of(key_), before);
}

TEST_P(BlobStoreConformance, StoringAgainRepairsWhatWasCutShort) {
    store_->put(key_, bytes_);
    place_->replace(key_, "a pict");
    store_->put(key_, bytes_);
    EXPECT_EQ(store_->get(key_), bytes_);
}

TEST_P(BlobStoreConformance, ADamagedBlobIsFoundOnReading) {
    store_->put(key_, bytes_);
    for (const std::string damaged : {"A picture", "", "a picture of bytes..."}) {
        place_->replace(key_, damaged);
        EXPECT_EQ(code_of([&] { static_cast<void>(store_->get(key_)); }), ErrorCode::Corrupted);
    }
}

TEST_P(BlobStoreConformance, NoKeyLeadsElsewhere) {
    const std::string upper(64, 'A');
    const std::string path = "../../" + std::string(58, 'a');
    const std::string query = "?list-type=2&" + std::string(51, 'a');
    const std::string zero = std::string(63, 'a') + '\0';
    for (const auto& key :
         {std::string(), std::string("a"), std::string(63, 'a'), std::string(65, 'a'), upper, path, query, zero}) {
        TextSource text{bytes_};
        EXPECT_EQ(code_of([&] { store_->put(key, bytes_); }), ErrorCode::BadInput);
        EXPECT_EQ(code_of([&] { store_->put_from(key, text.source()); }), ErrorCode::BadInput);
        EXPECT_EQ(code_of([&] { static_cast<void>(store_->get(key)); }), ErrorCode::BadInput);
        EXPECT_EQ(code_of([&] { static_cast<void>(store_->exists(key)); }), ErrorCode::BadInput);
        EXPECT_EQ(code_of([&] { store_->remove(key); }), ErrorCode::BadInput);
    }
}

TEST_P(BlobStoreConformance, ListsWhatIsStoredAndPassesOverTheRest) {
    EXPECT_TRUE(listed().empty());
    std::set<std::string> stored;
    for (int i = 0; i < 20; ++i) {
        const auto bytes = std::to_string(i);
        store_->put(sha256_hex(bytes), bytes);
        stored.insert(sha256_hex(bytes));
    }
    place_->add_stranger("README");
    place_->add_stranger(std::string(64, 'f'));
    place_->add_stranger(blob_path(*stored.begin()).substr(0, 6) + "notes.txt");
    EXPECT_EQ(listed(), stored);
}

TEST_P(BlobStoreConformance, AListOverManyPagesHasEveryKeyOnce) {
    std::set<std::string> stored;
    for (int i = 0; i < 47; ++i) {
        const auto bytes = std::to_string(i);
        store_->put(sha256_hex(bytes), bytes);
        stored.insert(sha256_hex(bytes));
    }
    EXPECT_EQ(listed(), stored);
}

TEST_P(BlobStoreConformance, ListingTellsSizesAndStopsWhenAsked) {
    store_->put(key_, bytes_);
    store_->put(sha256_hex("b"), "b");
    int visits = 0;
    store_->list([&](const std::string& key, std::uint64_t bytes) {
        EXPECT_EQ(bytes, key == key_ ? bytes_.size() : 1U);
        ++visits;
        return false;
    });
    EXPECT_EQ(visits, 1);
}

TEST_P(BlobStoreConformance, AReaderNeverSeesHalfABlobWhileManyThreadsStoreIt) {
    const auto other_process = place_->open();
    const std::string large(3'000'000, 'x');
    const auto key = sha256_hex(large);
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&, i] { (i % 2 ? store_ : other_process)->put(key, large); });
            threads.emplace_back([&] {
                const auto seen = store_->get(key);
                EXPECT_TRUE(!seen || *seen == large);
            });
        }
    }
    EXPECT_TRUE(store_->get(key) == large);
}

INSTANTIATE_TEST_SUITE_P(Stores, BlobStoreConformance,
                         testing::Values(Kind{"Folder", [] { return std::make_unique<FolderPlace>(); }},
                                         Kind{"S3", [] { return std::make_unique<S3Place>(); }}),
                         [](const auto& kind) { return kind.param.name; });

} // namespace
} // namespace vitrine
