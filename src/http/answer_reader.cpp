#include "http/answer_reader.hpp"

#include <charconv>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "http/ascii.hpp"

namespace vitrine {
namespace {

constexpr std::size_t error_body_bytes_max = 64U << 10;
constexpr std::size_t header_bytes_max = 128U << 10; // of all heads of one exchange

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

int status_in(std::string_view status_line) {
    int status = 0;
    const auto space = status_line.find(' ');
    if (space == std::string_view::npos) return 0;
    const auto digits = trimmed(status_line.substr(space));
    std::from_chars(digits.data(), digits.data() + digits.size(), status);
    return status;
}

} // namespace

void AnswerReader::take_header(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > header_bytes_max) {
        throw Error(ErrorCode::TooLarge,
                    fmt::format("{}: the answer's headers are over {} KiB.", name_, header_bytes_max >> 10));
    }
    if (line.starts_with("HTTP/")) {
        response_.status = status_in(line);
        response_.headers.clear();
        head_whole_ = false;
        return;
    }
    if (trimmed(line).empty()) head_whole_ = true;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const auto name = ascii_lower_case(trimmed(line.substr(0, colon)));
    const auto value = trimmed(line.substr(colon + 1));
    if (name == "content-length") check_announced_length(value);
    auto& kept = response_.headers[name];
    if (!kept.empty()) kept += ", ";
    kept += value;
}

bool AnswerReader::take_body(std::string_view piece) {
    if (response_.status >= 400) {
        response_.body += piece.substr(0, error_body_bytes_max - response_.body.size());
        error_body_full_ = response_.body.size() == error_body_bytes_max;
        return !error_body_full_;
    }
    body_bytes_ += piece.size();
    const auto limit = request_.limits.response_bytes;
    if (limit > 0 && body_bytes_ > limit) refuse_length();
    if (request_.sink && response_.ok())
        request_.sink(piece);
    else
        response_.body += piece;
    return true;
}

// Before a byte of it is read; an error's is read in front only, and a HEAD has none.
void AnswerReader::check_announced_length(std::string_view value) const {
    std::uint64_t announced = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), announced);
    const auto limit = request_.limits.response_bytes;
    const bool over = read.ec == std::errc::result_out_of_range || announced > limit;
    if (over && limit > 0 && response_.ok() && request_.method != HttpMethod::Head) refuse_length();
}

void AnswerReader::refuse_length() const {
    throw Error(ErrorCode::TooLarge,
                fmt::format("{}: the answer is over {} bytes.", name_, request_.limits.response_bytes));
}

} // namespace vitrine
