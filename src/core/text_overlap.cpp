#include "core/text_overlap.hpp"

#include <algorithm>
#include <cmath>

namespace vitrine {
namespace {

constexpr std::size_t letters_min = 3;
constexpr std::size_t typo_letters_min = 5;
constexpr std::size_t contained_letters_min = 4;

bool tells_something(const PhraseWord& word) {
    return !word.stop && word.weight > 0.5 && word.folded.size() >= letters_min;
}

/// Whether one wrong, missing or added byte makes `a` into `b`; both folded, so a letter is nearly always one byte.
bool within_one_edit(std::string_view a, std::string_view b) {
    if (a.size() > b.size()) std::swap(a, b);
    if (b.size() - a.size() > 1) return false;
    const auto [from_a, from_b] = std::ranges::mismatch(a, b);
    if (from_a == a.end()) return true;
    const std::string_view rest_a(from_a, a.end());
    const std::string_view rest_b(from_b, b.end());
    return a.size() == b.size() ? rest_a.substr(1) == rest_b.substr(1) : rest_a == rest_b.substr(1);
}

/// How sure it is that `printed` is the product's `word`, in [0, 1].
double agreement(const PhraseWord& printed, const PhraseWord& word) {
    if (printed.stem == word.stem) return 1.0;
    const std::string_view a = printed.folded;
    const std::string_view b = word.folded;
    const auto shorter = std::min(a.size(), b.size());
    if (shorter >= typo_letters_min && within_one_edit(a, b)) return 0.8;
    if (shorter < contained_letters_min || std::max(a.size(), b.size()) < typo_letters_min) return 0.0;
    const bool contained = a.size() > b.size() ? a.find(b) != a.npos : b.find(a) != b.npos;
    return contained ? 0.6 * static_cast<double>(shorter) / static_cast<double>(std::max(a.size(), b.size())) : 0.0;
}

double best_agreement(const PhraseWord& printed, const PreparedPhrase& phrase) {
    double best = 0.0;
    for (const auto& word : phrase.words()) {
        if (tells_something(word)) best = std::max(best, agreement(printed, word));
    }
    return best;
}

} // namespace

double text_overlap(const PreparedPhrase& printed, const PreparedPhrase& name, const PreparedPhrase& description) {
    constexpr double description_share = 0.4; // a description's many words are met by accident
    double evidence = 0.0;
    for (const auto& word : printed.words()) {
        if (!tells_something(word)) continue;
        const double in_name = best_agreement(word, name);
        const double in_description = description_share * best_agreement(word, description);
        evidence += word.weight * std::max(in_name, in_description);
    }
    return 1.0 - std::exp(-evidence * 0.7);
}

std::vector<std::string> printed_words_found(const PreparedPhrase& printed, const PreparedPhrase& name,
                                             const PreparedPhrase& description) {
    std::vector<std::string> found;
    for (const auto& word : printed.words()) {
        if (!tells_something(word)) continue;
        if (best_agreement(word, name) > 0.0 || best_agreement(word, description) > 0.0) found.push_back(word.folded);
    }
    return found;
}

double text_overlap(std::string_view printed, std::string_view name_and_description) {
    return text_overlap(PreparedPhrase(printed), PreparedPhrase(name_and_description), PreparedPhrase());
}

} // namespace vitrine
