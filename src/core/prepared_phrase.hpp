#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/folded_words.hpp"
#include "core/vocabulary.hpp"

namespace vitrine {

/// One word of a phrase, ready to be compared.
struct PhraseWord {
    std::string folded;                  ///< lower case, without diacritics: "crème" → "creme"
    std::string stem;                    ///< English Snowball stem of its canonical spelling: "berries" → "berri"
    double weight = 0.0;                 ///< see Vocabulary::weight
    bool stop = false;                   ///< see Vocabulary::is_stop
    std::vector<std::uint32_t> trigrams; ///< of the stem with its ends marked; hashed, sorted, unique
    std::uint64_t trigram_mask = 0;      ///< one bit a trigram: no common bit, no common trigram
};

/// A phrase folded, split and stemmed once, so that comparing it many times costs little. An immutable value: copies
/// and any thread may read it.
///
/// Words are folded_words, joined and brought to one spelling by the vocabulary, which is not needed later; stemming is
/// Snowball's English stemmer (Porter, 2001), left out for words with other than a-z. Any bytes are accepted. Of a
/// hostile text only the first `bytes_max` bytes and `words_max` different words count, and of a word its first
/// `letters_max` letters.
class PreparedPhrase {
public:
    static constexpr std::size_t bytes_max = 8000;
    static constexpr std::size_t words_max = 400;
    static constexpr std::size_t letters_max = folded_letters_max;

    PreparedPhrase() = default;
    explicit PreparedPhrase(std::string_view utf8, const Vocabulary& vocabulary = Vocabulary::builtin());

    /// Different words by stem, sorted by stem.
    [[nodiscard]] const std::vector<PhraseWord>& words() const noexcept { return words_; }

    [[nodiscard]] bool empty() const noexcept { return words_.empty(); }

    /// The sum of the words' weights.
    [[nodiscard]] double weight() const noexcept { return weight_; }

private:
    std::vector<PhraseWord> words_;
    double weight_ = 0.0;
};

} // namespace vitrine
