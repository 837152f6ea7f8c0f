#include "storage/checked_source.hpp"

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine {

std::size_t CheckedSource::read(std::span<char> bytes) {
    const auto got = source_.read(bytes);
    read_ += got;
    const bool at_end = got == 0;
    if (read_ > source_.bytes || (at_end && read_ < source_.bytes)) {
        throw Error(ErrorCode::BadInput,
                    fmt::format("The picture to be stored was said to have {} bytes and has {}; hand it in again.",
                                source_.bytes, at_end ? std::to_string(read_) : "more"));
    }
    if (hash_) hash_->add({bytes.data(), got});
    if (hash_ && read_ == source_.bytes) {
        const bool same = hash_->hex() == key_;
        hash_.reset();
        if (!same) {
            throw Error(ErrorCode::BadInput, "The picture to be stored changed while it was read; hand it in again.");
        }
    }
    return got;
}

void CheckedSource::rewind() {
    source_.rewind();
    hash_.emplace();
    read_ = 0;
}

} // namespace vitrine
