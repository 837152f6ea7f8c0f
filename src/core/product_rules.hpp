#pragma once

#include <vitrine/product.hpp>

namespace vitrine {

/// Refuses what a catalogue must not hold, before anything is stored: throws Error(BadInput) naming the field when
/// external_id has not 1 to 200 characters or name not 1 to 500, category is over 200 or description over 20,000
/// characters, attributes is not a JSON object of at most 64 KiB, or a text is not UTF-8 or holds a NUL.
void check(const ProductDescription& product);

/// Whether both describe the product alike: every field but for the spelling of the attributes' JSON.
bool same_description(const ProductDescription& a, const ProductDescription& b);

} // namespace vitrine
