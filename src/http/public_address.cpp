#include "http/public_address.hpp"

#include <algorithm>
#include <array>

namespace vitrine {
namespace {

using Bytes = std::span<const std::uint8_t>;

/// The addresses whose first `bits` bits are those of `bytes`.
template <std::size_t N>
struct Block {
    std::array<std::uint8_t, N> bytes;
    int bits;

    [[nodiscard]] bool holds(Bytes address) const noexcept {
        const auto whole = static_cast<std::size_t>(bits / 8);
        if (!std::equal(bytes.begin(), bytes.begin() + whole, address.begin())) return false;
        const int rest = bits % 8;
        return rest == 0 || (bytes[whole] ^ address[whole]) >> (8 - rest) == 0;
    }
};
using Block4 = Block<4>;
using Block6 = Block<16>;

constexpr std::array not_public4{
    Block4{{0, 0, 0, 0}, 8},        // this network
    Block4{{10, 0, 0, 0}, 8},       // private
    Block4{{100, 64, 0, 0}, 10},    // shared by a carrier's customers
    Block4{{127, 0, 0, 0}, 8},      // this machine
    Block4{{168, 63, 129, 16}, 32}, // Azure, to its machines
    Block4{{169, 254, 0, 0}, 16},   // a link; clouds' metadata
    Block4{{172, 16, 0, 0}, 12},    // private
    Block4{{192, 0, 0, 0}, 24},     // protocols
    Block4{{192, 0, 2, 0}, 24},     // documentation
    Block4{{192, 88, 99, 0}, 24},   // 6to4 relays
    Block4{{192, 168, 0, 0}, 16},   // private
    Block4{{198, 18, 0, 0}, 15},    // benchmarks
    Block4{{198, 51, 100, 0}, 24},  // documentation
    Block4{{203, 0, 113, 0}, 24},   // documentation
    Block4{{224, 0, 0, 0}, 4},      // groups
    Block4{{240, 0, 0, 0}, 4},      // reserved, and everybody on a link
};

constexpr Block6 unicast6{{0x20}, 3}; ///< all that IANA has given out
constexpr std::array not_public6{
    Block6{{0x20, 0x01}, 23},             // protocols; Teredo, which stands for an IPv4 address behind a NAT
    Block6{{0x20, 0x01, 0x0d, 0xb8}, 32}, // documentation
    Block6{{0x3f, 0xff}, 20},             // documentation
};

constexpr Block6 mapped{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
constexpr Block6 nat64{{0, 0x64, 0xff, 0x9b}, 96};
constexpr Block6 six_to_four{{0x20, 0x02}, 16};

bool is_public4(Bytes address) noexcept {
    return std::ranges::none_of(not_public4, [&](const Block4& block) { return block.holds(address); });
}

bool is_public6(Bytes address) noexcept {
    if (mapped.holds(address) || nat64.holds(address)) return is_public4(address.subspan(12));
    if (six_to_four.holds(address)) return is_public4(address.subspan(2, 4));
    return unicast6.holds(address) &&
           std::ranges::none_of(not_public6, [&](const Block6& block) { return block.holds(address); });
}

} // namespace

bool is_public_address(Bytes address) noexcept {
    if (address.size() == 4) return is_public4(address);
    return address.size() == 16 && is_public6(address);
}

} // namespace vitrine
