#include "pipeline/crop_matcher.hpp"

#include <algorithm>
#include <memory>
#include <numeric>

#include "core/geometric_verification.hpp"
#include "core/label_evidence.hpp"

namespace vitrine {
namespace {

/// Up to so many links of a scope each one is measured. Above that (of a hundred thousand products at least every
/// fifth) the nearest are searched, more than are wanted, since the scope throws some away.
constexpr int links_measured_max = 20'000;
constexpr int filtered_search_factor = 20;

/// Vectors whose link is gone are found until they are removed, too: they must not push others out.
constexpr int spare_hits = 10;

/// By link.
using Candidates = std::vector<Candidate>;

const Candidate* find(const Candidates& candidates, ProductImageId link) {
    const auto found =
        std::lower_bound(candidates.begin(), candidates.end(), link,
                         [](const Candidate& candidate, ProductImageId id) { return candidate.link < id; });
    return found == candidates.end() || found->link != link ? nullptr : &*found;
}

/// One crop's candidates while their evidence is gathered, both in one order.
struct Suspects {
    std::vector<const Candidate*> candidates;
    std::vector<Evidence> evidence;

    [[nodiscard]] std::size_t size() const { return candidates.size(); }
};

using Features = std::vector<std::shared_ptr<const LocalFeatures>>;

std::vector<ImageId> ids_of(std::span<const Image> crops) {
    std::vector<ImageId> ids;
    for (const Image& crop : crops) ids.push_back(crop.id);
    return ids;
}

/// Every product that any crop may show, read once.
Candidates read_candidates(const std::vector<std::vector<VectorHit>>& hits,
                           const std::vector<ProductImageId>& by_barcode, CandidateSource& source,
                           const ProductScope& scope) {
    std::vector<ProductImageId> links = by_barcode;
    for (const auto& of_crop : hits) {
        for (const VectorHit& hit : of_crop) links.push_back(hit.id);
    }
    std::sort(links.begin(), links.end());
    links.erase(std::unique(links.begin(), links.end()), links.end());
    Candidates candidates = source.find(links);
    if (!scope.everything())
        std::erase_if(candidates, [&](const Candidate& candidate) { return !candidate.product->is_in(scope); });
    return candidates;
}

/// The crop's candidates, nearest first; those that only a barcode names come last, at the greatest distance.
Suspects suspects_of(const std::vector<VectorHit>& hits, const std::vector<ProductImageId>& by_barcode,
                     const Candidates& candidates, int count_max) {
    Suspects suspects;
    const auto add = [&](ProductImageId id, double distance) {
        const Candidate* const candidate = find(candidates, id);
        if (candidate == nullptr) return;
        suspects.candidates.push_back(candidate);
        suspects.evidence.emplace_back().distance = distance;
    };
    const std::size_t most = std::min(hits.size(), std::size_t(std::max(count_max, 0))) + by_barcode.size();
    suspects.candidates.reserve(most);
    suspects.evidence.reserve(most);
    for (const VectorHit& hit : hits) {
        if (static_cast<int>(suspects.size()) >= count_max) break;
        add(hit.id, hit.distance);
    }
    const auto nearest = static_cast<std::ptrdiff_t>(suspects.size());
    for (const ProductImageId id : by_barcode) {
        const auto same = [id](const Candidate* candidate) { return candidate->link == id; };
        const auto begin = suspects.candidates.begin();
        if (std::none_of(begin, begin + nearest, same)) add(id, Evidence{}.distance);
    }
    return suspects;
}

/// Reads the vectors of all candidates at once: several crops have some in common.
void read_vectors(Candidates& candidates, CandidateSource& source, const std::string& model) {
    std::vector<ImageId> images;
    for (const Candidate& candidate : candidates) images.push_back(candidate.image_id);
    auto vectors = source.vectors_of(images, model);
    for (std::size_t i = 0; i < candidates.size(); ++i) candidates[i].vector = std::move(vectors[i]);
}

/// Compares the vectors less their means, and puts the suspects in the order of that.
void contrast_all(Suspects& suspects, const Image& crop, const VectorMeans& means) {
    const Contrast contrast(crop.vector, means);
    for (std::size_t i = 0; i < suspects.size(); ++i) {
        if (const auto& vector = suspects.candidates[i]->vector) suspects.evidence[i].contrast = contrast.with(*vector);
    }
    const auto contrast_of = [&](std::size_t i) { return suspects.evidence[i].contrast.value_or(-1.0); };
    std::vector<std::size_t> order(suspects.size()); // sorted in their place, they would be moved many times
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return contrast_of(a) > contrast_of(b); });
    Suspects sorted;
    sorted.candidates.reserve(order.size());
    sorted.evidence.reserve(order.size());
    for (const std::size_t i : order) {
        sorted.candidates.push_back(suspects.candidates[i]);
        sorted.evidence.push_back(std::move(suspects.evidence[i]));
    }
    suspects = std::move(sorted);
}

