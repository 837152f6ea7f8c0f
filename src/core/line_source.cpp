#include "core/line_source.hpp"

#include <utility>

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

constexpr std::size_t buffer_bytes = 64 * 1024;

} // namespace

LineSource::LineSource(std::istream& in) : in_(in), start_(in.tellg()) {
    // A stream that cannot tell its place says so by failing; it can be read all the same.
    if (start_ < 0) in_.clear(in_.rdstate() & ~std::ios::failbit);
}

int LineSource::get() {
    const int byte = peek();
    if (byte == end) return end;
    ++at_;
    if (byte == '\n' || (byte == '\r' && peek() != '\n')) ++line_;
    return byte;
}

bool LineSource::go_back(const Place& place) {
    if (place.offset >= buffer_offset_) {
        at_ = place.offset - buffer_offset_;
    } else {
        if (start_ < 0) return false;
        in_.clear();
        if (!in_.seekg(start_ + static_cast<std::streamoff>(place.offset))) return false;
        buffer_.clear();
        buffer_offset_ = place.offset;
        at_ = 0;
    }
    line_ = place.line;
    return true;
}

bool LineSource::refill() {
    std::string next(buffer_bytes, '\0');
    in_.read(next.data(), static_cast<std::streamsize>(buffer_bytes));
    if (in_.bad()) {
        throw Error(ErrorCode::Unavailable,
                    fmt::format("The text cannot be read after line {}; check the file.", line_));
    }
    next.resize(static_cast<std::size_t>(in_.gcount()));
    if (next.empty()) return false; // and what was there is kept, to go back to
    buffer_offset_ += buffer_.size();
    buffer_ = std::move(next);
    at_ = 0;
    return true;
}

} // namespace vitrine
