#include "core/vocabulary.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/folded_words.hpp"

namespace vitrine {

/// Reads a file's lines into a vocabulary.
class Vocabulary::Reader {
public:
    Reader(Vocabulary& into, std::string_view file) : into_(into), file_(file) {}

    void read(std::string_view text) {
        if (text.size() > bytes_max) refuse_file("must not be over 1 MiB");
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
        while (!text.empty()) {
            ++line_;
            const auto end = std::min(text.find('\n'), text.size());
            read_line(text.substr(0, std::min(text.find('#'), end)));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        for (const auto& [word, line] : spellings_) {
            const auto other = into_.synonyms_.find(word);
            if (other == into_.synonyms_.end()) continue;
            line_ = line;
            refuse(fmt::format("'{}' is itself compared as '{}'; name that one first", word, other->second));
        }
    }

private:
    void read_line(std::string_view line) {
        auto tokens = split(line);
        if (tokens.empty()) return;
        const std::string_view kind = tokens.front();
        tokens.erase(tokens.begin());
        std::vector<std::string> words;
        for (const auto token : tokens) words.push_back(folded(token));
        if (kind == "same")
            add_same(words);
        else if (kind == "join")
            add_join(words);
        else if (kind == "common")
            into_.common_.insert(words.begin(), words.end());
        else if (kind == "stop")
            into_.stop_.insert(words.begin(), words.end());
        else
            refuse("a line must begin with same, join, common or stop");
    }

    void add_same(const std::vector<std::string>& words) {
        if (words.size() < 2) refuse("'same' must be followed by two words or more");
        spellings_.emplace(words.front(), line_);
        for (std::size_t i = 1; i < words.size(); ++i) {
            if (words[i] == words.front()) continue; // "Grå gra"
            const auto [place, added] = into_.synonyms_.emplace(words[i], words.front());
            if (added || place->second == words.front()) continue;
            refuse(fmt::format("'{}' is compared as '{}' already", words[i], place->second));
        }
    }

    void add_join(const std::vector<std::string>& words) {
        if (words.size() != 3) refuse("'join' must be followed by three words: two, and the one that they are");
        const auto [place, added] = into_.joins_[words[0]].emplace(words[1], words[2]);
        if (!added && place->second != words[2])
            refuse(fmt::format("'{} {}' is '{}' already", words[0], words[1], place->second));
    }

    [[nodiscard]] static std::vector<std::string_view> split(std::string_view line) {
        constexpr auto blank = " \t\r";
        std::vector<std::string_view> tokens;
        while (true) {
            const auto first = line.find_first_not_of(blank);
            if (first == std::string_view::npos) return tokens;
            const auto end = std::min(line.find_first_of(blank, first), line.size());
            tokens.push_back(line.substr(first, end - first));
            line.remove_prefix(end);
        }
    }

    std::string folded(std::string_view token) {
        if (++words_ > words_max) refuse("there must be at most 20,000 words");
        if (token.size() > word_bytes_max) refuse("a word must have at most 100 bytes");
        auto words = folded_words(token);
        if (words.size() != 1) {
            const auto shown = is_printable(token) ? fmt::format("'{}'", token) : std::string("what stands there");
            refuse(fmt::format("{} is not one word of letters or of digits", shown));
        }
        return std::move(words.front());
    }

    [[nodiscard]] static bool is_printable(std::string_view text) {
        return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
    }

    [[noreturn]] void refuse(std::string_view what) const {
        throw Error(ErrorCode::Configuration, fmt::format("{}, line {}: {}.", file_, line_, what));
    }
    [[noreturn]] void refuse_file(std::string_view what) const {
        throw Error(ErrorCode::Configuration, fmt::format("{} {}.", file_, what));
    }

    Vocabulary& into_;
    const std::string_view file_;
    std::size_t line_ = 0;
    std::size_t words_ = 0;
    std::map<std::string, std::size_t> spellings_; ///< that others are compared under: the line that said so first
};

const Vocabulary& Vocabulary::builtin() {
    static const Vocabulary vocabulary(builtin_text(), "The vocabulary that is compiled in");
    return vocabulary;
}

Vocabulary::Vocabulary(std::string_view text, std::string_view file) {
    Reader(*this, file).read(text);
}

std::string_view Vocabulary::canonical(std::string_view folded) const noexcept {
    const auto found = synonyms_.find(folded);
    return found != synonyms_.end() ? std::string_view(found->second) : folded;
}

std::string_view Vocabulary::joined(std::string_view first, std::string_view second) const noexcept {
    const auto seconds = joins_.find(first);
    if (seconds == joins_.end()) return {};
    const auto found = seconds->second.find(second);
    return found != seconds->second.end() ? std::string_view(found->second) : std::string_view{};
}

bool Vocabulary::is_stop(std::string_view folded) const noexcept {
    return stop_.contains(folded);
}

double Vocabulary::weight(std::string_view folded) const noexcept {
    if (is_stop(folded)) return 0.1;
    const bool has_letter = std::ranges::any_of(folded, [](char c) { return c < '0' || c > '9'; });
    if (!has_letter || common_.contains(folded)) return 0.5;
    // Long words are rare words (Zipf, 1935): three letters weigh 0.8, ten or more 1.5.
    return 0.5 + 0.1 * static_cast<double>(std::min<std::size_t>(folded.size(), 10));
}

Vocabulary::Counts Vocabulary::counts() const noexcept {
    std::size_t joins = 0;
    for (const auto& [first, seconds] : joins_) joins += seconds.size();
    return {.synonyms = synonyms_.size(), .joins = joins, .common = common_.size(), .stop = stop_.size()};
}

} // namespace vitrine
