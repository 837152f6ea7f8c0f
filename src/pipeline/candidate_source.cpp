#include "pipeline/candidate_source.hpp"

#include <fmt/format.h>

#include "storage/image_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"

namespace vitrine {

std::vector<Candidate> CandidateSource::find(std::span<const ProductImageId> links) {
    if (links.empty()) return {};
    return database_.read([&](Transaction& tx) {
        std::vector<Candidate> candidates;
        for (auto& found : product_image_repository::find_with_products(tx, links)) {
            candidates.push_back({.link = found.link, .product = std::move(found.product)});
        }
        return candidates;
    });
}

std::vector<ProductImageId> CandidateSource::find_by_barcodes(std::span<const std::string> codes) {
    if (codes.empty()) return {};
    constexpr int products_per_code_max = 100;
    return database_.read([&](Transaction& tx) {
        std::vector<ProductImageId> links;
        for (const std::string& code : codes) {
            for (const ProductId product : product_repository::find_by_barcode(tx, code, products_per_code_max)) {
                if (const auto primary = product_image_repository::primary_of(tx, product))
                    links.push_back(primary->id);
            }
        }
        return links;
    });
}

std::shared_ptr<const LocalFeatures> CandidateSource::features_of(ImageId crop, const std::string& model) {
    const std::string key = fmt::format("{} {}", crop.value, model);
    if (auto kept = features_.find(key)) return kept;
    auto features = std::make_shared<const LocalFeatures>(
        database_.read([&](Transaction& tx) { return image_repository::features_of(tx, crop); }));
    features_.put(key, features, features->size() * sizeof(LocalFeature) + sizeof(LocalFeatures));
    return features;
}

} // namespace vitrine
