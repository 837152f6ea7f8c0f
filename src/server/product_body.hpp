#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <vitrine/product.hpp>

namespace vitrine::server {

/// The product that a JSON object describes. `id` is what the address says, where it does: then the object need not
/// repeat it. Throws Error(BadInput) for what is no such object, as JsonObject does, for one without name or id, or
/// with an id other than the address's.
ProductDescription product_from(std::string_view json, const std::optional<std::string>& id);

} // namespace vitrine::server
