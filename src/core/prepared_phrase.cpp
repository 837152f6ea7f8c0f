#include "core/prepared_phrase.hpp"

#include <algorithm>
#include <memory>

#include <libstemmer.h>
#include <unicode/unistr.h>

#include <vitrine/error.hpp>

#include "core/folded_words.hpp"
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

std::vector<std::string> join(std::vector<std::string> words, const Vocabulary& vocabulary) {
    std::vector<std::string> joined;
    joined.reserve(words.size());
    for (auto& word : words) {
        const auto both = joined.empty() ? std::string_view{} : vocabulary.joined(joined.back(), word);
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

std::string stem_of(std::string_view canonical, sb_stemmer* stemmer) {
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

PreparedPhrase::PreparedPhrase(std::string_view utf8, const Vocabulary& vocabulary) {
    const auto stemmer = english_stemmer();
    for (auto& folded : join(folded_words(utf8.substr(0, bytes_max)), vocabulary)) {
        if (words_.size() == words_max) break;
        PhraseWord word;
        const auto canonical = vocabulary.canonical(folded);
        word.stem = stem_of(canonical, stemmer.get());
        word.stop = vocabulary.is_stop(folded);
        word.weight = vocabulary.weight(canonical);
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
