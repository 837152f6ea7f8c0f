#include "core/folded_words.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

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
        if (now == Kind::None || ++letters > folded_letters_max) continue;
        if (const auto plain = plain_letters(c); !plain.empty())
            words.back().append(plain);
        else
            icu::UnicodeString(c).toUTF8String(words.back());
    }
    return words;
}

} // namespace

std::vector<std::string> folded_words(std::string_view utf8) {
    return split(fold(utf8));
}

} // namespace vitrine
