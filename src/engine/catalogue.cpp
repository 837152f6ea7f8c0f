#include "engine/catalogue.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/geometric_verification.hpp"
#include "engine/query_rules.hpp"
#include "pipeline/crop_matcher.hpp"
#include "pipeline/primary_crop.hpp"
#include "pipeline/query_finisher.hpp"
#include "storage/image_repository.hpp"
#include "storage/indexing_result_repository.hpp"
#include "storage/model_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/product_term_repository.hpp"

namespace vitrine {
namespace {

using product_repository::StoredProduct;

/// What the last indexing said of the crop; nothing when it was not among its candidates.
std::optional<double> score_of(ImageId crop, const std::optional<IndexingResult>& result) {
    if (!result) return std::nullopt;
    if (result->image_id == crop) return result->score;
    const auto found = std::ranges::find(result->runners_up, crop, &CropScore::image_id);
    return found == result->runners_up.end() ? std::nullopt : std::optional(found->score);
}

/// The crops of the picture accepted last, and the primary where that is of an older one.
std::vector<ProductCrop> crops_of(Transaction& tx, const ProductDetail& detail) {
    std::vector<Image> images;
    if (detail.original) images = image_repository::crops_of(tx, detail.original->id, detail.original->crop_model);
    if (detail.primary_image && std::ranges::find(images, detail.primary_image->id, &Image::id) == images.end())
        images.push_back(*detail.primary_image);
    std::vector<ProductCrop> crops;
    for (Image& image : images) {
        const bool is_primary = detail.primary && detail.primary->image_id == image.id;
        const auto score = score_of(image.id, detail.last_result);
        crops.push_back({.image = std::move(image), .is_primary = is_primary, .score = score});
    }
    return crops;
}

ProductDetail detail_of(Transaction& tx, const StoredProduct& stored) {
    const ProductId id = stored.product.id;
    ProductDetail detail{.product = stored.product,
                         .primary = product_image_repository::primary_of(tx, id),
                         .primary_image = std::nullopt,
                         .last_result = indexing_result_repository::newest_of(tx, id),
                         .original = std::nullopt,
                         .crops = {}};
    if (detail.primary) detail.primary_image = image_repository::find(tx, detail.primary->image_id);
    if (stored.image_id) detail.original = image_repository::find(tx, *stored.image_id);
    detail.crops = crops_of(tx, detail);
    return detail;
}

/// The crop a person chose, if it may stand for the product.
Image eligible_crop(Transaction& tx, const StoredProduct& product, ImageId crop, const std::string& vector_model) {
    auto image = image_repository::find(tx, crop);
    const auto present = product_image_repository::primary_of(tx, product.product.id);
    const bool is_present = present && present->image_id == crop;
    const bool of_its_picture = image && product.image_id && image->original_id == product.image_id;
    if (!image || !(is_present || of_its_picture)) {
        throw Error(ErrorCode::NotFound, fmt::format("The picture of product {:.200} has no crop {}.",
                                                     product.product.external_id, crop.value));
    }
    if (image->vector.empty() || (!vector_model.empty() && image->vector_model != vector_model)) {
        throw Error(
            ErrorCode::Conflict,
            fmt::format("Crop {} was not labelled by the present models; index product {:.200} again and choose "
                        "then.",
                        crop.value, product.product.external_id));
    }
    return std::move(*image);
}

/// The products' present names.
void add_names(Database& database, std::vector<QueryResult>& results) {
    std::vector<ProductId> ids;
    for (const QueryResult& result : results) ids.push_back(result.product_row);
    const auto products = database.read([&](Transaction& tx) { return product_repository::find_all(tx, ids); });
    for (QueryResult& result : results) {
        const auto product = std::ranges::find(products, result.product_row, &Product::id);
        if (product != products.end()) result.name = product->name;
    }
}

} // namespace

std::optional<ProductDetail> Catalogue::find(const std::string& external_id) {
    return parts_.database.read([&](Transaction& tx) -> std::optional<ProductDetail> {
        const auto stored = product_repository::find_by_external_id(tx, external_id);
        if (!stored) return std::nullopt;
        return detail_of(tx, *stored);
    });
}

std::vector<CategoryCount> Catalogue::categories() {
    std::vector<CategoryCount> counts;
    parts_.database.read([&](Transaction& tx) {
        for (auto& [category, products] : product_repository::count_by_category(tx)) {
            counts.push_back({.category = std::move(category), .products = products});
        }
    });
    return counts;
}

ProductDetail Catalogue::choose_primary(const std::string& external_id, ImageId crop) {
    return parts_.database.write([&](Transaction& tx) {
        const auto models = model_repository::hold(tx, false);
        const std::string searched =
            parts_.vision.serves(models.active) ? models.active : parts_.vision.versions().vector;
        product_repository::hold_external_id(tx, external_id);
        auto stored = product_repository::find_by_external_id(tx, external_id);
        if (stored) stored = product_repository::find_and_hold(tx, stored->product.id);
        if (!stored) throw Error(ErrorCode::NotFound, fmt::format("There is no product {:.200}.", external_id));
        const Image chosen = eligible_crop(tx, *stored, crop, searched);
        tx.after_commit(parts_.released);
        tx.after_commit(parts_.wake_workers);
        save_primary(tx, {parts_.vectors, parts_.queue},
                     {.product_id = stored->product.id,
                      .image_id = chosen.id,
                      .job_id = stored->job_id.value_or(JobId{}),
                      .chosen_by = ChosenBy::Person},
                     product_image_repository::links_of(tx, stored->product.id), chosen, parts_.clock.now());
        // The other model's link went with the choice before. While a change of models can be taken back it is made
        // anew, by a job that lands together with the choice.
        if (!models.standby.empty()) parts_.index_again(tx, external_id);
        return detail_of(tx, *stored);
    });
}

Image Catalogue::correct_label(ImageId crop, const std::optional<StructuredLabel>& label) {
    if (label) static_cast<void>(structured_label_from_json(to_json(*label))); // within the limits of any label
    return parts_.database.write([&](Transaction& tx) {
        const auto image = image_repository::find(tx, crop);
        if (!image || !image->is_crop()) {
            throw Error(ErrorCode::NotFound, fmt::format("There is no crop {} to be labelled.", crop.value));
        }
        if (!image_repository::correct_label(tx, crop, label)) {
            throw Error(ErrorCode::Conflict,
                        fmt::format("Crop {} has not been labelled yet; wait until its job has ended.", crop.value));
        }
        for (const ProductImage& link : product_image_repository::primaries_with(tx, crop)) {
            parts_.vectors.words_changed(tx, link.id);
            product_term_repository::refresh(tx, link.product_id);
        }
        return *image_repository::find(tx, crop);
    });
}

std::vector<QueryResult> Catalogue::similar_products(const std::string& external_id, const QueryOptions& asked) {
    check(asked);
    const auto detail = find(external_id);
    if (!detail) throw Error(ErrorCode::NotFound, fmt::format("There is no product {:.200}.", external_id));
    if (!detail->primary_image || detail->primary_image->vector.empty() || !detail->primary_image->label) {
        throw Error(ErrorCode::Conflict,
                    fmt::format("Product {:.200} is not indexed yet; wait until its job has ended.", external_id));
    }
    MatchOptions options;
    options.scope = scope_of(asked);
    options.score_min = asked.min_score;
    options.matches_max = asked.top + 1; // itself
    options.breadth.candidates_per_crop = std::max(options.breadth.candidates_per_crop, options.matches_max);
    const std::vector<Image> crops{*detail->primary_image};
    const auto hits = search_crops(crops, parts_.vectors, parts_.candidates, options);
    auto matches = match_crops(crops, hits, parts_.candidates, options);
    std::erase_if(matches.front().matches,
                  [&](const CropMatch& match) { return match.product_row == detail->product.id; });
    auto results = rank_products({}, matches, asked.top);
    add_names(parts_.database, results);
    for (QueryResult& result : results) result.box = *crops.front().box;
    return results;
}

/// A crop's features, and how their places become places in its upright original.
struct Catalogue::PlacedCrop {
    std::shared_ptr<const LocalFeatures> features;
    Box box;
    double scale = 1.0; ///< original pixels for one of the features'

