#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace vitrine::server {

/// How long the client wants to wait for a result (RFC 7240: `Prefer: wait=10`, in seconds), at most 60 s; nothing when
/// it does not, or says it in no way that is understood, which RFC 7240 tells to ignore.
std::optional<std::chrono::seconds> preferred_wait(std::string_view prefer);

} // namespace vitrine::server
