#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include <vitrine/time.hpp>

#include "http/http_client.hpp"

namespace vitrine {

struct DownloadLimits {
    std::int64_t bytes_max = 32LL << 20;
    Milliseconds time_max{30'000}; ///< of one picture, redirections included
    bool private_addresses_too = false;
};

/// Whether a catalogue's cell names its picture by a URL: it begins with http:// or https://.
[[nodiscard]] bool is_picture_url(const std::string& cell);

/// Whether the URL holds a user or a password.
[[nodiscard]] bool has_credentials(const std::string& url);

/// Fetches pictures from URLs that strangers wrote (http/http_message.hpp, StrangersUrl): at most five redirections, to
/// http and https alone. Safe from any thread.
class PictureDownloads {
public:
    explicit PictureDownloads(const DownloadLimits& limits) : limits_(limits) {}

    /// The picture's bytes. Throws what HttpClient::send throws, and for an answer other than a 2xx with bytes what
    /// status_error makes of it: 429, 5xx and times that passed are retryable. The sentence repeats neither the URL's
    /// query nor a password.
    [[nodiscard]] std::string fetch(const std::string& url, const std::stop_token& stop, Timestamp now);

private:
    const DownloadLimits limits_;
    HttpClient client_;
};

} // namespace vitrine
