#include "pipeline/head_starts.hpp"

#include <algorithm>
#include <exception>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include "pipeline/indexing_finisher.hpp"
#include "pipeline/job_crops.hpp"
#include "pipeline/model_pace.hpp"
#include "pipeline/photo_search.hpp"
#include "pipeline/picture_look.hpp"
#include "pipeline/query_finisher.hpp"
#include "pipeline/switching_engine.hpp"

namespace vitrine {
namespace {

using Found = std::vector<image_repository::NewCrop>;

/// A model that was quick may be so no longer: what is left is then for the steps, several at a time.
constexpr std::chrono::milliseconds labelling_max{50};

/// A place is free within some milliseconds, also for many callers, unless a model that was quick hangs.
constexpr Milliseconds place_wait_max{1'000};

bool all_labelled(const SeenPicture& seen) {
    return std::ranges::all_of(seen.look.found, [](const auto& crop) { return crop.label.has_value(); });
}

/// Whether these models found and labelled all of the crops, of which there are some: otherwise some step will look at
/// the picture again.
bool all_made_by(const ModelVersions& models, const std::vector<Image>& crops) {
    return !crops.empty() && std::ranges::all_of(crops, [&](const Image& crop) {
        return crop.crop_model == models.crop && crop.label && models.made(crop.label_model, crop.vector_model);
    });
}

/// The crops as they will be, but for their ids.
std::vector<Image> crops_of(const SeenPicture& seen) {
    std::vector<Image> crops;
    for (const auto& found : seen.look.found) {
        Image crop;
        crop.box = found.box;
        crop.label = found.label->label;
        crop.vector = found.label->vector;
        crop.vector_model = found.label->vector_model;
        crops.push_back(std::move(crop));
    }
    return crops;
}

std::vector<std::shared_ptr<const LocalFeatures>> features_of(const SeenPicture& seen) {
    std::vector<std::shared_ptr<const LocalFeatures>> features;
    for (const auto& found : seen.look.found)
        features.push_back(std::make_shared<const LocalFeatures>(found.label->features));
    return features;
}

/// What was found with the crops in the order in which they were seen, as of the crops that were saved.
AwaitSearch of_saved(const AwaitSearch& found, std::vector<Image> crops) {
    return [found, crops = std::move(crops)]() -> std::shared_ptr<const FoundInCatalogue> {
        const auto of_seen = found();
        if (!of_seen) return nullptr;
        auto of_crops = std::make_shared<FoundInCatalogue>(*of_seen);
        for (std::size_t i = 0; i < crops.size(); ++i) of_crops->matches[i].crop = crops[i].id;
        of_crops->crops = crops;
        return of_crops;
    };
}

/// All or the first of them: what a model refuses, a step will ask once more, and say it of the job.
void label_all(Found& found, VisionEngine& labeller, ModelPace& pace, const DecodedPicture& decoded,
               const PictureScale& scale) {
    const auto enough = std::chrono::steady_clock::now() + labelling_max;
    try {
        for (auto& crop : found) {
            if (std::chrono::steady_clock::now() > enough) return;
            crop.label = label_crop(labeller, pace, decoded, crop.box, scale);
        }
    } catch (const std::exception&) {
        return;
    }
}

/// As AwaitSearch, of a search that has ended.
AwaitSearch ended(FoundInCatalogue found) {
    return [found = std::make_shared<const FoundInCatalogue>(std::move(found))] { return found; };
}

HeadStart head_start(SeenPicture seen) {
    return std::make_shared<const SeenPicture>(std::move(seen));
}

} // namespace

HeadStarts::HeadStarts(const PipelineParts& parts, Milliseconds search_wait_max)
    : parts_(parts), search_wait_max_(search_wait_max),
      places_(2 * static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U))) {}

HeadStarts::Place HeadStarts::take_place() {
    const auto& pace = parts_.pace;
    if (!pace.is_quick(ModelPace::Question::Crop) || !pace.is_quick(ModelPace::Question::Label)) return nullptr;
    return places_.enter(place_wait_max) ? Place(&places_) : nullptr;
}

std::optional<SeenPicture> HeadStarts::see(const Photo& photo) {
    try {
        if (parts_.switching != nullptr) parts_.database.read([&](Transaction& tx) { parts_.switching->follow(tx); });
        const PictureScale scale = scale_of(photo.decoded, photo.width, photo.height);
        SeenPicture seen{.models = parts_.vision.versions(), .look = look_at(parts_, photo.decoded, scale)};
        VisionEngine& labeller =
            parts_.switching != nullptr ? parts_.switching->labeller_of(seen.look.model) : parts_.vision;
        label_all(seen.look.found, labeller, parts_.pace, photo.decoded, scale);
        return seen;
    } catch (const std::exception&) {
        return std::nullopt; // as where a label fails
    }
}

