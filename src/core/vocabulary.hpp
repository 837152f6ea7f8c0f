#pragma once

#include <string>
#include <string_view>

namespace vitrine {

/// The small table of shop words behind phrase comparison; to teach a word, add a line to the table in vocabulary.cpp.

/// The one spelling under which a folded word is compared: "grey" → "gray", "trainers" → "sneaker". Itself when the
/// table does not know it.
std::string_view canonical_word(std::string_view folded) noexcept;

/// The single word for two words that are one: ("t", "shirt") → "tshirt". Empty when they are two words.
std::string_view joined_word(std::string_view first, std::string_view second) noexcept;

/// How much a word says about which product is meant, in (0, 2): least for "the" and "with", little for units,
/// colours and numbers, most for long names.
double word_weight(std::string_view folded) noexcept;

/// Whether the word is so common that meeting it says nothing: "the", "with", "of".
bool is_stop_word(std::string_view folded) noexcept;

} // namespace vitrine
