#pragma once

#include <vitrine/product.hpp>

#include "storage/database.hpp"

/// The words by which products are found (core/search_terms.hpp), made from a product's row and its primary crop's
/// label. Whoever changes either calls `refresh` in the same transaction; the repositories of products and of their
/// links do.
namespace vitrine::product_term_repository {

/// Adds the terms of a product that was just made of `description`: it has no terms and no link yet, and its row says
/// that its terms are of this version of the program.
void add(Transaction& tx, ProductId id, const ProductDescription& description);

/// Makes the product's terms anew from what is stored; only what differs is written. Nothing happens when it is gone.
void refresh(Transaction& tx, ProductId id);

/// The same for a product that was added in this transaction: the terms that it has are those of `add`.
void refresh_added(Transaction& tx, ProductId id);

/// As `refresh` for up to `limit` products whose terms are of another version of this program; how many it were.
int refresh_outdated(Transaction& tx, int limit);

} // namespace vitrine::product_term_repository
