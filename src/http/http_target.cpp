#include "http/http_target.hpp"

#include <memory>

#include <curl/curl.h>
#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

struct UrlDeleter {
    void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlDeleter>;

struct TextDeleter {
    void operator()(char* text) const noexcept { curl_free(text); }
};

std::string part_of(const Url& url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return {};
    const std::unique_ptr<char, TextDeleter> owner(text);
    return owner.get();
}

std::string printable(std::string_view text, std::size_t length_max) {
    std::string kept;
    for (const char c : text) {
        if (kept.size() == length_max) return kept + "…";
        if (c > ' ' && c < '\x7f') kept += c;
    }
    return kept;
}

} // namespace

HttpTarget parse_target(const std::string& url) {
    const Url parsed(curl_url());
    const bool readable = parsed != nullptr && url.find('\0') == std::string::npos &&
                          curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
    HttpTarget target;
    if (readable) {
        target = {part_of(parsed, CURLUPART_SCHEME), part_of(parsed, CURLUPART_HOST), part_of(parsed, CURLUPART_PATH)};
    }
    if (target.host.empty() || (target.scheme != "http" && target.scheme != "https")) {
        throw Error(ErrorCode::Configuration,
                    "A server's URL cannot be used; write it as http://HOST:PORT or https://HOST:PORT.");
    }
    if (const auto port = part_of(parsed, CURLUPART_PORT); !port.empty()) target.host += ":" + port;
    return target;
}

std::string name_of(HttpMethod method, const HttpTarget& target) {
    return fmt::format("{} {}{}", to_string(method), printable(target.host, 100), printable(target.path, 200));
}

std::string name_of(const HttpRequest& request) {
    return name_of(request.method, parse_target(request.url));
}

} // namespace vitrine
