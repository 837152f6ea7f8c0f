#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace vitrine {

/// The shop words behind the comparison of phrases: which words mean the same, which two are one, which say little. The
/// one that is compiled in can be replaced by a file of the shop's (ml.vocabulary). An immutable value: any thread may
/// read it.
///
/// The file is UTF-8 text; `#` begins a comment, and a line is one of
///
///     same gray grey charcoal    the others are compared as the first
///     join t shirt tshirt        the first two, one after the other, are the third
///     common small large blue    say less about which product is meant
///     stop the with of           say nothing
///
/// Words are folded as phrases are (case, diacritics). Lines of one kind add up.
class Vocabulary {
public:
    static constexpr std::size_t bytes_max = std::size_t{1} << 20;
    static constexpr std::size_t words_max = 20'000;
    static constexpr std::size_t word_bytes_max = 100;

    /// The one that is compiled in, and its text.
    static const Vocabulary& builtin();
    static std::string_view builtin_text() noexcept;

    /// Reads `text`; messages call it `file`. Throws Error(Configuration), naming file and line, for a line of no kind
    /// or with too few words, what is not one word when folded, a word that is to be compared as two others, or as one
    /// that is itself compared as another, and text beyond the limits above.
    Vocabulary(std::string_view text, std::string_view file);

    /// The one spelling under which a folded word is compared: "grey" → "gray", "sneakers" → "trainer". Itself when no
    /// line names it. Lives as long as this and `folded` do.
    [[nodiscard]] std::string_view canonical(std::string_view folded) const noexcept;

    /// The single word for two words that are one: ("t", "shirt") → "tshirt". Empty when they are two words.
    [[nodiscard]] std::string_view joined(std::string_view first, std::string_view second) const noexcept;

    /// How much a word says about which product is meant, in (0, 2): least for "the" and "with", little for units,
    /// colours and numbers, most for long names.
    [[nodiscard]] double weight(std::string_view folded) const noexcept;

    /// Whether the word is so common that meeting it says nothing: "the", "with", "of".
    [[nodiscard]] bool is_stop(std::string_view folded) const noexcept;

    struct Counts {
        std::size_t synonyms = 0; ///< words that are compared as another
        std::size_t joins = 0;
        std::size_t common = 0;
        std::size_t stop = 0;
    };
    [[nodiscard]] Counts counts() const noexcept;

private:
    class Reader;

    std::map<std::string, std::string, std::less<>> synonyms_; ///< to the spelling they are compared under
    std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>> joins_; ///< by first, second
    std::set<std::string, std::less<>> common_;
    std::set<std::string, std::less<>> stop_;
};

} // namespace vitrine
