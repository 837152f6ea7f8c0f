#include "pipeline/candidate_source.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <optional>

#include "storage/image_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/vector_mean_repository.hpp"

namespace vitrine {

namespace {

std::size_t mixed(std::size_t a, std::size_t b) noexcept {
    return a ^ (b + 0x9e3779b97f4a7c15ULL + (a << 6) + (a >> 2)); // Boost's hash_combine
}

} // namespace

std::size_t CandidateSource::KeyHash::operator()(const CropKey& key) const noexcept {
    return mixed(std::hash<std::string>{}(key.model), std::hash<std::int64_t>{}(key.crop.value));
}

std::size_t CandidateSource::KeyHash::operator()(const ProductKey& key) const noexcept {
    return mixed(std::hash<std::int64_t>{}(key.product.value),
                 std::hash<std::int64_t>{}(key.updated_at.time_since_epoch().count()));
}

bool KnownProduct::is_in(const ProductScope& scope) const {
    if (!scope.category.empty() && category != scope.category) return false;
    return std::ranges::all_of(scope.attributes, [this](const std::pair<std::string, std::string>& wanted) {
        return std::ranges::find(attributes, wanted) != attributes.end();
    });
}

std::optional<std::vector<ProductImageId>> CandidateSource::links_in(const ProductScope& scope, int links_max) {
    product_image_repository::ProductsWith with{.category = scope.category, .attribute = {}, .value = {}};
    const auto links_with = [&](Transaction& tx) -> std::optional<std::vector<ProductImageId>> {
        auto links = product_image_repository::primaries_of(tx, with, links_max + 1);
        if (static_cast<int>(links.size()) > links_max) return std::nullopt;
        return links;
    };
    return database_.read([&](Transaction& tx) {
        if (scope.attributes.empty()) return links_with(tx);
        std::optional<std::vector<ProductImageId>> narrowed;
        for (const auto& [attribute, value] : scope.attributes) {
            with.attribute = attribute;
            with.value = value;
            const auto links = links_with(tx);
            if (!links) continue; // of many products: the candidates are checked for it
            std::vector<ProductImageId> common;
            if (narrowed)
                std::ranges::set_intersection(*narrowed, *links, std::back_inserter(common));
            else
                common = *links;
            narrowed = std::move(common);
        }
        return narrowed;
    });
}

std::vector<Candidate> CandidateSource::find(std::span<const ProductImageId> links) {
    if (links.empty()) return {};
    std::vector<Candidate> candidates;
    std::vector<ProductId> unknown;
    const auto join = [&](const std::vector<product_image_repository::PrimaryLink>& primaries) {
        candidates.clear();
        unknown.clear();
        for (const auto& link : primaries) {
            auto product = products_.find({link.product_id, link.product_updated_at});
            if (!product) unknown.push_back(link.product_id);
            candidates.push_back({.link = link.id, .image_id = link.image_id, .product = std::move(product)});
        }
        return unknown.empty();
    };
    const auto read_products_too = [&](Transaction& tx) {
        if (join(product_image_repository::find_primaries(tx, links))) return;
        std::map<ProductId, std::shared_ptr<const KnownProduct>> read;
        for (const Product& product : product_repository::find_all(tx, unknown)) read[product.id] = keep(product);
        std::size_t next = 0;
        for (Candidate& candidate : candidates) {
            if (!candidate.product) candidate.product = read.at(unknown[next++]); // one snapshot: none is missing
        }
    };
    if (!join(primaries_of(links))) database_.read(read_products_too);
    std::sort(candidates.begin(), candidates.end(),
              [](const Candidate& a, const Candidate& b) { return a.link < b.link; });
    return candidates;
}

std::vector<product_image_repository::PrimaryLink>
CandidateSource::primaries_of(std::span<const ProductImageId> links) {
    const auto read = [this](std::span<const ProductImageId> unread) {
        return database_.look([&](Transaction& tx) { return product_image_repository::find_primaries(tx, unread); });
    };
    const auto version = database_.catalogue_version();
    if (!version) return read(links);
    auto [known, unread] = links_.find(*version, links);
    if (unread.empty()) return known;
    const auto read_now = read(unread);
    if (database_.catalogue_version() != version) return read(links); // all of one moment
    links_.keep(*version, unread, read_now);
    known.insert(known.end(), read_now.begin(), read_now.end());
    return known;
}

std::shared_ptr<const KnownProduct> CandidateSource::keep(const Product& product) {
    constexpr std::size_t bytes_per_character = 40; // a word's letters, stem and trigrams
    auto known = std::make_shared<const KnownProduct>(product, vocabulary());
    products_.put({product.id, product.updated_at}, known,
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

template <class Value, class Read, class Bytes>
std::vector<std::shared_ptr<const Value>>
CandidateSource::kept_or_read(LruCache<CropKey, Value, KeyHash>& cache, std::span<const ImageId> crops,
                              const std::string& model, Read read, Bytes bytes_of) {
    std::vector<std::shared_ptr<const Value>> found;
    std::vector<ImageId> unknown;
    CropKey key{.crop = {}, .model = model};
    for (const ImageId crop : crops) {
        key.crop = crop;
        found.push_back(cache.find(key));
        if (!found.back()) unknown.push_back(crop);
    }
    if (unknown.empty()) return found;
    std::ranges::sort(unknown);
    unknown.erase(std::unique(unknown.begin(), unknown.end()), unknown.end());
    std::map<ImageId, std::shared_ptr<const Value>> read_now;
    for (auto& [id, value] : database_.look([&](Transaction& tx) { return read(tx, unknown); })) {
        auto kept = std::make_shared<const Value>(std::move(value));
        key.crop = id;
        cache.put(key, kept, bytes_of(*kept));
        read_now[id] = std::move(kept);
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (!found[i]) found[i] = read_now[crops[i]];
    }
    return found;
}

std::vector<std::shared_ptr<const LocalFeatures>> CandidateSource::features_of(std::span<const ImageId> crops,
                                                                               const std::string& model) {
    static const auto none = std::make_shared<const LocalFeatures>();
    auto found = kept_or_read(
        features_, crops, model,
        [](Transaction& tx, std::span<const ImageId> unknown) { return image_repository::features_of(tx, unknown); },
        [](const LocalFeatures& features) { return features.size() * sizeof(LocalFeature) + sizeof(LocalFeatures); });
    std::ranges::replace(found, nullptr, none);
    return found;
}

std::vector<std::shared_ptr<const Embedding>> CandidateSource::vectors_of(std::span<const ImageId> crops,
                                                                          const std::string& model) {
    return kept_or_read(
        vectors_, crops, model,
        [&model](Transaction& tx, std::span<const ImageId> unknown) {
            return image_repository::vectors_of(tx, unknown, model);
        },
        [](const Embedding& vector) { return vector.size() * sizeof(float) + sizeof(Embedding); });
}

VectorMeans CandidateSource::means_of(const std::string& model, std::span<const Embedding> asked) {
    constexpr std::chrono::seconds fresh{10};
    constexpr int sample = 1000; // its error is a thirtieth of what the vectors differ by
    const auto now = std::chrono::steady_clock::now();
    std::optional<MeanVector> catalogue;
    {
        const std::scoped_lock lock(means_mutex_);
        const auto found = means_.find(model);
        if (found != means_.end() && now - found->second.made < fresh) catalogue = found->second.mean;
    }
    MeanVector queries = database_.look([&](Transaction& tx) { return vector_mean_repository::of_queries(tx, model); });
    if (!catalogue) {
        catalogue =
            database_.read([&](Transaction& tx) { return vector_mean_repository::of_catalogue(tx, model, sample); });
    }
    for (const Embedding& vector : asked) queries.add(vector);
    {
        const std::scoped_lock lock(means_mutex_);
        auto& kept = means_[model];
        if (now - kept.made >= fresh) kept = {.mean = *catalogue, .made = now};
    }
    return means_from(queries, *catalogue);
}

} // namespace vitrine
