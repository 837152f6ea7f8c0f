#include "storage/s3_failure.hpp"

#include <array>

#include <fmt/format.h>

#include "http/http_target.hpp"
#include "http/server_answer.hpp"
#include "storage/s3_answers.hpp"

namespace vitrine {
namespace {

ServerWords words() {
    return {"The image store", "images.endpoint", "images.access_key and images.secret_key"};
}

/// A code whose status alone would lead to another conclusion or a worse sentence.
struct KnownCode {
    std::string_view code;
    ErrorCode means;
    std::string_view advice;
};

constexpr std::array known_codes{
    KnownCode{"NoSuchBucket", ErrorCode::Configuration, "make the bucket or check images.store"},
    KnownCode{"InvalidAccessKeyId", ErrorCode::Configuration, "check images.access_key"},
    KnownCode{"SignatureDoesNotMatch", ErrorCode::Configuration, "check images.secret_key and images.region"},
    KnownCode{"AuthorizationHeaderMalformed", ErrorCode::Configuration, "check images.region"},
    KnownCode{"PermanentRedirect", ErrorCode::Configuration, "check images.region and images.endpoint"},
    KnownCode{"RequestTimeTooSkewed", ErrorCode::Configuration, "set this machine's clock"},
    KnownCode{"RequestTimeout", ErrorCode::TimedOut, "the connection to it is too slow"},
    KnownCode{"SlowDown", ErrorCode::RateLimited, "it asks to be called less often"},
};

} // namespace

Error s3_error(const HttpRequest& request, const HttpResponse& response, const S3Address& address, Timestamp now) {
    const auto failure = parse_s3_failure(response.body);
    auto by_status = status_error(request, response, words(), failure.message, now);
    for (const auto& known : known_codes) {
        if (known.code != failure.code) continue;
        const auto sentence = fmt::format("The image store answered {} with {} {}; {} (bucket \"{}\").",
                                          name_of(request), response.status, known.code, known.advice, address.bucket);
        const Error error(known.means, sentence);
        return error.retryable() && by_status.retry_after() ? Error(known.means, sentence, *by_status.retry_after())
                                                            : error;
    }
    if (request.method == HttpMethod::Head &&
        response.status == 400) { // Amazon's answer in a wrong region, without words
        return {ErrorCode::Configuration,
                fmt::format(
                    "The image store answered {} with 400; check images.region and images.endpoint (bucket \"{}\").",
                    name_of(request), address.bucket)};
    }
    return by_status;
}

Error not_s3(const HttpRequest& request, const HttpResponse& response) {
    return not_what_was_asked(request, response, words(), "what an S3 server says");
}

} // namespace vitrine
