#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/circuit_breaker.hpp"
#include "http/http_client.hpp"
#include "http/retries.hpp"
#include "storage/s3_address.hpp"
#include "storage/s3_answers.hpp"

namespace vitrine {

struct S3Options {
    S3Address address;
    std::string region = "us-east-1";
    std::string access_key, secret_key;
    HttpLimits limits{.deadline = Milliseconds(30'000),
                      .stall = Milliseconds(10'000),
                      .response_bytes = 256ULL << 20}; ///< of every request
    Retries retries{.attempts_max = 3};
    CircuitBreaker::Options breaker; ///< counts what was tried again in vain
    int page_objects_max = 1'000;    ///< of a list, asked for at one time; no server gives more than 1000
};

/// The objects of one bucket under one prefix, over the S3 protocol (Amazon S3 API Reference): path-style addresses,
/// every request signed with AWS Signature Version 4, its body's hash included. Names are given without the prefix and
/// may hold letters, digits and "._-/". All members are safe from any thread.
///
/// What may pass (no connection, a cut or stalled one, 429, 500, 503 SlowDown) is tried again as the options say; the
/// last failure comes out. All members throw Error, with one sentence that names the request:
///   Unavailable, TimedOut, RateLimited   the server cannot be reached, or is busy; also when a web page answers. After
///                                        some such failures in a row calls are refused at once for a while, so that
///                                        nobody waits for a server that is known to be down
///   Configuration                        a wrong key, region, bucket or endpoint: which key to check is said
///   TooLarge                             an object over `limits.response_bytes`
class S3Bucket {
public:
    explicit S3Bucket(S3Options options);

    /// Stores `bytes`, whose SHA-256 in hex is `sha256`; the server refuses them when they arrive with another. An
    /// object of that name is replaced; a reader sees the one or the other, whole. A source is rewound before every
    /// attempt.
    void put(const std::string& name, const HttpBody& bytes, const std::string& sha256);

    /// Hands the object's bytes to `sink` as they come, after `begin`; false, and `sink` is not called, when there is
    /// none. After a failure on the way it begins again.
    bool get(const std::string& name, const std::function<void()>& begin,
             const std::function<void(std::string_view)>& sink);

    /// The object's size in bytes; nothing when there is none.
    [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& name);

    /// Removes the object; that there is none is no error.
    void remove(const std::string& name);

    /// Calls `visit` with every object under the prefix, in no order, page by page, until it returns false. Throws
    /// Error(Unavailable) when the server sends what is no list, or leads in a circle.
    void list(const std::function<bool(const S3Object&)>& visit);

    /// One page; `after` as S3Page::next gave it, nothing for the first.
    [[nodiscard]] S3Page page(const std::optional<std::string>& after);

    [[nodiscard]] const S3Address& address() const noexcept { return options_.address; }

private:
    [[nodiscard]] HttpRequest request(HttpMethod method, const std::string& name) const;
    template <class Call>
    auto call(const HttpRequest& request, const Call& one_attempt);
    [[noreturn]] void refuse(const HttpRequest& request, const HttpResponse& response) const;

    const S3Options options_;
    HttpClient client_;
    CircuitBreaker breaker_;
};

} // namespace vitrine
