#pragma once

#include <optional>
#include <string>
#include <vector>

#include <vitrine/ids.hpp>
#include <vitrine/time.hpp>

namespace vitrine {

/// A catalogue item as the shop describes it.
struct ProductDescription {
    std::string external_id; ///< the shop's own id, unique, 1 to 200 characters
    std::string name;        ///< 1 to 500 characters
    std::string description;
    std::string category;
    std::string attributes = "{}"; ///< one JSON object: any further columns of the catalogue
};

/// A catalogue item as it is stored.
struct Product : ProductDescription {
    ProductId id;
    Timestamp created_at{};
    Timestamp updated_at{};
};

/// Who chose a primary crop: the finisher, or a person whose choice later indexing keeps.
enum class ChosenBy { Machine, Person };

/// Links a product to an image. Its id is the document id in the vector store.
struct ProductImage {
    ProductImageId id;
    ProductId product_id;
    ImageId image_id;
    bool is_primary_crop = false;
    ChosenBy chosen_by = ChosenBy::Machine;
    JobId job_id; ///< the indexing job that made the link
    Timestamp created_at{};
};

/// The trade item numbers (GTIN, GS1) among a product's attributes `gtin`, `ean` and `barcode`, each as its digits
/// padded to 13, so that UPC-A and EAN-13 compare equal; other texts as they stand. Empty when there are none.
std::vector<std::string> barcodes_of(const ProductDescription& product);

} // namespace vitrine