    [[nodiscard]] std::pair<double, double> place_of(int feature) const {
        const LocalFeature& point = (*features)[static_cast<std::size_t>(feature)];
        return {box.x + point.x * scale, box.y + point.y * scale};
    }
};

Catalogue::PlacedCrop Catalogue::placed(ImageId id) {
    const auto found =
        parts_.database.look([&](Transaction& tx) { return image_repository::find_with_original(tx, id); });
    if (!found) throw Error(ErrorCode::NotFound, fmt::format("There is no crop {}.", id.value));
    const auto& [crop, original] = *found;
    const auto decoded = parts_.pictures.of(original); // large photos are decoded at a smaller scale
    return {.features = parts_.candidates.features_of(std::span(&id, 1), crop.vector_model).front(),
            .box = *crop.box,
            .scale = static_cast<double>(original.width) / decoded->picture.width};
}

std::vector<PointPair> Catalogue::matching_points(ImageId crop, ImageId matched) {
    const PlacedCrop from = placed(crop);
    const PlacedCrop to = placed(matched);
    std::vector<PointPair> pairs;
    for (const auto& [here, there] : verify(*from.features, *to.features).matches) {
        const auto [x, y] = from.place_of(here);
        const auto [matched_x, matched_y] = to.place_of(there);
        pairs.push_back({.x = x, .y = y, .matched_x = matched_x, .matched_y = matched_y});
    }
    return pairs;
}

} // namespace vitrine
