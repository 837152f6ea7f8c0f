#include "ml/crop_view.hpp"

#include "images/codec.hpp"
#include "ml/feature_extractor.hpp"

namespace vitrine {

const LocalFeatures& CropView::features() {
    if (!features_) features_ = extract_features(picture_);
    return *features_;
}

const std::string& CropView::jpeg() {
    if (!jpeg_) jpeg_ = encode_jpeg(picture_);
    return *jpeg_;
}

} // namespace vitrine
