#include "storage/bytes_column.hpp"

#include <array>
#include <cstdint>

#include <vitrine/error.hpp>

namespace vitrine {

namespace {

constexpr std::array<std::array<char, 2>, 256> digits_of_byte = [] {
    std::array<std::array<char, 2>, 256> table{};
    constexpr std::string_view digits = "0123456789abcdef";
    for (std::size_t byte = 0; byte < 256; ++byte) table[byte] = {digits[byte >> 4U], digits[byte & 15U]};
    return table;
}();

constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> value_of_digit = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(no_digit);
    for (std::uint8_t value = 0; value < 10; ++value) table[static_cast<std::size_t>('0') + value] = value;
    for (std::uint8_t value = 10; value < 16; ++value) {
        table[static_cast<std::size_t>('a') + value - 10] = value;
        table[static_cast<std::size_t>('A') + value - 10] = value;
    }
    return table;
}();

} // namespace

std::string to_hex(std::string_view bytes) {
    std::string hex(bytes.size() * 2, '\0');
    char* out = hex.data();
    for (const char byte : bytes) {
        const auto& digits = digits_of_byte[static_cast<std::uint8_t>(byte)];
        *out++ = digits[0];
        *out++ = digits[1];
    }
    return hex;
}

std::string from_hex(std::string_view hex) {
    if (hex.size() % 2 != 0) {
        throw Error(ErrorCode::Corrupted,
                    "A stored byte string has an odd number of hex digits; restore it from a backup.");
    }
    std::string bytes(hex.size() / 2, '\0');
    std::uint8_t bad = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        const std::uint8_t high = value_of_digit[static_cast<std::uint8_t>(hex[2 * at])];
        const std::uint8_t low = value_of_digit[static_cast<std::uint8_t>(hex[2 * at + 1])];
        bad |= high | low;
        bytes[at] = static_cast<char>((high << 4U) | low);
    }
    if ((bad & 0xf0U) != 0) {
        throw Error(ErrorCode::Corrupted,
                    "A stored byte string holds something that is no hex digit; restore it from a backup.");
    }
    return bytes;
}

} // namespace vitrine
