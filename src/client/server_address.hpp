#pragma once

#include <string>

#include <vitrine/config.hpp>
#include <vitrine/time.hpp>

namespace vitrine {

/// How a running server is reached.
struct ServerAddress {
    std::string url;              ///< without a slash at its end
    std::string api_key;          ///< empty: none is sent
    Milliseconds timeout{30'000}; ///< without a byte from it
};

/// The server at `url` as `config` reaches servers: with server.api_key, or else the first line of the file
/// server.api_key_file. Throws Error(Configuration) for a URL that cannot be used and for a file that cannot be read.
ServerAddress server_address(const Config& config, std::string url);

} // namespace vitrine
