#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <nlohmann/json.hpp>

#include <vitrine/product.hpp>

namespace vitrine {
namespace {

constexpr std::array<std::string_view, 3> barcode_keys{"gtin", "ean", "barcode"};
constexpr double largest_gtin = 99'999'999'999'999.0; // 14 digits

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool names_barcodes(const std::string& key) {
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; };
    return std::ranges::any_of(barcode_keys, [&](auto known) { return std::ranges::equal(key, known, same); });
}

// The digits of a code that is printed in groups ("4 006381 333931", "0-12345-67890-5"); empty for any other text.
std::string digits_of(std::string_view text) {
    std::string digits;
    for (const char c : text) {
        if (is_digit(c)) {
            digits += c;
        } else if (c != ' ' && c != '-') {
            return {};
        }
    }
    return digits;
}

// GTIN-12 is GTIN-13 with a leading zero, and GTIN-14 of a single item has one more (GS1 General Specifications).
std::string padded_to_13(std::string digits) {
    if (digits.size() == 12) return "0" + digits;
    if (digits.size() == 14 && digits.front() == '0') return digits.substr(1);
    return digits;
}

bool is_gtin_length(std::size_t length) {
    return length == 8 || (length >= 12 && length <= 14);
}

class BarcodeList {
public:
    void add_texts(std::string_view text) {
        for_each_part(text, "|,;\t\r\n", [this](std::string_view part) {
            if (auto digits = digits_of(part); is_gtin_length(digits.size())) {
                add(padded_to_13(std::move(digits)));
            } else {
                for_each_part(part, " ", [this](std::string_view word) { add_word(word); });
            }
        });
    }

    void add_value(const nlohmann::json& value) {
        if (value.is_string()) {
            add_texts(value.get_ref<const std::string&>());
        } else if (value.is_number()) {
            add_number(value.get<double>());
        } else if (value.is_array()) {
            for (const auto& element : value) {
                if (!element.is_array()) add_value(element);
            }
        }
    }

    [[nodiscard]] std::vector<std::string> take() { return std::move(codes_); }

private:
    template <class F>
    static void for_each_part(std::string_view text, std::string_view separators, const F& visit) {
        while (true) {
            const auto begin = text.find_first_not_of(separators);
            if (begin == std::string_view::npos) return;
            const auto end = std::min(text.find_first_of(separators, begin), text.size());
            visit(text.substr(begin, end - begin));
            text.remove_prefix(end);
        }
    }

    void add_word(std::string_view word) {
        auto digits = digits_of(word);
        add(is_gtin_length(digits.size()) ? padded_to_13(std::move(digits)) : std::string(word));
    }

    // JSON has no leading zeros: an UPC-A that begins with one arrives as 11 digits, an EAN-8 as 7.
    void add_number(double number) {
        if (number < 1 || number > largest_gtin || number != std::floor(number)) return;
        auto digits = std::to_string(static_cast<std::int64_t>(number));
        const std::size_t length = digits.size() <= 8 ? 8 : 13;
        if (digits.size() < length) digits.insert(0, length - digits.size(), '0');
        add(padded_to_13(std::move(digits)));
    }

    void add(std::string code) {
        if (std::ranges::find(codes_, code) == codes_.end()) codes_.push_back(std::move(code));
    }

    std::vector<std::string> codes_;
};

} // namespace

std::vector<std::string> barcodes_of(const ProductDescription& product) {
    const auto attributes = nlohmann::json::parse(product.attributes, nullptr, /*allow_exceptions=*/false);
    if (!attributes.is_object()) return {};
    BarcodeList codes;
    for (const auto& [key, value] : attributes.items()) {
        if (names_barcodes(key)) codes.add_value(value);
    }
    return codes.take();
}

} // namespace vitrine
