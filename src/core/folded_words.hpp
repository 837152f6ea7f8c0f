#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine {

/// Of a word no more letters are kept.
inline constexpr std::size_t folded_letters_max = 40;

/// The runs of letters and the runs of digits of a text, in order, each as UTF-8: lower case, without diacritics
/// ("Crème 500ml" → "creme", "500", "ml"). Folding is Unicode's (NFKC_Casefold, UAX #31, then marks removed). Any bytes
/// are accepted: broken UTF-8 becomes U+FFFD, which separates words. Pure.
std::vector<std::string> folded_words(std::string_view utf8);

} // namespace vitrine
