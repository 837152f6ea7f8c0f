#pragma once

#include <string>

#include <vitrine/engine.hpp>

#include "storage/database.hpp"

namespace vitrine {

/// As Engine::products: by the rows' ids, or with words or attributes by the products' terms.
ProductPage product_page(Database& database, const ProductFilter& filter);

/// As Engine::attribute_names, Engine::attribute_values.
AttributeTexts attribute_names(Database& database, const std::string& beginning, int limit);
AttributeTexts attribute_values(Database& database, const std::string& name, const std::string& beginning, int limit);

} // namespace vitrine
