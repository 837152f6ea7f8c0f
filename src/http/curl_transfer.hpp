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

    /// As HttpClient::send. After it threw, the object must not be used again.
    HttpResponse run(const HttpRequest& request);

private:
    struct Handles;
    const std::unique_ptr<Handles> handles_;
};

} // namespace vitrine
