#include "core/content_hash.hpp"

#include "core/sha256.hpp"

namespace vitrine {

std::string sha256_hex(std::string_view bytes) {
    Sha256 hash;
    hash.add(bytes);
    return hash.hex();
}

} // namespace vitrine
