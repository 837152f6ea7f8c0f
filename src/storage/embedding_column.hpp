#pragma once

#include <string>

#include <vitrine/image.hpp>

namespace vitrine {

/// An embedding as the hex text of its float32 values, little-endian, which both databases turn into a byte string with
/// decode(…, 'hex').
std::string to_hex(const Embedding& embedding);

/// The embedding that encode(…, 'hex') gives back. Throws Error(Corrupted) when its length is not a multiple of four.
Embedding embedding_from_hex(const std::string& hex);

} // namespace vitrine
