#include "core/base64.hpp"

#include <openssl/evp.h>

namespace vitrine {

std::string base64_of(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0'); // EVP_EncodeBlock ends with a zero
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size()));
    text.pop_back();
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    const auto padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
    const auto digits = text.substr(0, text.size() - padding);
    const bool plain = digits.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") ==
                       std::string_view::npos; // EVP_DecodeBlock overlooks white space around it
    if (text.size() % 4 != 0 || !plain) return std::nullopt;
    std::string bytes(text.size() / 4 * 3, '\0');
    const int read =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (read < 0) return std::nullopt;
    bytes.resize(bytes.size() - padding);
    return bytes;
}

} // namespace vitrine
