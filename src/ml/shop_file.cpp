#include "ml/shop_file.hpp"

#include <fstream>

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine {

std::string read_shop_file(std::string_view key, const std::string& file) {
    constexpr std::size_t bytes_max = 1 << 20;
    std::ifstream stream(file, std::ios::binary);
    std::string text(bytes_max + 1, '\0');
    if (!stream || !stream.read(text.data(), static_cast<std::streamsize>(text.size())).eof())
        throw Error(ErrorCode::Configuration,
                    fmt::format("{} names '{}', which is no file of at most 1 MiB that can be read.", key, file));
    text.resize(static_cast<std::size_t>(stream.gcount()));
    return text;
}

} // namespace vitrine
