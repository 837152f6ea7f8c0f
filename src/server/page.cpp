#include "server/page.hpp"

#include "server/embedded_page.hpp"
#include "server/entity_tags.hpp"

namespace vitrine::server {

std::optional<Response> page_response(const Request& request) {
    const auto path = std::string_view(request.target).substr(0, request.target.find('?'));
    const auto* const asset = find_page_asset(path);
    if (asset == nullptr) return std::nullopt;
    Response response{.status = 200,
                      .headers = {{"Content-Type", std::string(asset->content_type)},
                                  {"ETag", std::string(asset->etag)},
                                  {"Cache-Control", std::string(asset->cache_control)}},
                      .body = {}};
    if (asset->path == "/") {
        response.headers.emplace_back("Content-Security-Policy", page_content_security_policy());
        response.headers.emplace_back("Referrer-Policy", "no-referrer");
    }
    if (is_among_tags(asset->etag, request.header("if-none-match"))) {
        constexpr int not_modified = 304;
        response.status = not_modified;
    } else {
        response.body = asset->body;
    }
    return response;
}

} // namespace vitrine::server
