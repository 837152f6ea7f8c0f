#include "client/server_address.hpp"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "http/http_target.hpp"

namespace vitrine {
namespace {

/// A read is bounded: the file may be anything.
std::string key_in(const std::string& file) {
    constexpr std::streamsize key_bytes_max = 4096;
    std::ifstream stream(file, std::ios::binary);
    std::string text(key_bytes_max, '\0');
    stream.read(text.data(), key_bytes_max);
    text.resize(static_cast<std::size_t>(stream.gcount()));
    text.resize(std::min(text.find_first_of("\r\n"), text.size()));
    if (!text.empty()) return text;
    throw Error(ErrorCode::Configuration,
                fmt::format("The file {:.300} (server.api_key_file) has no API key in its first line, or cannot be "
                            "read.",
                            file));
}

} // namespace

ServerAddress server_address(const Config& config, std::string url) {
    static_cast<void>(parse_target(url));
    while (url.ends_with('/')) url.pop_back();
    ServerAddress address{.url = std::move(url), .api_key = config.server.api_key, .timeout = config.server.timeout};
    if (address.api_key.empty() && !config.server.api_key_file.empty())
        address.api_key = key_in(config.server.api_key_file);
    return address;
}

} // namespace vitrine
