#pragma once

#include <string>
#include <string_view>

#include "http/http_message.hpp"

namespace vitrine {

/// The parts of a URL (RFC 3986) that may be shown to a person: neither user, password nor query are among them.
struct HttpTarget {
    std::string scheme; ///< "http" or "https"
    std::string host;   ///< with its port where the URL has one: "127.0.0.1:8000"
    std::string path;   ///< "/api/v2"; at least "/"
};

/// Throws Error(Configuration) for a URL that cannot be read, has no host, or is neither http nor https. The message
/// does not repeat the URL, which may hold a password.
HttpTarget parse_target(const std::string& url);

/// What a message calls a request: "GET 127.0.0.1:8000/api/v2/heartbeat". Bytes of the path that are not printable
/// ASCII are left out, and a long path is cut.
std::string name_of(HttpMethod method, const HttpTarget& target);
std::string name_of(const HttpRequest& request);

} // namespace vitrine
