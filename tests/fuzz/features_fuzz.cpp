// Stored local features that something overwrote: found out, or read and comparable with any others.

#include <vitrine/error.hpp>

#include "core/geometric_verification.hpp"
#include "core/local_features.hpp"
#include "fuzz_target.hpp"

std::vector<std::string> fuzz_seeds() {
    vitrine::LocalFeatures features(12);
    for (std::size_t i = 0; i < features.size(); ++i) {
        features[i] = {static_cast<float>(10 * i), static_cast<float>(i * i), 4.0F, static_cast<float>(30 * i), {}};
        for (std::size_t d = 0; d < features[i].descriptor.size(); ++d) {
            features[i].descriptor[d] = static_cast<std::uint8_t>(i * 131 + d * d * (i + 1));
        }
    }
    return {vitrine::to_bytes(features), vitrine::to_bytes({})};
}

void fuzz_one(std::string_view bytes) {
    try {
        const auto features = vitrine::local_features_from_bytes(std::string(bytes));
        promise(vitrine::to_bytes(features) == bytes, "features survive being stored");
        if (features.size() > 100) return; // comparing costs the product of both sizes
        const auto verified = vitrine::verify(features, features);
        promise(verified.inliers >= 0 && verified.inliers <= static_cast<int>(features.size()),
                "each feature counts once");
    } catch (const vitrine::Error& error) {
        promise(error.code() == vitrine::ErrorCode::Corrupted, "features are refused as corrupted");
    }
}
