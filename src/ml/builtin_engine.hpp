#pragma once

#include <memory>

#include "ml/label_reader.hpp"
#include "ml/vision_engine.hpp"

namespace vitrine {

struct BuiltinOptions {
    LabelOptions label;
};

/// The engine that needs no download and no network: classical vision for crops, vectors and local features, colour
/// names, printed text and barcodes for labels, words and trigrams for matches. It refuses a picture without pixels
/// with Error(BadInput). Throws Error(Configuration) when the text recogniser's model is not installed.
/// Sets OpenCV to one thread a call, for the whole process: the workers are the parallelism.
std::unique_ptr<VisionEngine> make_builtin_engine(const BuiltinOptions& options = {});

} // namespace vitrine
