#include "engine/picture_download.hpp"

#include <vitrine/error.hpp>

#include "http/http_target.hpp"
#include "http/server_answer.hpp"

namespace vitrine {
namespace {

constexpr int redirects_max = 5;

const ServerWords& words() {
    static const ServerWords said{.server = "The picture's server",
                                  .url_key = "the row's image",
                                  .key_key = "that the picture may be had without a password"};
    return said;
}

void check_url(const std::string& url) {
    try {
        static_cast<void>(parse_target(url));
    } catch (const Error&) {
        throw Error(ErrorCode::BadInput,
                    "The row's image is no URL that can be used; write it as http://HOST/PATH or https://HOST/PATH, "
                    "spaces as %20.");
    }
}

} // namespace

bool is_picture_url(const std::string& cell) {
    return cell.starts_with("http://") || cell.starts_with("https://");
}

bool has_credentials(const std::string& url) {
    const auto start = url.find("://");
    if (start == std::string::npos) return false;
    const auto end = url.find_first_of("/?#\\", start + 3);
    return url.substr(start + 3, end == std::string::npos ? end : end - start - 3).find('@') != std::string::npos;
}

std::string PictureDownloads::fetch(const std::string& url, const std::stop_token& stop, Timestamp now) {
    check_url(url);
    HttpRequest request;
    request.url = url;
    request.headers = {{"Accept", "image/*"}, {"User-Agent", "Vitrine"}};
    request.limits = {.deadline = limits_.time_max, .response_bytes = static_cast<std::uint64_t>(limits_.bytes_max)};
    request.stop = stop;
    request.redirects_max = redirects_max;
    request.strangers_url = StrangersUrl{.private_addresses_too = limits_.private_addresses_too};
    auto response = client_.send(request);
    if (!response.ok()) throw status_error(request, response, words(), {}, now);
    if (response.body.empty() || is_web_page(response))
        throw not_what_was_asked(request, response, words(), "a picture");
    return std::move(response.body);
}

} // namespace vitrine
