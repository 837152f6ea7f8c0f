#include "core/prepared_phrase.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include <libstemmer.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <vitrine/error.hpp>

#include "core/vocabulary.hpp"

namespace vitrine {
namespace {

struct StemmerDeleter {
    void operator()(sb_stemmer* stemmer) const noexcept { sb_stemmer_delete(stemmer); }
};
using Stemmer = std::unique_ptr<sb_stemmer, StemmerDeleter>;

Stemmer english_stemmer() {
    Stemmer stemmer(sb_stemmer_new("english", "UTF_8"));
    if (!stemmer) throw Error(ErrorCode::Internal, "The English stemmer of libstemmer could not be made.");
    return stemmer;
}

void expect_success(UErrorCode status) {
    if (U_FAILURE(status) == 0) return;
    throw Error(ErrorCode::Internal, std::string("ICU could not fold a text: ") + u_errorName(status) + ".");
}

/// Letters that NFKC keeps although a person without the key types them otherwise.
std::string_view plain_letters(UChar32 letter) noexcept {
    switch (letter) {
    case 0x00E6: return "ae";
    case 0x00F0: return "d";
    case 0x00F8: return "o";
    case 0x00FE: return "th";
    case 0x0111: return "d";
    case 0x0131: return "i";
    case 0x0142: return "l";
    case 0x0153: return "oe";
    default: return {};
    }
}

/// Case folded, compatibility forms and marks gone, still with its spaces and signs.
icu::UnicodeString fold(std::string_view utf8) {
    UErrorCode status = U_ZERO_ERROR;
    const auto* casefold = icu::Normalizer2::getNFKCCasefoldInstance(status);
    const auto* decompose = icu::Normalizer2::getNFDInstance(status);
    expect_success(status);
    const auto text = icu::UnicodeString::fromUTF8({utf8.data(), static_cast<int32_t>(utf8.size())});
    const auto folded = decompose->normalize(casefold->normalize(text, status), status);
    expect_success(status);
    return folded;
}

bool is_apostrophe(UChar32 c) noexcept {
    return c == '\'' || c == 0x2019;
}

/// The runs of letters and the runs of digits, each as UTF-8.
std::vector<std::string> split(const icu::UnicodeString& folded) {
    enum class Kind { None, Letters, Digits };
    std::vector<std::string> words;
    auto kind = Kind::None;
    std::size_t letters = 0;
    for (int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
        const UChar32 c = folded.char32At(i);
        if (u_charType(c) == U_NON_SPACING_MARK) continue;
        if (is_apostrophe(c) && kind == Kind::Letters) continue; // "l'oreal" and "loreal", "men's" and "mens"
        const auto now = u_isalpha(c) != 0 ? Kind::Letters : u_isdigit(c) != 0 ? Kind::Digits : Kind::None;
        if (now != kind && now != Kind::None) {
            words.emplace_back();
            letters = 0;
        }
        kind = now;
        if (now == Kind::None || ++letters > PreparedPhrase::letters_max) continue;
        if (const auto plain = plain_letters(c); !plain.empty())
            words.back().append(plain);
        else
            icu::UnicodeString(c).toUTF8String(words.back());
    }
    return words;
}

std::vector<std::string> join(std::vector<std::string> words) {
    std::vector<std::string> joined;
    joined.reserve(words.size());
    for (auto& word : words) {
        const auto both = joined.empty() ? std::string_view{} : joined_word(joined.back(), word);
        if (both.empty())
            joined.push_back(std::move(word));
        else
            joined.back() = both;
    }
    return joined;
}

bool is_english(std::string_view word) noexcept {
    return std::ranges::all_of(word, [](char c) { return c >= 'a' && c <= 'z'; });
}

std::string stem_of(const std::string& folded, sb_stemmer* stemmer) {
    const auto canonical = canonical_word(folded);
    if (canonical.size() < 3 || !is_english(canonical)) return std::string(canonical);
    const auto* bytes = reinterpret_cast<const sb_symbol*>(canonical.data());
    const auto* stem = sb_stemmer_stem(stemmer, bytes, static_cast<int>(canonical.size()));
    if (stem == nullptr) throw std::bad_alloc();
    return {reinterpret_cast<const char*>(stem), static_cast<std::size_t>(sb_stemmer_length(stemmer))};
}

std::uint32_t trigram(UChar32 a, UChar32 b, UChar32 c) noexcept {
    std::uint32_t hash = 2166136261U; // FNV-1a over code points
    for (const auto letter : {a, b, c}) hash = (hash ^ static_cast<std::uint32_t>(letter)) * 16777619U;
    return hash ^ (hash >> 15);
}

void add_trigrams(PhraseWord& word) {
    constexpr UChar32 end_mark = '_';
    UChar32 before = end_mark;
    const auto letters = icu::UnicodeString::fromUTF8(word.stem);
    for (int32_t i = 0; i < letters.length();) {
        const UChar32 here = letters.char32At(i);
        i = letters.moveIndex32(i, 1);
        word.trigrams.push_back(trigram(before, here, i < letters.length() ? letters.char32At(i) : end_mark));
        before = here;
    }
    std::ranges::sort(word.trigrams);
    const auto doubled = std::ranges::unique(word.trigrams);
    word.trigrams.erase(doubled.begin(), doubled.end());
    for (const auto hash : word.trigrams) word.trigram_mask |= std::uint64_t{1} << (hash % 64);
}

} // namespace

PreparedPhrase::PreparedPhrase(std::string_view utf8) {
    const auto stemmer = english_stemmer();
    for (auto& folded : join(split(fold(utf8.substr(0, bytes_max))))) {
        if (words_.size() == words_max) break;
        PhraseWord word;
        word.stem = stem_of(folded, stemmer.get());
        word.stop = is_stop_word(folded);
        word.weight = word_weight(canonical_word(folded));
        word.folded = std::move(folded);
        words_.push_back(std::move(word));
    }
    std::ranges::stable_sort(words_, {}, &PhraseWord::stem);
    const auto doubled = std::ranges::unique(words_, {}, &PhraseWord::stem);
    words_.erase(doubled.begin(), doubled.end());
    for (auto& word : words_) {
        add_trigrams(word);
        weight_ += word.weight;
    }
}

} // namespace vitrine
