#include "ml/builtin_engine.hpp"

#include <algorithm>

#include <opencv2/core/utility.hpp>

#include <vitrine/error.hpp>

#include "core/lexical_match.hpp"
#include "ml/crop_finder.hpp"
#include "ml/feature_extractor.hpp"
#include "ml/storage_vector.hpp"

namespace vitrine {
namespace {

void require_pixels(const Picture& picture) {
    const auto bytes = std::size_t(std::max(0, picture.width)) * std::size_t(std::max(0, picture.height)) * 3;
    if (bytes == 0 || picture.rgb.size() != bytes) {
        throw Error(ErrorCode::BadInput, "The picture has no pixels; send a picture of at least one pixel.");
    }
}

class BuiltinEngine final : public VisionEngine {
public:
    explicit BuiltinEngine(const BuiltinOptions& options)
        : label_version_(options.label.text.enabled ? "builtin-label 1" : "builtin-label 1 without text"),
          label_reader_(options.label) {}

    [[nodiscard]] ModelVersions versions() const override {
        return {"builtin-crop 1", label_version_, "builtin-vector 1", storage_vector_dimensions};
    }

    [[nodiscard]] std::vector<Detection> crop(const Picture& picture) override {
        require_pixels(picture);
        return find_crops(picture);
    }

    [[nodiscard]] Labelled label(const Picture& crop) override {
        require_pixels(crop);
        Labelled result;
        result.label = label_reader_.read(crop);
        result.features = extract_features(crop);
        result.vector = vector_maker_.make(crop, result.features);
        return result;
    }

    [[nodiscard]] std::vector<double> match(const std::string& target,
                                            const std::vector<std::string>& candidates) override {
        return lexical_match(target, candidates);
    }

private:
    const std::string label_version_; ///< a label made without reading is not the one made with it
    LabelReader label_reader_;
    StorageVectorMaker vector_maker_;
};

} // namespace

std::unique_ptr<VisionEngine> make_builtin_engine(const BuiltinOptions& options) {
    cv::setNumThreads(1);
    return std::make_unique<BuiltinEngine>(options);
}

} // namespace vitrine
