#include "server/listen_address.hpp"

#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine::server {

bool ListenAddress::is_loopback() const {
    return host == "localhost" || host == "::1" ||
           (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

std::string ListenAddress::url_host() const {
    return host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
}

ListenAddress listen_address_from(const std::string& text) {
    const auto colon = text.rfind(':');
    std::string_view host = std::string_view(text).substr(0, colon);
    ListenAddress address;
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = colon == std::string::npos
                                      ? std::from_chars_result{end, std::errc::invalid_argument}
                                      : std::from_chars(text.data() + colon + 1, end, address.port);
    if (error != std::errc{} || stopped != end || host.empty()) {
        throw Error(
            ErrorCode::Configuration,
            fmt::format("'{:.80}' is no address to listen on; write one such as 127.0.0.1:8080 or [::1]:8080.", text));
    }
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    address.host = host;
    return address;
}

} // namespace vitrine::server
