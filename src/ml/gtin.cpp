#include "ml/gtin.hpp"

#include <algorithm>

namespace vitrine {
namespace {

bool all_digits(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

bool has_valid_check_digit(std::string_view digits) noexcept {
    if (digits.size() < 2 || digits.size() > 18 || !all_digits(digits)) return false;
    int sum = 0;
    int factor = 1; // the check digit itself counts once, its neighbour three times, and so on
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, factor = 4 - factor) {
        sum += (*digit - '0') * factor;
    }
    return sum % 10 == 0;
}

std::string expanded_upce(std::string_view digits) {
    if (digits.size() != 8 || !all_digits(digits)) return {};
    const std::string system(digits.substr(0, 1));
    const std::string body(digits.substr(1, 6));
    const std::string check(digits.substr(7));
    switch (body[5]) {
    case '0':
    case '1':
    case '2': return system + body.substr(0, 2) + body[5] + "0000" + body.substr(2, 3) + check;
    case '3': return system + body.substr(0, 3) + "00000" + body.substr(3, 2) + check;
    case '4': return system + body.substr(0, 4) + "00000" + body.substr(4, 1) + check;
    default: return system + body.substr(0, 5) + "0000" + body.substr(5, 1) + check;
    }
}

} // namespace vitrine
