#pragma once

#include "core/local_features.hpp"
#include "images/picture.hpp"

namespace vitrine {

struct FeatureOptions {
    int features_max = 450;   ///< the strongest so many
    int side = 340;           ///< the longer side is brought to about this many pixels first, up or down
    double enlarge_max = 3.0; ///< a smaller picture is enlarged at most so much
};

/// RootSIFT features of a crop, strongest first, in pixels of the crop itself. Empty for a picture without structure.
/// Safe from any thread; the same pixels give the same features on the same machine.
LocalFeatures extract_features(const Picture& crop, const FeatureOptions& options = {});

} // namespace vitrine
