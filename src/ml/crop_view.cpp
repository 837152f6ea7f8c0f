#include "ml/crop_view.hpp"

#include "images/codec.hpp"
#include "ml/feature_extractor.hpp"

namespace vitrine {

const LocalFeatures& CropView::features() {
    if (!features_) features_ = extract_features(picture_);
    return *features_;
}

const Foreground& CropView::foreground() {
    if (!foreground_) foreground_ = find_foreground(picture_);
    return *foreground_;
}

const std::string& CropView::jpeg() {
    if (!jpeg_) jpeg_ = encode_jpeg(picture_, model_jpeg_quality);
    return *jpeg_;
}

} // namespace vitrine
