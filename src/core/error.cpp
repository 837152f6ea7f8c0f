#include <vitrine/error.hpp>

namespace vitrine {

std::string_view to_string(ErrorCode code) noexcept {
    switch (code) {
    case ErrorCode::BadInput: return "bad_input";
    case ErrorCode::TooLarge: return "too_large";
    case ErrorCode::Unsupported: return "unsupported";
    case ErrorCode::NotFound: return "not_found";
    case ErrorCode::Conflict: return "conflict";
    case ErrorCode::Unavailable: return "unavailable";
    case ErrorCode::RateLimited: return "rate_limited";
    case ErrorCode::TimedOut: return "timed_out";
    case ErrorCode::Cancelled: return "cancelled";
    case ErrorCode::Corrupted: return "corrupted";
    case ErrorCode::Configuration: return "configuration";
    case ErrorCode::Internal: return "internal";
    }
    return "internal";
}

Error::Error(ErrorCode code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}

Error::Error(ErrorCode code, const std::string& sentence, std::chrono::milliseconds retry_after)
    : std::runtime_error(sentence), code_(code), retry_after_(retry_after) {}

bool Error::retryable() const noexcept {
    return code_ == ErrorCode::Unavailable || code_ == ErrorCode::RateLimited || code_ == ErrorCode::TimedOut;
}

} // namespace vitrine
