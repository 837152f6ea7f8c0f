#include "ml/label_cleaning.hpp"

#include <algorithm>
#include <cstdint>

#include <unicode/uchar.h>
#include <unicode/utf8.h>

namespace vitrine {
namespace {

/// Marks that join emoji and letters into one sign are format characters too, but belong to what is written.
bool belongs_to_a_sign(UChar32 c) {
    constexpr UChar32 zero_width_non_joiner = 0x200C;
    constexpr UChar32 zero_width_joiner = 0x200D;
    return c == zero_width_non_joiner || c == zero_width_joiner || (c >= 0xE0020 && c <= 0xE007F);
}

bool is_dropped(UChar32 c) {
    if (c < 0) return true; // no UTF-8
    const auto kind = u_charType(c);
    return kind == U_CONTROL_CHAR || kind == U_SURROGATE || kind == U_UNASSIGNED || kind == U_PRIVATE_USE_CHAR ||
           (kind == U_FORMAT_CHAR && !belongs_to_a_sign(c));
}

} // namespace

std::string cleaned(std::string_view text) {
    std::string kept;
    kept.reserve(text.size());
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    const auto size = static_cast<std::int64_t>(text.size());
    for (std::int64_t at = 0; at < size;) {
        const auto from = at;
        UChar32 c = 0;
        U8_NEXT(bytes, at, size, c);
        if (c >= 0 && u_isUWhiteSpace(c) != 0) {
            if (!kept.empty() && kept.back() != ' ') kept += ' ';
        } else if (!is_dropped(c)) {
            kept += text.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(at - from));
        }
    }
    if (kept.ends_with(' ')) kept.pop_back();
    return kept;
}

StructuredLabel cleaned(StructuredLabel label) {
    for (std::string* const text :
         {&label.category, &label.style, &label.pattern, &label.material, &label.text, &label.description}) {
        *text = cleaned(*text);
    }
    std::vector<std::string> colors;
    for (const auto& color : label.colors) {
        auto name = cleaned(color);
        if (!name.empty() && std::ranges::find(colors, name) == colors.end()) colors.push_back(std::move(name));
    }
    label.colors = std::move(colors);
    for (Barcode& code : label.barcodes) code = {cleaned(code.symbology), cleaned(code.text)};
    std::erase_if(label.barcodes, [](const Barcode& code) { return code.text.empty(); });
    return label;
}

} // namespace vitrine
