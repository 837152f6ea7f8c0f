#pragma once

#include <string>

namespace vitrine {

/// Where objects are: a bucket, and what every object's name in it starts with.
struct S3Address {
    std::string endpoint; ///< "https://s3.eu-central-1.amazonaws.com": scheme, host and port alone
    std::string bucket;   ///< "shop"
    std::string prefix;   ///< empty, or ending with "/": "vitrine/images/"

    /// "http://127.0.0.1:9000/shop": the bucket in the path, which every S3-compatible server understands.
    [[nodiscard]] std::string bucket_url() const { return endpoint + "/" + bucket; }
};

/// Reads "s3://bucket" or "s3://bucket/prefix". An empty `endpoint` is Amazon's for the region. Throws
/// Error(Configuration) that names images.store or images.endpoint: a bucket's name has 3 to 63 of a-z, 0-9, "." and
/// "-" (Amazon S3, "Bucket naming rules"); a prefix is of letters, digits and "._-/", at most 512; an endpoint has no
/// path.
S3Address parse_s3_address(const std::string& store, const std::string& endpoint, const std::string& region);

} // namespace vitrine
