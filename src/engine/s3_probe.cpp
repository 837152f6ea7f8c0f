#include "engine/s3_probe.hpp"

#include <random>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"

namespace vitrine {
namespace {

S3Options impatient(S3Options options) {
    options.retries.attempts_max = 1;
    options.limits.deadline = Milliseconds(10'000);
    options.page_objects_max = 1;
    return options;
}

void require_same(S3Bucket& bucket, const std::string& name, const std::string& stored) {
    std::string read;
    const bool there = bucket.get(
        name, [&] { read.clear(); }, [&](std::string_view piece) { read += piece; });
    if (there && read == stored) return;
    throw Error(ErrorCode::Corrupted,
                fmt::format("The image store does not give back what was just stored (bucket \"{}\"); check that "
                            "images.endpoint is an S3 server and no cache stands in between.",
                            bucket.address().bucket));
}

} // namespace

std::string probe_s3(S3Options options) {
    S3Bucket bucket(impatient(std::move(options)));
    const auto name = fmt::format("doctor/{:08x}", std::random_device()());
    const auto bytes = "A probe of vitrine doctor, " + name;
    static_cast<void>(bucket.page(std::nullopt));
    bucket.put(name, bytes, sha256_hex(bytes));
    require_same(bucket, name, bytes);
    bucket.remove(name);
    const auto& address = bucket.address();
    return fmt::format("s3://{}/{} at {} can be listed, written, read and removed from.", address.bucket,
                       address.prefix, address.endpoint);
}

} // namespace vitrine
