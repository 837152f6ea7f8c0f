#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace vitrine {

/// The three layouts of EAN and UPC bars (ISO/IEC 15420): EAN-13 holds UPC-A as well.
enum class EanLayout { Ean13, Ean8, UpcE };

/// The bars of the digits, one value a module: 1 for dark, 0 for light; from the first guard's first bar to the last
/// guard's last. `digits` are 13, 8 and 8 with their check digit. Nothing for any other text.
std::optional<std::vector<int>> ean_modules(EanLayout layout, std::string_view digits);

/// How an EAN's brightness is sampled across its bars: from `margin_modules` before the first bar to as much after the
/// last, `samples_per_module` values a module.
struct EanSampling {
    static constexpr int samples_per_module = 4;
    static constexpr int margin_modules = 3;
};

/// How many samples a layout's profile has.
std::size_t ean_profile_size(EanLayout layout);

/// How clearly the brightness `profile` (of `ean_profile_size` values) shows exactly these digits: for the least clear
/// digit, its bars' correlation with the profile less that of the best other digit in its place. Above 0 every digit is
/// the best explanation of what is seen. A misread digit, whose check digit fits one time in ten, falls below 0.
///
/// Each digit is compared within its neighbours' bars, at several blurs and small shifts, so that a picture out of
/// focus is judged as such. -1 for digits or a profile of the wrong length.
double ean_margin(EanLayout layout, std::string_view digits, std::span<const float> profile);

} // namespace vitrine
