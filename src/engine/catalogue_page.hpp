#pragma once

#include <optional>
#include <string>
#include <vector>

#include <vitrine/engine.hpp>

namespace vitrine {

/// One page of the catalogue as JSON, with the cursor of the next one or null; `primaries` are of the product at the
/// same place. Written by hand and not through a document in memory, which took eight times
/// as long: it is what is asked for most.
std::string products_page_json(const ProductPage& page, const std::vector<std::optional<ImageId>>& primaries);

} // namespace vitrine
