#pragma once

#include <string>

#include <vitrine/product.hpp>

namespace vitrine {

/// A product's description as the JSON text that an import keeps with its row.
std::string to_json(const ProductDescription& product);

/// Throws Error(Corrupted) when it is not what was written.
ProductDescription product_description_from(const std::string& json);

} // namespace vitrine
