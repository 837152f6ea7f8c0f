#include "ml/crop_view.hpp"

#include "images/codec.hpp"
#include "ml/feature_extractor.hpp"

namespace vitrine {

std::shared_ptr<const std::string> jpeg_for_model(const Picture& picture) {
    if (picture.jpeg) return picture.jpeg;
    return std::make_shared<const std::string>(encode_jpeg(picture, model_jpeg_quality));
}

const LocalFeatures& CropView::features() {
    if (!features_) features_ = extract_features(picture_);
    return *features_;
}

const Foreground& CropView::foreground() {
    if (!foreground_) foreground_ = find_foreground(picture_);
    return *foreground_;
}

const std::string& CropView::jpeg() {
    if (!jpeg_) jpeg_ = jpeg_for_model(picture_);
    return *jpeg_;
}

} // namespace vitrine
