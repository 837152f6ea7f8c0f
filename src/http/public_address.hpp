#pragma once

#include <cstdint>
#include <span>

namespace vitrine {

/// Whether an IP address, 4 or 16 bytes in network order, is one of the public internet. It is not when it is this
/// machine's own, a private network's, a link's, a group's, kept for documentation or for later, or one under which
/// clouds answer their machines alone: the special-purpose registries of IANA (RFC 6890), as of 2026. An IPv6 address
/// that stands for an IPv4 one (mapped, NAT64, 6to4) is what that one is. Anything of another length is not public.
[[nodiscard]] bool is_public_address(std::span<const std::uint8_t> address) noexcept;

} // namespace vitrine
