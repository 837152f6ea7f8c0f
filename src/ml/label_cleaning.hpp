#pragma once

#include <string>
#include <string_view>

#include <vitrine/structured_label.hpp>

namespace vitrine {

/// `text` as it may be stored and shown: without control characters and those that reorder or hide text, each run of
/// white space as one space, none at the ends. What is not UTF-8 goes. Emoji and every script stay.
std::string cleaned(std::string_view text);

/// Every text of the label cleaned; colours that are empty then or come twice, and barcodes without a text, go.
StructuredLabel cleaned(StructuredLabel label);

} // namespace vitrine
