#include "pipeline/candidate_source.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "storage/image_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"

namespace vitrine {

namespace {

std::string key_of(ProductId product, Timestamp updated_at) {
    return fmt::format("{} {}", product.value, updated_at.time_since_epoch().count());
}

} // namespace

std::vector<Candidate> CandidateSource::find(std::span<const ProductImageId> links) {
    if (links.empty()) return {};
    std::vector<Candidate> candidates;
    database_.read([&](Transaction& tx) {
        std::vector<ProductId> unknown;
        for (const auto& link : product_image_repository::find_primaries(tx, links)) {
            auto product = products_.find(key_of(link.product_id, link.product_updated_at));
            if (!product) unknown.push_back(link.product_id);
            candidates.push_back({.link = link.id, .image_id = link.image_id, .product = std::move(product)});
        }
        if (unknown.empty()) return;
        std::map<ProductId, std::shared_ptr<const KnownProduct>> read;
        for (const Product& product : product_repository::find_all(tx, unknown)) read[product.id] = keep(product);
        std::size_t next = 0;
        for (Candidate& candidate : candidates) {
            if (!candidate.product) candidate.product = read.at(unknown[next++]); // one snapshot: none is missing
        }
    });
    std::sort(candidates.begin(), candidates.end(),
              [](const Candidate& a, const Candidate& b) { return a.link < b.link; });
    return candidates;
}

std::shared_ptr<const KnownProduct> CandidateSource::keep(const Product& product) {
    constexpr std::size_t bytes_per_character = 40; // a word's letters, stem and trigrams
    auto known = std::make_shared<const KnownProduct>(product);
    products_.put(key_of(product.id, product.updated_at), known,
                  1000 + bytes_per_character * (2 * product.name.size() + product.description.size()));
    return known;
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
