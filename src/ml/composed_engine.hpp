#pragma once

#include <memory>

#include "ml/describer.hpp"
#include "ml/detector.hpp"
#include "ml/matcher.hpp"
#include "ml/vision_engine.hpp"

namespace vitrine {

/// Who answers which question. `labeller` and `vectorizer` may be one object: then one call gives both.
struct EngineParts {
    std::shared_ptr<Detector> detector;
    std::shared_ptr<Describer> labeller;
    std::shared_ptr<Describer> vectorizer;
    std::shared_ptr<Matcher> matcher;
    bool local_features = true; ///< false: none are kept, and nothing is verified geometrically
};

/// One engine of parts that may come from different ones; the local features are always the builtin extractor's, which
/// need no model and are made on as many threads at a time as there are processors. Refuses a picture without pixels
/// with Error(BadInput), and whatever a part answers that must never be stored: a vector that is not of unit length or
/// not as long as this version's vectors were before, a score outside [0, 1], a box outside the picture. All parts are
/// set.
std::unique_ptr<VisionEngine> make_composed_engine(EngineParts parts);

} // namespace vitrine
