#pragma once

#include <vitrine/image.hpp>

#include "core/local_features.hpp"
#include "images/picture.hpp"
#include "ml/foreground.hpp"
#include "ml/vector_model.hpp"

namespace vitrine {

/// The length of a storage vector.
constexpr int storage_vector_dimensions = 160 + 192 + 13;

/// Makes the vector that stands for a crop, of three parts, each of unit length times its weight: what the thing's
/// colours are and roughly where, through a learned map that forgets what differs between views of one thing (light,
/// clutter, number); which local features it has; and its outline, which counts little where no background shows it.
/// Constant after construction; safe from any thread.
class StorageVectorMaker {
public:
    explicit StorageVectorMaker(VectorModel model = embedded_vector_model());

    /// Any picture of at least one pixel gives a finite vector of unit length; the same pixels and features give the
    /// same vector.
    [[nodiscard]] Embedding make(const Picture& crop, const LocalFeatures& features) const;

    /// The same where the foreground is known.
    [[nodiscard]] Embedding make(const Picture& crop, const LocalFeatures& features,
                                 const Foreground& foreground) const;

private:
    VectorModel model_;
};

} // namespace vitrine
