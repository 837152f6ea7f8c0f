#pragma once

#include <string>
#include <string_view>

namespace vitrine {

inline constexpr std::size_t stored_sentence_max = 1'000; ///< code points

/// `text` as both databases can store it and a person can read it: valid UTF-8 (what is not becomes U+FFFD), no NUL, at
/// most `stored_sentence_max` code points, the last of which is "…" where something was cut off.
std::string stored_sentence(std::string_view text);

} // namespace vitrine
