#include "storage/embedding_column.hpp"

#include <bit>
#include <cstring>

#include <vitrine/error.hpp>

#include "storage/bytes_column.hpp"

namespace vitrine {

static_assert(std::endian::native == std::endian::little, "stored vectors are little-endian");

std::string to_hex(const Embedding& embedding) {
    return to_hex(std::string_view(reinterpret_cast<const char*>(embedding.data()), embedding.size() * sizeof(float)));
}

Embedding embedding_from_hex(const std::string& hex) {
    const std::string bytes = from_hex(hex);
    if (bytes.size() % sizeof(float) != 0) {
        throw Error(ErrorCode::Corrupted, "A stored vector is damaged: its length is not a multiple of four bytes.");
    }
    Embedding embedding(bytes.size() / sizeof(float));
    std::memcpy(embedding.data(), bytes.data(), bytes.size());
    return embedding;
}

} // namespace vitrine
