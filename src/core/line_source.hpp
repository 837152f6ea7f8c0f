#pragma once

#include <cstdint>
#include <istream>
#include <string>

namespace vitrine {

/// The bytes of a stream one at a time, with the line each is on and a way back to an earlier place. Lines end with LF,
/// CRLF or CR. Holds 64 KiB whatever the stream's length. One thread at a time.
class LineSource {
public:
    static constexpr int end = -1;

    struct Place {
        std::uint64_t offset = 0; ///< in bytes from where the stream was when it was handed over
        std::size_t line = 1;
    };

    /// `in` must outlive this and is read by nobody else meanwhile.
    explicit LineSource(std::istream& in);

    /// The next byte as an unsigned char, or `end`. Throws Error(Unavailable) when the stream cannot be read.
    int peek() { return at_ < buffer_.size() || refill() ? static_cast<unsigned char>(buffer_[at_]) : end; }

    /// As `peek`, and moves past it.
    int get();

    [[nodiscard]] Place place() const noexcept { return {buffer_offset_ + at_, line_}; }

    /// Goes back to a place that this source was at; false, and nothing moved, when the stream cannot go back so far.
    bool go_back(const Place& place);

private:
    bool refill();

    std::istream& in_;
    std::streamoff start_; ///< -1 where the stream cannot tell
    std::string buffer_;
    std::uint64_t buffer_offset_ = 0;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
};

} // namespace vitrine
