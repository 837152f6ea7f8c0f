#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/local_features.hpp"
#include "images/picture.hpp"
#include "ml/foreground.hpp"

namespace vitrine {

/// Of the JPEGs that model servers are sent. From 90 on colours would be sent in full resolution, at twice the work and
/// one and a half times the bytes.
inline constexpr int model_jpeg_quality = 88;

/// What a model server is sent: the picture's own file where it has one (Picture::jpeg), else its pixels compressed.
std::shared_ptr<const std::string> jpeg_for_model(const Picture& picture);

/// One crop's pixels in the forms in which models want them, each made once, at its first use. For one thread at a
/// time.
class CropView {
public:
    /// `picture` is kept by the caller.
    explicit CropView(const Picture& picture) : picture_(picture) {}

    [[nodiscard]] const Picture& picture() const noexcept { return picture_; }

    /// feature_extractor's: they need no model, and are kept whoever describes the crop.
    [[nodiscard]] const LocalFeatures& features();

    [[nodiscard]] const Foreground& foreground();

    /// jpeg_for_model's.
    [[nodiscard]] const std::string& jpeg();

private:
    const Picture& picture_;
    std::optional<LocalFeatures> features_;
    std::optional<Foreground> foreground_;
    std::shared_ptr<const std::string> jpeg_;
};

} // namespace vitrine
