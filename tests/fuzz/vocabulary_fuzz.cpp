// A vocabulary file from anybody: refused by its line, or words whose spelling is settled in one step.

#include <vitrine/error.hpp>

#include "core/folded_words.hpp"
#include "core/vocabulary.hpp"
#include "fuzz_target.hpp"

std::vector<std::string> fuzz_seeds() {
    return {
        "same gray grey charcoal silver\nsame beige khaki # colours\njoin t shirt tshirt\ncommon small large\nstop the",
        "\xEF\xBB\xBFsame gr\xC3\xA5 gr\xC3\xA5tt koks\r\njoin l\xC3\xA5ng tr\xC3\xB6ja l\xC3\xA5ngtr\xC3\xB6ja\r\n",
        "same a b\nsame b c\nsame c a\njoin a b c\njoin b c a"};
}

void fuzz_one(std::string_view bytes) {
    try {
        const vitrine::Vocabulary words(bytes, "words.txt");
        for (const auto& word : vitrine::folded_words(bytes.substr(0, 4000))) {
            const auto spelling = words.canonical(word);
            promise(!spelling.empty(), "a word has a spelling");
            promise(words.canonical(spelling) == spelling, "a spelling is its own");
            const double weight = words.weight(spelling);
            promise(weight > 0.0 && weight < 2.0, "a weight is within its limits");
        }
    } catch (const vitrine::Error& error) {
        promise(error.code() == vitrine::ErrorCode::Configuration, "a file is refused as wrong configuration");
        promise(std::string_view(error.what()).starts_with("words.txt"), "by its name");
    }
}
