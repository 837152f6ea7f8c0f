#pragma once

#include <string>
#include <string_view>

namespace vitrine {

/// Whether the last digit is the GS1 check digit of those before it (GS1 General Specifications, section 7.9). False
/// for anything but 2 to 18 digits.
bool has_valid_check_digit(std::string_view digits) noexcept;

/// The 12 digits of the UPC-A that an UPC-E of 8 digits stands for (GS1 General Specifications, section 5.2.2.4.2);
/// empty for any other text.
std::string expanded_upce(std::string_view digits);

} // namespace vitrine
