#include "storage/s3_blob_store.hpp"

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "core/sha256.hpp"
#include "storage/blob_key.hpp"
#include "storage/checked_source.hpp"

namespace vitrine {

void S3BlobStore::put(const std::string& key, std::string_view bytes) {
    check_blob_key(key);
    const auto name = blob_path(key);
    if (bucket_.size_of(name) != bytes.size()) bucket_.put(name, bytes, key);
}

std::optional<std::string> S3BlobStore::get(const std::string& key) {
    check_blob_key(key);
    std::string bytes;
    const bool there = bucket_.get(
        blob_path(key), [&] { bytes.clear(); }, [&](std::string_view piece) { bytes += piece; });
    if (!there) return std::nullopt;
    if (sha256_hex(bytes) != key) throw damaged(key);
    return bytes;
}

void S3BlobStore::put_from(const std::string& key, const BlobSource& source) {
    check_blob_key(key);
    const auto name = blob_path(key);
    if (bucket_.size_of(name) == source.bytes) return;
    CheckedSource checked(key, source);
    bucket_.put(name,
                HttpBodySource{.bytes = source.bytes,
                               .read = [&](std::span<char> bytes) { return checked.read(bytes); },
                               .rewind = [&] { checked.rewind(); }},
                key);
}

bool S3BlobStore::get_into(const std::string& key, const BlobSink& sink) {
    check_blob_key(key);
    std::optional<Sha256> hash;
    const auto begin = [&] {
        hash.emplace();
        sink.begin();
    };
    const auto take = [&](std::string_view piece) {
        hash->add(piece);
        sink.take(piece);
    };
    if (!bucket_.get(blob_path(key), begin, take)) return false;
    if (hash->hex() != key) throw damaged(key);
    return true;
}

Error S3BlobStore::damaged(const std::string& key) const {
    return {ErrorCode::Corrupted,
            fmt::format("The stored image s3://{}/{}{} is damaged; remove the object and add the picture again.",
                        bucket_.address().bucket, bucket_.address().prefix, blob_path(key))};
}

std::optional<std::uint64_t> S3BlobStore::size_of(const std::string& key) {
    check_blob_key(key);
    return bucket_.size_of(blob_path(key));
}

// A DELETE tells nobody whether there was anything.
bool S3BlobStore::remove(const std::string& key) {
    if (!exists(key)) return false;
    bucket_.remove(blob_path(key));
    return true;
}

void S3BlobStore::list(const std::function<bool(const std::string& key, std::uint64_t bytes)>& visit) {
    bucket_.list([&](const S3Object& object) {
        const auto key = key_in_blob_path(object.name);
        return key.empty() || visit(std::string(key), object.bytes);
    });
}

void S3BlobStore::list_shelf(int shelf, const std::function<bool(const std::string& key, std::uint64_t bytes)>& visit) {
    S3Options options = options_;
    options.address.prefix += fmt::format("{:02x}/", shelf);
    S3Bucket(std::move(options)).list([&](const S3Object& object) {
        const bool is_key = is_blob_key(object.name) && object.name.starts_with(fmt::format("{:02x}", shelf));
        return !is_key || visit(object.name, object.bytes);
    });
}

} // namespace vitrine
