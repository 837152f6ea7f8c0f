#pragma once

#include <string>

#include "storage/s3_bucket.hpp"

namespace vitrine {

/// Tries everything that Vitrine does with a bucket: lists, stores, reads and removes a small object of its own, once
/// and without patience. Returns one sentence that says so; throws what S3Bucket throws at the first thing that fails.
/// An object that is left behind when the process dies is no stored image and is passed over everywhere.
std::string probe_s3(S3Options options);

} // namespace vitrine
