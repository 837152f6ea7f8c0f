#pragma once

#include <string>
#include <string_view>

#include <vitrine/error.hpp>
#include <vitrine/time.hpp>

#include "http/http_message.hpp"

// What an answer that is not the wanted one means to us, and to a person.

namespace vitrine {

/// How a message speaks of a server and of what configures it.
struct ServerWords {
    std::string server;  ///< "ChromaDB"
    std::string url_key; ///< "vectors.url"
    std::string key_key; ///< "vectors.token": what a 401 or 403 asks to check
};

/// The error for an answer with a status other than 2xx:
///   3xx            Configuration: the server has moved
///   401, 403, 407  Configuration: check the key
///   404, 410       NotFound
///   408, 504       TimedOut      ┐
///   429            RateLimited   ├ with the server's Retry-After, from `now`
///   other 5xx      Unavailable   ┘ but 501 and 505: Unsupported
///   409, 412       Conflict
///   413            TooLarge
///   405, 415       Unsupported
///   other 4xx      BadInput
/// The sentence names the request and repeats up to 200 printable characters of `detail`, which is the server's own
/// message as the caller has read it from the body; where that is a web page, it says so.
Error status_error(const HttpRequest& request, const HttpResponse& response, const ServerWords& words,
                   std::string_view detail, Timestamp now);

/// Whether the body is a web page, by its type or its first bytes: a proxy's, a login's, or of another server
/// altogether.
bool is_web_page(const HttpResponse& response);

/// The error for an answer that has a good status and cannot be what was asked for: Unavailable, since a proxy's page
/// for an hour's maintenance looks like that. `expected` names what should have come: "JSON".
Error not_what_was_asked(const HttpRequest& request, const HttpResponse& response, const ServerWords& words,
                         std::string_view expected);

} // namespace vitrine
