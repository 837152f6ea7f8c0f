#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/prepared_phrase.hpp"

namespace vitrine {

/// How well the phrase `candidate` fits the phrase `target` by its words alone, in [0, 1].
///
/// Each word finds its best partner in the other phrase: 1 for the same stem or a synonym, the trigrams' Dice
/// coefficient for a similar word, 0 below a half. The weighted shares of both phrases so found are joined by an
/// F-measure that counts the target's share double (van Rijsbergen, "Information Retrieval", 1979, chapter 7).
///
/// 1 for phrases of the same words in any order; 0 when no word resembles another and for an empty phrase; never less
/// when a word of the target is added to the candidate. Same arguments, same answer. Safe from any thread.
double lexical_match(const PreparedPhrase& target, const PreparedPhrase& candidate);
double lexical_match(std::string_view target, std::string_view candidate);

/// lexical_match of every candidate, in their order; the target is prepared once.
std::vector<double> lexical_match(std::string_view target, std::span<const std::string> candidates,
                                  const Vocabulary& vocabulary = Vocabulary::builtin());

/// Trigram similarity of two words in [0, 1]; 1 for the same stem.
double word_similarity(const PhraseWord& a, const PhraseWord& b) noexcept;

} // namespace vitrine
