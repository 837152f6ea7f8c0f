#include "storage/s3_bucket.hpp"

#include <charconv>
#include <chrono>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "http/http_target.hpp"
#include "http/percent.hpp"
#include "http/server_answer.hpp"
#include "storage/s3_failure.hpp"

namespace vitrine {
namespace {

constexpr std::uint64_t page_bytes_max = 8U << 20; // 1000 names of 1 KiB, escaped, fit many times over

void sign_body(HttpRequest& request, const std::string& sha256) {
    request.headers.emplace_back("x-amz-content-sha256", sha256);
}

// Every S3 server gives an object's ETag with a good answer to PUT, GET and HEAD; nothing else in its place does.
void require_s3(const HttpRequest& request, const HttpResponse& response) {
    if (response.header("etag").empty() || is_web_page(response)) throw not_s3(request, response);
}

std::uint64_t length_of(const HttpRequest& request, const HttpResponse& response) {
    const auto text = response.header("content-length");
    std::uint64_t bytes = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), bytes);
    if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size())
        throw not_s3(request, response);
    return bytes;
}

// Sorted by name and encoded, as they are signed.
std::string page_query(const S3Options& options, const std::optional<std::string>& after) {
    const auto token = after ? "continuation-token=" + percent_encode(*after) + "&" : std::string();
    return fmt::format("?{}encoding-type=url&list-type=2&max-keys={}&prefix={}", token, options.page_objects_max,
                       percent_encode(options.address.prefix));
}

} // namespace

S3Bucket::S3Bucket(S3Options options) : options_(std::move(options)), breaker_(options_.breaker) {}

template <class Call>
auto S3Bucket::call(const HttpRequest& request, const Call& one_attempt) {
    using SteadyClock = std::chrono::steady_clock;
    if (const auto wait = breaker_.refused_for(SteadyClock::now())) {
        throw Error(ErrorCode::Unavailable,
                    fmt::format("{}: the image store could not be reached a moment ago; it is asked again soon.",
                                name_of(request)),
                    *wait);
    }
    try {
        auto result = with_retries(options_.retries, one_attempt);
        breaker_.succeeded();
        return result;
    } catch (const Error& error) {
        const bool down = error.code() == ErrorCode::Unavailable || error.code() == ErrorCode::TimedOut;
        if (down)
            breaker_.failed(SteadyClock::now());
        else
            breaker_.succeeded(); // it answered
        throw;
    }
}

void S3Bucket::put(const std::string& name, const HttpBody& bytes, const std::string& sha256) {
    auto put = request(HttpMethod::Put, name);
    put.body = bytes;
    put.headers.emplace_back("Content-Type", "application/octet-stream");
    sign_body(put, sha256);
    call(put, [&] {
        if (const auto* source = std::get_if<HttpBodySource>(&bytes)) source->rewind();
        const auto response = client_.send(put);
        if (!response.ok()) refuse(put, response);
        require_s3(put, response);
        return true;
    });
}

bool S3Bucket::get(const std::string& name, const std::function<void()>& begin,
                   const std::function<void(std::string_view)>& sink) {
    auto get = request(HttpMethod::Get, name);
    sign_body(get, sha256_hex(""));
    get.sink = sink;
    return call(get, [&] {
        begin();
        const auto response = client_.send(get);
        if (response.ok()) {
            require_s3(get, response);
            return true;
        }
        if (response.status == 404 && parse_s3_failure(response.body).code == "NoSuchKey") return false;
        refuse(get, response);
    });
}

// Where there is no such bucket either, the answer is the same 404: it has no body that tells.
std::optional<std::uint64_t> S3Bucket::size_of(const std::string& name) {
    auto head = request(HttpMethod::Head, name);
    sign_body(head, sha256_hex(""));
    return call(head, [&]() -> std::optional<std::uint64_t> {
        const auto response = client_.send(head);
        if (response.status == 404) return std::nullopt;
        if (!response.ok()) refuse(head, response);
        require_s3(head, response);
        return length_of(head, response);
    });
}

void S3Bucket::remove(const std::string& name) {
    auto removal = request(HttpMethod::Delete, name);
    sign_body(removal, sha256_hex(""));
    call(removal, [&] {
        const auto response = client_.send(removal);
        const bool was_none = response.status == 404 && parse_s3_failure(response.body).code == "NoSuchKey";
        if (!response.ok() && !was_none) refuse(removal, response);
        if (is_web_page(response)) throw not_s3(removal, response);
        return true;
    });
}

S3Page S3Bucket::page(const std::optional<std::string>& after) {
    auto list = request(HttpMethod::Get, "");
    list.url = options_.address.bucket_url() + page_query(options_, after);
    list.limits.response_bytes = page_bytes_max;
    sign_body(list, sha256_hex(""));
    return call(list, [&] {
        const auto response = client_.send(list);
        if (!response.ok()) refuse(list, response);
        auto page = parse_s3_page(response.body);
        if (!page) throw not_s3(list, response);
        return std::move(*page);
    });
}

void S3Bucket::list(const std::function<bool(const S3Object&)>& visit) {
    const auto& prefix = options_.address.prefix;
    std::optional<std::string> after;
    do {
        auto next = page(after);
        for (auto& object : next.objects) {
            if (!object.name.starts_with(prefix)) continue; // not what was asked for
            object.name.erase(0, prefix.size());
            if (!visit(object)) return;
        }
        if (next.next && next.next == after) {
            throw Error(ErrorCode::Unavailable,
                        fmt::format("The image store's list of bucket \"{}\" leads in a circle; look into its log.",
                                    options_.address.bucket));
        }
        after = std::move(next.next);
    } while (after);
}

HttpRequest S3Bucket::request(HttpMethod method, const std::string& name) const {
    HttpRequest request{.method = method, .url = options_.address.bucket_url() + "/" + options_.address.prefix + name};
    request.limits = options_.limits;
    request.stop = options_.retries.stop;
    request.signing = AwsSigning{.region = options_.region,
                                 .service = "s3",
                                 .access_key = options_.access_key,
                                 .secret_key = options_.secret_key};
    return request;
}

void S3Bucket::refuse(const HttpRequest& request, const HttpResponse& response) const {
    throw s3_error(request, response, options_.address, SystemClock().now());
}

} // namespace vitrine
