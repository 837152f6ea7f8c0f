#include "core/lexical_match.hpp"

#include <algorithm>

namespace vitrine {
namespace {

/// Below this, two words share trigrams by accident.
constexpr double similarity_min = 0.5;

/// The share of `phrase`'s weight that has a partner in `other`.
double covered_share(const PreparedPhrase& phrase, const PreparedPhrase& other) {
    double covered = 0.0;
    auto same = other.words().begin(); // both are sorted by stem, so equal words are found by one walk
    for (const auto& word : phrase.words()) {
        while (same != other.words().end() && same->stem < word.stem) ++same;
        double best = 0.0;
        if (same != other.words().end() && same->stem == word.stem)
            best = 1.0;
        else if (!word.stop) {
            for (const auto& candidate : other.words()) {
                if (!candidate.stop) best = std::max(best, word_similarity(word, candidate));
            }
        }
        covered += word.weight * best;
    }
    return covered / phrase.weight();
}

} // namespace

double word_similarity(const PhraseWord& a, const PhraseWord& b) noexcept {
    if (a.stem == b.stem) return 1.0;
    if ((a.trigram_mask & b.trigram_mask) == 0) return 0.0;
    const auto shorter = std::min(a.trigrams.size(), b.trigrams.size());
    const auto both = a.trigrams.size() + b.trigrams.size();
    if (2.0 * static_cast<double>(shorter) < similarity_min * static_cast<double>(both)) return 0.0;
    std::size_t common = 0;
    for (auto i = a.trigrams.begin(), j = b.trigrams.begin(); i != a.trigrams.end() && j != b.trigrams.end();) {
        if (*i == *j) ++common;
        const bool step_i = *i <= *j;
        const bool step_j = *j <= *i;
        i += step_i ? 1 : 0;
        j += step_j ? 1 : 0;
    }
    const double dice = 2.0 * static_cast<double>(common) / static_cast<double>(both);
    return dice < similarity_min ? 0.0 : dice;
}

double lexical_match(const PreparedPhrase& target, const PreparedPhrase& candidate) {
    if (target.empty() || candidate.empty()) return 0.0;
    const double recall = covered_share(target, candidate);
    const double precision = covered_share(candidate, target);
    if (recall <= 0.0 || precision <= 0.0) return 0.0;
    constexpr double beta_squared = 2.0; // the target's share counts double
    const double f = (1.0 + beta_squared) * precision * recall / (beta_squared * precision + recall);
    return std::clamp(f, 0.0, 1.0);
}

double lexical_match(std::string_view target, std::string_view candidate) {
    return lexical_match(PreparedPhrase(target), PreparedPhrase(candidate));
}

std::vector<double> lexical_match(std::string_view target, std::span<const std::string> candidates,
                                  const Vocabulary& vocabulary) {
    const PreparedPhrase prepared(target, vocabulary);
    std::vector<double> scores;
    scores.reserve(candidates.size());
    for (const auto& candidate : candidates)
        scores.push_back(lexical_match(prepared, PreparedPhrase(candidate, vocabulary)));
    return scores;
}

} // namespace vitrine