HeadStarts::BegunIndexing HeadStarts::begin_indexing(const Photo& photo, const std::string& product_name) {
    BegunIndexing begun{.at = parts_.clock.now()};
    const Place place = take_place();
    if (!place) return begun;
    auto seen = see(photo);
    if (!seen) return begun;
    begun.has_labels = all_labelled(*seen);
    std::vector<double> scores;
    if (begun.has_labels && parts_.pace.is_quick(ModelPace::Question::Match)) {
        try {
            scores = fit_to_name(parts_, product_name, crops_of(*seen));
        } catch (const std::exception&) {
            scores.clear(); // as above
        }
    }
    begun.crop = [seen = std::move(*seen), scores = std::move(scores)](ProductId product, bool is_new) {
        SeenPicture of_product = seen;
        if (!scores.empty()) {
            of_product.next = [product, is_new, scores](std::vector<Image> crops) -> HeadStart {
                return std::make_shared<const ScoredCrops>(ScoredCrops{
                    .product = product, .crops = std::move(crops), .scores = scores, .product_is_new = is_new});
            };
        }
        return head_start(std::move(of_product));
    };
    return begun;
}

HeadStarts::Begun HeadStarts::begin_query(const Photo& photo, const QuerySubject& subject,
                                          const CountedCaller& caller) {
    Begun begun{.at = parts_.clock.now()};
    const Place place = take_place();
    if (!place) return begun;
    auto seen = see(photo);
    if (!seen) return begun;
    begun.has_labels = all_labelled(*seen);
    // Another store is asked by a step, which can wait for it and be tried again.
    if (begun.has_labels && parts_.vectors.is_searchable_at_once()) {
        try {
            if (auto search = search_with(crops_of(*seen), features_of(*seen), searched(), subject)) {
                const bool may_run_beside = caller.is_alone() && parts_.pace.is_quick(ModelPace::Question::Search);
                auto found = may_run_beside ? run_beside(std::move(search)) : ended(search());
                seen->next = [found = std::move(found)](std::vector<Image> crops) -> HeadStart {
                    return of_saved(found, std::move(crops));
                };
            }
        } catch (const std::exception&) {
            seen->next = {}; // as above
        }
    }
    begun.crop = head_start(std::move(*seen));
    return begun;
}

HeadStarts::Begun HeadStarts::begin_known_query(ImageId original, QuerySubject subject) {
    Begun begun{.at = parts_.clock.now()};
    if (!parts_.vectors.is_searchable_at_once()) return begun; // as above
    try {
        subject.image_id = original;
        std::vector<Image> crops;
        SearchedModel searched;
        const auto find_crops = [&](Transaction& tx) {
            crops = image_repository::detected_crops_of(tx, original);
            return crops.size();
        };
        if (parts_.switching == nullptr) {
            parts_.database.look(find_crops); // one question
        } else {
            parts_.database.read([&](Transaction& tx) {
                parts_.switching->follow(tx);
                searched = searched_model(tx, parts_);
                find_crops(tx);
            });
        }
        begun.has_labels = all_made_by(parts_.vision.versions(), crops);
        if (!begun.has_labels) return begun;
        KnownPicture known;
        for (const Image& crop : crops) known.crops.push_back(crop.id);
        if (const auto search = search_with(std::move(crops), {}, searched, subject)) {
            known.next = ended(search()); // mostly links and features that are known: not worth another thread
            begun.crop = std::make_shared<const KnownPicture>(std::move(known));
        }
    } catch (const std::exception&) {
        begun.crop.reset(); // as above
    }
    return begun;
}

bool HeadStarts::has_all_labels(ImageId original) {
    const auto crops =
        parts_.database.look([original](Transaction& tx) { return image_repository::detected_crops_of(tx, original); });
    return all_made_by(parts_.vision.versions(), crops);
}

std::function<FoundInCatalogue()> HeadStarts::search_with(std::vector<Image> crops, Features features,
                                                          const SearchedModel& searched, const QuerySubject& subject) {
    if (crops.empty()) return {};
    const std::string& model = crops.front().vector_model;
    if (!std::ranges::all_of(crops, [&](const Image& crop) { return crop.vector_model == model; })) return {};
    if (parts_.switching != nullptr && searched.name != model) return {};
    return [this, crops = std::move(crops), features = std::move(features), searched, subject]() mutable {
        return parts_.pace.time(ModelPace::Question::Search, [&] {
            const PhotoSearch search(parts_, subject, crops, std::move(features));
            auto matches = search.matches(search.hits());
            auto asked = search.asked();
            return FoundInCatalogue{.asked_for = subject,
                                    .crops = std::move(crops),
                                    .matches = std::move(matches),
                                    .asked = std::move(asked),
                                    .searched = searched};
        });
    };
}

AwaitSearch HeadStarts::run_beside(std::function<FoundInCatalogue()> search) {
    using Result = std::shared_ptr<const FoundInCatalogue>;
    const auto promised = std::make_shared<std::promise<Result>>();
    searchers_.add([promised, search = std::move(search)] {
        Result found;
        try {
            found = std::make_shared<const FoundInCatalogue>(search());
        } catch (const std::exception&) {
            found = nullptr; // the step comes upon the same, and says it of the job
        }
        promised->set_value(std::move(found));
    });
    return [found = promised->get_future().share(), wait_max = search_wait_max_]() -> Result {
        return found.wait_for(wait_max) == std::future_status::ready ? found.get() : nullptr;
    };
}

SearchedModel HeadStarts::searched() {
    if (parts_.switching == nullptr) return {};
    return parts_.database.read([&](Transaction& tx) { return searched_model(tx, parts_); });
}

} // namespace vitrine
