#pragma once

#include <memory>

#include "http/http_message.hpp"

namespace vitrine {

/// One transfer at a time over libcurl, and the connections that were opened for those before. One thread at a time.
class CurlTransfer {
public:
    CurlTransfer();
    ~CurlTransfer();
    CurlTransfer(const CurlTransfer&) = delete;
    CurlTransfer& operator=(const CurlTransfer&) = delete;

    /// Sends what of the request can be sent without waiting. The request is the caller's until `end` has returned,
    /// which another thread may call. Both throw as HttpClient::send; after that the object must not be used again.
    void begin(const HttpRequest& request);
    HttpResponse end();

private:
    struct Handles;
    struct Underway;
    const std::unique_ptr<Handles> handles_;
    std::unique_ptr<Underway> underway_; ///< from `begin` to `end`
};

} // namespace vitrine
