#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include <vitrine/product.hpp>

#include "storage/database.hpp"

namespace vitrine::product_image_repository {

struct NewPrimary {
    ProductId product_id;
    ImageId image_id;
    JobId job_id;
    ChosenBy chosen_by = ChosenBy::Machine;
    bool is_first = false;       ///< the product is known to have no link yet
    bool product_is_new = false; ///< it was added in this very transaction
};

/// Makes the image the product's primary crop: removes any other link of the product and returns the new link's id. The
/// caller removes the old links' vectors first (`links_of`), in the same transaction.
ProductImageId replace_primary(Transaction& tx, const NewPrimary& primary, Timestamp now);

/// A product's primary crop, as a search sees it.
struct PrimaryLink {
    ProductImageId id;
    ProductId product_id;
    ImageId image_id;
    Timestamp product_updated_at;
};

/// Those of these links that are primary, each once and in any order; what is gone is left out.
[[nodiscard]] std::vector<PrimaryLink> find_primaries(Transaction& tx, std::span<const ProductImageId> ids);

/// From now on the product's primary crop is the machine's choice, whoever made it, so that the next indexing may
/// choose another.
void give_back_choice(Transaction& tx, ProductId product);

/// The primary links to this image: of every product whose primary crop it is.
[[nodiscard]] std::vector<ProductImage> primaries_with(Transaction& tx, ImageId image);

/// The links to `image`, primary or not, by id.
[[nodiscard]] std::vector<ProductImage> links_with(Transaction& tx, ImageId image);

/// Products of a category, with a value of an attribute, or both; what is empty is not asked for.
struct ProductsWith {
    std::string category;
    std::string attribute; ///< its value, or an element of its list, is `value` as text
    std::string value;
};

/// The primary links of these products, by id, at most `limit`. With an attribute alone every product is looked at.
[[nodiscard]] std::vector<ProductImageId> primaries_of(Transaction& tx, const ProductsWith& products, int limit);

[[nodiscard]] std::optional<ProductImage> find(Transaction& tx, ProductImageId id);
[[nodiscard]] std::optional<ProductImage> primary_of(Transaction& tx, ProductId product);

/// The primary crops of these products; those without one are left out.
[[nodiscard]] std::map<ProductId, ImageId> primary_images_of(Transaction& tx, std::span<const ProductId> products);

/// All links of the product, by id.
[[nodiscard]] std::vector<ProductImage> links_of(Transaction& tx, ProductId product);

[[nodiscard]] std::int64_t count(Transaction& tx);

} // namespace vitrine::product_image_repository
