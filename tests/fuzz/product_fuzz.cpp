// A product's texts from anywhere: refused by the field, or fit to be compared. The input's first line is the name, the
// second the category, the rest the attributes.

#include <algorithm>

#include <vitrine/error.hpp>
#include <vitrine/product.hpp>

#include "core/lexical_match.hpp"
#include "core/product_rules.hpp"
#include "core/search_terms.hpp"
#include "fuzz_target.hpp"

std::vector<std::string> fuzz_seeds() {
    return {"Red running shoes, size 42\nshoes\n{\"ean\":\"4006381333931|012345678905\",\"Barcode\":[12345678905]}",
            "Café ñandú 日本 Straße\n\n{\"gtin\":4.006381333931e12}", "x\ny\n{}"};
}

void fuzz_one(std::string_view bytes) {
    const auto take_line = [&bytes] {
        const auto line = bytes.substr(0, bytes.find('\n'));
        bytes.remove_prefix(std::min(bytes.size(), line.size() + 1));
        return std::string(line);
    };
    vitrine::ProductDescription product{.external_id = "1", .name = take_line(), .category = take_line()};
    product.attributes = std::string(bytes);
    static_cast<void>(vitrine::barcodes_of(product));
    const auto fit = vitrine::lexical_match(product.name, product.category);
    promise(fit >= 0.0 && fit <= 1.0, "a fit lies in [0, 1]");
    try {
        vitrine::check(product);
        promise(vitrine::same_description(product, product), "a product describes itself");
        const auto terms = vitrine::search_terms(product, std::nullopt);
        const auto wrong = std::ranges::adjacent_find(terms, std::ranges::greater_equal(), &vitrine::SearchTerm::term);
        promise(wrong == terms.end(), "each term is there once, in order");
        for (const auto& [name, value] : vitrine::attribute_values(product)) {
            const auto term = vitrine::attribute_term(name, value);
            if (!term) continue;
            promise(vitrine::attribute_of(*term) == std::pair(name, value), "an attribute's term tells it");
            promise(std::ranges::find(terms, *term, &vitrine::SearchTerm::term) != terms.end(), "it is found by it");
        }
        promise(vitrine::asked_words(product.name).size() <= 8, "a question has few words");
    } catch (const vitrine::Error& error) {
        promise(error.code() == vitrine::ErrorCode::BadInput, "a product is refused as bad input");
    }
}
