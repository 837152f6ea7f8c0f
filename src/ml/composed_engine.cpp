#include "ml/composed_engine.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <semaphore>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "core/embedding.hpp"
#include "core/lru_cache.hpp"

namespace vitrine {
namespace {

void require_pixels(const Picture& picture) {
    const auto bytes = std::size_t(std::max(0, picture.width)) * std::size_t(std::max(0, picture.height)) * 3;
    if (bytes == 0 || picture.rgb.size() != bytes) {
        throw Error(ErrorCode::BadInput, "The picture has no pixels; send a picture of at least one pixel.");
    }
}

[[noreturn]] void refuse(const std::string& sentence) {
    throw Error(ErrorCode::BadInput, sentence);
}

void check(const Detections& answer, const Picture& picture) {
    for (const Detection& detection : answer.found) {
        const Box& box = detection.box;
        if (!box.fits(picture.width, picture.height)) {
            refuse(fmt::format("The model {} answered the box [{},{},{},{}], which does not lie in a picture of {}x{}; "
                               "nothing of it was stored.",
                               answer.version, box.x, box.y, box.w, box.h, picture.width, picture.height));
        }
        if (!(detection.score >= 0.0 && detection.score <= 1.0)) {
            refuse(fmt::format("The model {} answered a score of {}, not one from 0 to 1; nothing of it was stored.",
                               answer.version, detection.score));
        }
    }
}

/// How long the vectors of each version are: as the first was. Safe from any thread.
class VectorLengths {
public:
    void check(const std::string& version, const Embedding& vector) {
        if (!is_unit_length(vector)) {
            refuse(fmt::format("The model {} answered a vector that is not of unit length; nothing of it was stored.",
                               version));
        }
        const std::lock_guard lock(mutex_);
        const auto known = lengths_.try_emplace(version, vector.size()).first->second;
        if (known != vector.size()) {
            refuse(fmt::format("The model {} answered a vector of {} values and before one of {}; nothing of it was "
                               "stored.",
                               version, vector.size(), known));
        }
    }

private:
    std::mutex mutex_;
    std::map<std::string, std::size_t> lengths_; ///< guarded by mutex_; a handful of versions
};

/// Vectors of crops whose label failed for now, until the next try: where two engines share the work, a fault of one
/// does not pay the other twice. In memory alone; after a restart such a vector is made anew. Safe from any thread.
class PaidVectors {
public:
    struct Paid {
        Embedding vector;
        std::string version;
    };

    static std::string key_of(const Picture& crop) {
        const std::string_view pixels(reinterpret_cast<const char*>(crop.rgb.data()), crop.rgb.size());
        return fmt::format("{}x{} {}", crop.width, crop.height, sha256_hex(pixels));
    }

    /// Nothing unless the model of that version made it.
    std::shared_ptr<const Paid> find(const std::string& key, const std::string& version) {
        auto paid = vectors_.find(key);
        return paid != nullptr && paid->version == version ? paid : nullptr;
    }
    void keep(const std::string& key, Paid paid) {
        const auto bytes = paid.vector.size() * sizeof(float) + key.size();
        vectors_.put(key, std::make_shared<const Paid>(std::move(paid)), bytes);
    }
    void forget(const std::string& key) { vectors_.erase(key); }

private:
    LruCache<std::string, Paid> vectors_{std::size_t{8} << 20};
};

class ComposedEngine final : public VisionEngine {
public:
    explicit ComposedEngine(EngineParts parts) : parts_(std::move(parts)) {}

    [[nodiscard]] ModelVersions versions() const override {
        const auto vectorizer = parts_.vectorizer->versions();
        return {.crop = parts_.detector->version(),
                .label = parts_.labeller->versions().label,
                .vector = vectorizer.vector,
                .dimensions = vectorizer.dimensions};
    }

    [[nodiscard]] Detections crop(const Picture& picture) override {
        require_pixels(picture);
        auto answer = parts_.detector->detect(picture);
        check(answer, picture);
        return answer;
    }

    [[nodiscard]] Labelled label(const Picture& crop) override {
        require_pixels(crop);
        CropView view(crop);
        Labelled result;
        if (parts_.labeller == parts_.vectorizer) {
            auto both = parts_.labeller->describe(view, {});
            take_label(result, both);
            take_vector(result, both);
        } else {
            label_by_two(result, view);
        }
        if (parts_.local_features) result.features = features_of(view);
        return result;
    }

    [[nodiscard]] std::vector<double> match(const std::string& target,
                                            const std::vector<std::string>& candidates) override {
        if (candidates.empty()) return {};
        auto scores = parts_.matcher->match(target, candidates);
        const auto is_score = [](double score) { return score >= 0.0 && score <= 1.0; };
        if (scores.size() != candidates.size() || !std::ranges::all_of(scores, is_score)) {
            refuse(fmt::format("The text match answered {} scores to {} phrases, or some outside 0 to 1.",
                               scores.size(), candidates.size()));
        }
        return scores;
    }

private:
    void label_by_two(Labelled& result, CropView& view) {
        const auto key = PaidVectors::key_of(view.picture());
        if (const auto paid = paid_.find(key, parts_.vectorizer->versions().vector)) {
            result.vector = paid->vector;
            result.vector_version = paid->version;
        } else {
            auto vector = parts_.vectorizer->describe(view, {.label = false, .vector = true});
            take_vector(result, vector);
        }
        try {
            auto label = parts_.labeller->describe(view, {.label = true, .vector = false});
            take_label(result, label);
        } catch (const Error& error) {
            if (error.retryable()) paid_.keep(key, {result.vector, result.vector_version});
            throw;
        }
        paid_.forget(key);
    }

    static void take_label(Labelled& result, Description& from) {
        if (!from.label) throw Error(ErrorCode::Internal, "A describer gave no label when it was asked for one.");
        result.label = std::move(*from.label);
        result.label_version = std::move(from.label_version);
    }

    /// Many threads may wait for servers; those who do not wait should not be more than the processors.
    LocalFeatures features_of(CropView& view) {
        processors_.acquire();
        try {
            auto features = view.features();
            processors_.release();
            return features;
        } catch (...) {
            processors_.release();
            throw;
        }
    }

    void take_vector(Labelled& result, Description& from) {
        if (!from.vector) throw Error(ErrorCode::Internal, "A describer gave no vector when it was asked for one.");
        lengths_.check(from.vector_version, *from.vector);
        result.vector = std::move(*from.vector);
        result.vector_version = std::move(from.vector_version);
    }

    const EngineParts parts_;
    VectorLengths lengths_;
    PaidVectors paid_;
    std::counting_semaphore<> processors_{std::max(1, static_cast<int>(std::thread::hardware_concurrency()))};
};

} // namespace

std::unique_ptr<VisionEngine> make_composed_engine(EngineParts parts) {
    return std::make_unique<ComposedEngine>(std::move(parts));
}

} // namespace vitrine
