#pragma once

#include <vitrine/engine.hpp>

#include "core/product_rules.hpp"

// What a query may ask for.

namespace vitrine {

/// Throws Error(BadInput), naming what is wrong, for options that nobody can mean.
void check(const QueryOptions& options);

/// Throws Error(BadInput) where the box does not lie in a photo of this size.
void check_box(const Box& box, int width, int height);

/// Which products the options leave.
ProductScope scope_of(const QueryOptions& options);

} // namespace vitrine
