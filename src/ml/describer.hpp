#pragma once

#include <optional>
#include <string>

#include <vitrine/image.hpp>
#include <vitrine/structured_label.hpp>

#include "ml/crop_view.hpp"

namespace vitrine {

/// Which halves of a description are wanted.
struct Wanted {
    bool label = true;
    bool vector = true;
};

/// What a describer said of one crop: the halves that were wanted.
struct Description {
    std::optional<StructuredLabel> label;
    std::string label_version;       ///< of the model that made the label; empty without one
    std::optional<Embedding> vector; ///< of unit length
    std::string vector_version;      ///< of the model that made the vector; empty without one
};

/// The models of a describer; a half that it cannot give, or whose model is not known yet, is empty.
struct DescriberVersions {
    std::string label;
    std::string vector;
    int dimensions = 0; ///< of the vector; 0 while not known
};

/// What is this thing, and which vector stands for it? One call may give both, and where two engines share the work
/// each is asked for its half only. Safe from any thread. Throws as VisionEngine does.
class Describer {
public:
    virtual ~Describer() = default;

    /// What would answer now. No I/O.
    [[nodiscard]] virtual DescriberVersions versions() const = 0;

    /// Gives every half that is wanted, of models whose versions it names. The crop has pixels. Throws
    /// Error(Configuration) for a half that this engine cannot give.
    [[nodiscard]] virtual Description describe(CropView& crop, Wanted wanted) = 0;
};

} // namespace vitrine