/// Compares the crops' local features with those of each one's nearest suspects, all of which are read at once.
void verify_nearest(std::vector<Suspects>& of_crops, const std::string& model,
                    std::span<const std::shared_ptr<const LocalFeatures>> queries, CandidateSource& source,
                    int verify_max) {
    const auto count = [&](std::size_t crop) {
        const auto count_max = static_cast<std::size_t>(std::max(verify_max, 0));
        return queries[crop]->empty() ? 0 : std::min(of_crops[crop].size(), count_max);
    };
    std::vector<ImageId> ids;
    for (std::size_t crop = 0; crop < queries.size(); ++crop) {
        for (const Candidate* candidate : std::span(of_crops[crop].candidates).first(count(crop)))
            ids.push_back(candidate->image_id);
    }
    const auto kept = source.features_of(ids, model);
    std::vector<const LocalFeatures*> features;
    for (const auto& one : kept) features.push_back(one.get());

    std::span<const LocalFeatures* const> rest = features;
    for (std::size_t crop = 0; crop < queries.size(); ++crop) {
        const std::size_t compared = count(crop);
        if (compared == 0) continue;
        const auto verifications = verify_all(*queries[crop], rest.first(compared));
        for (std::size_t i = 0; i < compared; ++i) of_crops[crop].evidence[i].inliers = verifications[i].inliers;
        rest = rest.subspan(compared);
    }
}

void add_category_votes(Suspects& suspects, const RankingWeights& weights) {
    std::vector<std::string_view> categories;
    categories.reserve(suspects.size());
    for (const Candidate* candidate : suspects.candidates) categories.push_back(candidate->product->category);
    add_category_support(suspects.evidence, categories, weights);
}

/// The best of the scored suspects, best first; of equal scores the nearer.
CropMatches to_matches(const Image& crop, const PreparedLabel& label, Suspects suspects, const MatchOptions& options) {
    const std::vector<double> scores = score_candidates(suspects.evidence, options.weights);
    std::vector<std::size_t> order(suspects.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    order.resize(std::min(order.size(), static_cast<std::size_t>(std::max(options.matches_max, 0))));

    CropMatches matches{.crop = crop.id, .matches = {}};
    matches.matches.reserve(order.size());
    for (const std::size_t i : order) {
        if (scores[i] < options.score_min) break;
        const Candidate& candidate = *suspects.candidates[i];
        add_words_in_common(suspects.evidence[i], label, candidate.product->words);
        matches.matches.push_back({.product_id = candidate.product->external_id,
                                   .product_row = candidate.product->id,
                                   .score = scores[i],
                                   .matched_image_id = candidate.image_id,
                                   .evidence = std::move(suspects.evidence[i]),
                                   .reasons = {}});
    }
    return matches;
}

} // namespace

std::vector<std::vector<VectorHit>> search_crops(std::span<const Image> crops, VectorStore& vectors,
                                                 CandidateSource& source, const MatchOptions& options) {
    if (crops.empty()) return {};
    std::vector<Embedding> queries;
    for (const Image& crop : crops) queries.push_back(crop.vector);
    const std::string& model = crops.front().vector_model;
    const int wanted = options.breadth.candidates_per_crop;
    const ProductScope& scope = options.scope;
    if (scope.everything()) return vectors.search(model, queries, wanted + spare_hits);

    SearchScope narrowed{.category = scope.category, .links = std::nullopt};
    if (scope.attributes.empty() && vectors.knows_categories())
        return vectors.search(model, queries, wanted + spare_hits, narrowed);
    narrowed.links = source.links_in(scope, links_measured_max);
    const bool exact = narrowed.links && scope.attributes.size() <= 1;
    const int factor = exact ? 1 : filtered_search_factor;
    return vectors.search(model, queries, wanted * factor + spare_hits, narrowed);
}

std::vector<CropMatches> match_crops(std::span<const Image> crops, const std::vector<std::vector<VectorHit>>& hits,
                                     CandidateSource& source, const MatchOptions& options,
                                     std::span<const std::shared_ptr<const LocalFeatures>> features) {
    if (crops.empty()) return {};
    std::vector<PreparedLabel> labels;
    std::vector<std::string> codes;
    for (const Image& crop : crops) {
        labels.emplace_back(*crop.label, source.vocabulary());
        codes.insert(codes.end(), labels.back().barcodes.begin(), labels.back().barcodes.end());
    }
    const auto by_barcode = source.find_by_barcodes(codes);
    Candidates candidates = read_candidates(hits, by_barcode, source, options.scope);
    const bool contrasted = !options.means.empty();
    if (contrasted) read_vectors(candidates, source, crops.front().vector_model);

    std::vector<Suspects> suspects;
    for (std::size_t i = 0; i < crops.size(); ++i) {
        suspects.push_back(suspects_of(hits[i], by_barcode, candidates, options.breadth.candidates_per_crop));
        if (contrasted) contrast_all(suspects.back(), crops[i], options.means);
    }
    const std::string& model = crops.front().vector_model;
    const auto stored = features.empty() ? source.features_of(ids_of(crops), model) : Features{};
    verify_nearest(suspects, model, features.empty() ? stored : features, source, options.breadth.verify_max);

    std::vector<CropMatches> all;
    for (std::size_t i = 0; i < crops.size(); ++i) {
        for (std::size_t k = 0; k < suspects[i].size(); ++k)
            add_label_evidence(suspects[i].evidence[k], labels[i], suspects[i].candidates[k]->product->words);
        if (contrasted) add_category_votes(suspects[i], options.weights);
        all.push_back(to_matches(crops[i], labels[i], std::move(suspects[i]), options));
    }
    return all;
}

} // namespace vitrine
