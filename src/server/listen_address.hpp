#pragma once

#include <cstdint>
#include <string>

namespace vitrine::server {

/// A configured address to listen on.
struct ListenAddress {
    std::string host; ///< without brackets
    std::uint16_t port = 0;

    /// Reached from this machine alone.
    [[nodiscard]] bool is_loopback() const;

    /// As it stands in a URL: an IPv6 address in brackets.
    [[nodiscard]] std::string url_host() const;
};

/// "HOST:PORT" or "[HOST]:PORT"; throws Error(Configuration) for anything else.
ListenAddress listen_address_from(const std::string& text);

} // namespace vitrine::server
