#include "cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <unicode/uchar.h>
#include <unicode/utf8.h>

namespace vitrine::cli {
namespace {

/// Calls `visit(character, bytes)` for each character; `character` is negative for bytes that are not UTF-8.
template <class Visit>
void for_each_character(std::string_view text, Visit visit) {
    const auto length = static_cast<std::int32_t>(text.size());
    for (std::int32_t at = 0; at < length;) {
        const auto start = at;
        UChar32 character = 0;
        U8_NEXT(text.data(), at, length, character);
        visit(character, text.substr(std::size_t(start), std::size_t(at - start)));
    }
}

std::size_t columns_of_character(UChar32 character) {
    if (character < 0) return 1;
    switch (u_charType(character)) {
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_FORMAT_CHAR: return 0;
    default: break;
    }
    const auto width = u_getIntPropertyValue(character, UCHAR_EAST_ASIAN_WIDTH);
    return width == U_EA_FULLWIDTH || width == U_EA_WIDE ? 2 : 1;
}

} // namespace

std::optional<std::size_t> output_columns() {
    constexpr std::size_t columns_unless_known = 80;
    if (::isatty(STDOUT_FILENO) == 0) return std::nullopt;
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return columns_unless_known;
    return size.ws_col;
}

bool errors_go_to_a_terminal() {
    return ::isatty(STDERR_FILENO) != 0;
}

std::string one_line(std::string_view text) {
    std::string line;
    line.reserve(text.size());
    for_each_character(text, [&line](UChar32 character, std::string_view bytes) {
        // Bidirectional controls are format characters: they could make a line read as another.
        const bool shows = character >= 0 && !u_iscntrl(character) && u_charType(character) != U_FORMAT_CHAR &&
                           u_charType(character) != U_LINE_SEPARATOR && u_charType(character) != U_PARAGRAPH_SEPARATOR;
        if (shows) {
            line += bytes;
        } else {
            line += ' ';
        }
    });
    return line;
}

std::size_t columns_of(std::string_view text) {
    std::size_t columns = 0;
    for_each_character(text, [&](UChar32 character, std::string_view) { columns += columns_of_character(character); });
    return columns;
}

std::string clipped(std::string_view text, std::size_t columns) {
    if (columns_of(text) <= columns) return std::string(text);
    if (columns == 0) return {};
    std::string cut;
    std::size_t used = 1; // the ellipsis
    bool full = false;
    for_each_character(text, [&](UChar32 character, std::string_view bytes) {
        full = full || used + columns_of_character(character) > columns;
        if (full) return;
        used += columns_of_character(character);
        cut += bytes;
    });
    return cut + "…";
}

} // namespace vitrine::cli
