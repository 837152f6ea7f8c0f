#pragma once

#include <vitrine/error.hpp>

#include "storage/blob_store.hpp"
#include "storage/s3_bucket.hpp"

namespace vitrine {

/// Blobs in a bucket of an S3-compatible object store: the key abcd… is the object PREFIX/ab/abcd…. Any number of
/// processes on any number of machines may share it; all members are safe from any thread.
///
/// Bytes go out from where the caller has them and come in straight into the result, hashed on the way: no second copy
/// is made. S3Bucket says what is tried again and what is thrown; also Error(BadInput) for a key that is not 64
/// lower-case hex digits.
class S3BlobStore final : public BlobStore {
public:
    explicit S3BlobStore(S3Options options) : options_(std::move(options)), bucket_(options_) {}

    /// As BlobStore says: what an S3 server has acknowledged is durable. Looks first whether an object of that size is
    /// there, and then sends nothing; one of another size is damaged, and replaced.
    void put(const std::string& key, std::string_view bytes) override;

    [[nodiscard]] std::optional<std::string> get(const std::string& key) override;
    void put_from(const std::string& key, const BlobSource& source) override;
    [[nodiscard]] bool get_into(const std::string& key, const BlobSink& sink) override;
    [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& key) override;

    /// Two processes that remove the same key at one time may both be told that it was there.
    bool remove(const std::string& key) override;

    void list(const std::function<bool(const std::string& key, std::uint64_t bytes)>& visit) override;
    void list_shelf(int shelf, const std::function<bool(const std::string& key, std::uint64_t bytes)>& visit) override;

private:
    [[nodiscard]] Error damaged(const std::string& key) const;

    const S3Options options_;
    S3Bucket bucket_;
};

} // namespace vitrine
