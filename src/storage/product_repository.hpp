#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <vitrine/product.hpp>

#include "storage/database.hpp"

namespace vitrine::product_repository {

/// A product with what was accepted for it last.
struct StoredProduct {
    Product product;
    std::optional<ImageId> image_id; ///< the original accepted last
    std::optional<JobId> job_id;     ///< the indexing job accepted last
};

struct Filter {
    std::string category; ///< exact; empty: any
    ProductId after;
    int limit = 100; ///< in [1, 1000]
};

/// Creates the product; nothing where another has its external id. Waits for whoever is just adding that one.
std::optional<Product> add(Transaction& tx, const ProductDescription& description, Timestamp now);

/// Creates the product or replaces its description and barcodes; its row id.
ProductId save(Transaction& tx, const ProductDescription& description, Timestamp now);

/// Records the picture and the job accepted last for the product.
void set_accepted(Transaction& tx, ProductId id, ImageId original, JobId job);

[[nodiscard]] std::optional<StoredProduct> find(Transaction& tx, ProductId id);

/// These products by row id; what is gone is left out.
[[nodiscard]] std::vector<Product> find_all(Transaction& tx, std::span<const ProductId> ids);

/// As `find`, and until the end of the transaction no other process changes or removes the product or its links.
[[nodiscard]] std::optional<StoredProduct> find_and_hold(Transaction& tx, ProductId id);

/// From now until the end of the transaction no other process that calls this too changes the product of this external
/// id or makes one: call it before looking whether there is one. Does nothing where there is no other process.
void hold_external_id(Transaction& tx, const std::string& external_id);

[[nodiscard]] std::optional<StoredProduct> find_by_external_id(Transaction& tx, const std::string& external_id);

/// Products by row id, from after `filter.after`. By words and attributes: product_search_repository.
[[nodiscard]] std::vector<Product> list(Transaction& tx, const Filter& filter);

/// The products that bear `code`, by row id, at most `limit`.
[[nodiscard]] std::vector<ProductId> find_by_barcode(Transaction& tx, const std::string& code, int limit);

/// Removes the product and, by cascade, its links, vectors and results. False when there is none.
bool remove(Transaction& tx, ProductId id);

/// Every category, the empty one too, with its number of products, by name.
[[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> count_by_category(Transaction& tx);

[[nodiscard]] std::int64_t count(Transaction& tx);

} // namespace vitrine::product_repository
