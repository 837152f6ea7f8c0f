#include "pipeline/candidate_source.hpp"

#include <fmt/format.h>

#include "storage/image_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"

namespace vitrine {

std::vector<Candidate> CandidateSource::find(std::span<const ProductImageId> links) {
    if (links.empty()) return {};
    auto rows =
        database_.read([&](Transaction& tx) { return product_image_repository::find_with_products(tx, links); });
    std::vector<Candidate> candidates;
    for (auto& row : rows) {
        auto words = words_of(row.product);
        candidates.push_back({.link = row.link, .product = std::move(row.product), .words = std::move(words)});
    }
    return candidates;
}

std::shared_ptr<const PreparedProduct> CandidateSource::words_of(const Product& product) {
    const std::string key = fmt::format("{} {}", product.id.value, product.updated_at.time_since_epoch().count());
    if (auto kept = words_.find(key)) return kept;
    constexpr std::size_t bytes_per_character = 40; // a word's letters, stem and trigrams
    auto words = std::make_shared<const PreparedProduct>(product);
    words_.put(key, words, 1000 + bytes_per_character * (2 * product.name.size() + product.description.size()));
    return words;
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
