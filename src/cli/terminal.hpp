#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace vitrine::cli {

/// How many columns standard output has; nothing when it is not a terminal, but a pipe or a file.
std::optional<std::size_t> output_columns();

/// Whether standard error is a terminal.
bool errors_go_to_a_terminal();

/// `text` fit for one line of a terminal: whatever could move the cursor or colour the screen (control characters,
/// which a catalogue may hold) becomes a space, and so does what is not UTF-8.
std::string one_line(std::string_view text);

/// How many columns a terminal uses for `text`, one line of UTF-8: wide characters take two, marks none (Unicode
/// Standard Annex 11).
std::size_t columns_of(std::string_view text);

/// `text` cut to at most `columns`, with "…" where something is missing.
std::string clipped(std::string_view text, std::size_t columns);

} // namespace vitrine::cli
