#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace vitrine {

/// What kind of failure this is, free of any protocol: the faces map it to exit codes and HTTP statuses, the worker
/// to retry or give up.
enum class ErrorCode {
    BadInput,      ///< the caller's bytes, row, key or value are wrong; the same call fails again
    TooLarge,      ///< over a limit of bytes or pixels; the same call fails again
    Unsupported,   ///< a kind of file or request that is not handled; the same call fails again
    NotFound,      ///< the named thing does not exist
    Conflict,      ///< the present state forbids it (a job already ended, a data folder held by another process)
    Unavailable,   ///< a server, disk or model cannot be reached now; worth another try
    RateLimited,   ///< asked to slow down; worth another try after `retry_after`
    TimedOut,      ///< a time limit passed; worth another try
    Cancelled,     ///< a person cancelled it
    Corrupted,     ///< stored data is not what was stored
    Configuration, ///< a configuration key is unknown, of the wrong type or has an impossible value
    Internal,      ///< a bug of ours
};

/// The stable name of a code, for JSON and logs: "bad_input", "too_large", …
std::string_view to_string(ErrorCode code) noexcept;

/// The one exception type of Vitrine. `what()` is one plain sentence for a person: what failed, which file, row or
/// key, what to do. It never holds a secret or a stack trace.
class Error : public std::runtime_error {
public:
    Error(ErrorCode code, const std::string& sentence);

    /// An error that a server asked to be retried no sooner than after `retry_after` (RFC 9110 section 10.2.3).
    Error(ErrorCode code, const std::string& sentence, std::chrono::milliseconds retry_after);

    [[nodiscard]] ErrorCode code() const noexcept { return code_; }

    /// Whether the same call may succeed later: Unavailable, RateLimited and TimedOut.
    [[nodiscard]] bool retryable() const noexcept;

    /// How long the other side asked us to wait, if it did.
    [[nodiscard]] std::optional<std::chrono::milliseconds> retry_after() const noexcept { return retry_after_; }

private:
    ErrorCode code_;
    std::optional<std::chrono::milliseconds> retry_after_;
};

} // namespace vitrine
