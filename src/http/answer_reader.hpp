#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/http_message.hpp"

namespace vitrine {

/// Makes a response of the lines and pieces that a server sends, within the request's limits; no I/O. Whatever the
/// bytes are, it throws Error(TooLarge) at most, and holds no more than the limits allow.
class AnswerReader {
public:
    /// Both arguments are kept by the caller; `name` is the request's, for messages.
    AnswerReader(const HttpRequest& request, const std::string& name) : request_(request), name_(name) {}

    /// A line of the head, the status line and the empty one among them. A second status line begins anew: after
    /// "100 Continue" or a redirection. Throws Error(TooLarge) where the body is announced to be over the limit.
    void take_header(std::string_view line);

    /// A piece of the body. False: no more of it is wanted (error_body_full). Throws what the request's sink throws.
    [[nodiscard]] bool take_body(std::string_view piece);

    /// The empty line after the headers has come.
    [[nodiscard]] bool head_whole() const noexcept { return head_whole_; }

    /// As much of an error's body as is read has come.
    [[nodiscard]] bool error_body_full() const noexcept { return error_body_full_; }

    [[nodiscard]] HttpResponse take() { return std::move(response_); }

private:
    void check_announced_length(std::string_view value) const;
    [[noreturn]] void refuse_length() const;

    const HttpRequest& request_;
    const std::string& name_;
    HttpResponse response_;
    std::size_t header_bytes_ = 0;
    std::uint64_t body_bytes_ = 0;
    bool head_whole_ = false;
    bool error_body_full_ = false;
};

} // namespace vitrine
