#include "storage/stored_sentence.hpp"

#include <cstdint>

#include <unicode/utf8.h>

namespace vitrine {

std::string stored_sentence(std::string_view text) {
    std::string sentence;
    sentence.reserve(std::min(text.size(), stored_sentence_max * 4));
    std::size_t last_start = 0;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    // Never reads more than was asked for, however long the text.
    const auto length = static_cast<std::int32_t>(std::min<std::size_t>(text.size(), stored_sentence_max * 4 + 4));
    std::size_t count = 0;
    for (std::int32_t at = 0; at < length; ++count) {
        if (count == stored_sentence_max) {
            sentence.resize(last_start);
            return sentence + "…";
        }
        UChar32 point = 0;
        U8_NEXT_OR_FFFD(bytes, at, length, point);
        if (point == 0) point = 0xFFFD;
        last_start = sentence.size();
        std::uint8_t encoded[U8_MAX_LENGTH];
        std::int32_t size = 0;
        U8_APPEND_UNSAFE(encoded, size, point);
        sentence.append(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(size));
    }
    return sentence;
}

} // namespace vitrine
