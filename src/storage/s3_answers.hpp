#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What an S3 server says in XML (Amazon S3 API Reference, "ListObjectsV2" and "Error responses"). The bytes come from
// outside: a document type is passed over and no entity but XML's own five is resolved.

namespace vitrine {

struct S3Object {
    std::string name;
    std::uint64_t bytes = 0;
};

/// One page of a list.
struct S3Page {
    std::vector<S3Object> objects;
    std::optional<std::string> next; ///< what asks for the next page; none: this was the last
};

/// Nothing when the text is no such list: not XML, of another kind, an object without a name or a size, a list that
/// goes on without saying where.
std::optional<S3Page> parse_s3_page(std::string_view xml);

/// What went wrong, in the server's words: "NoSuchBucket", "The specified bucket does not exist". Both are empty where
/// the text is not an S3 error.
struct S3Failure {
    std::string code, message;
};
S3Failure parse_s3_failure(std::string_view xml);

} // namespace vitrine
