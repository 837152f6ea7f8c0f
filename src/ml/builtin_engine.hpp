#pragma once

#include <memory>

#include "core/vocabulary.hpp"
#include "ml/describer.hpp"
#include "ml/detector.hpp"
#include "ml/label_reader.hpp"
#include "ml/matcher.hpp"
#include "ml/vision_engine.hpp"

// The engine that needs no download and no network: classical vision for crops, vectors and local features, colour
// names, printed text and barcodes for labels, words and trigrams for matches. As a whole and in its parts.
//
// Each function that makes something of it sets OpenCV to one thread a call, for the whole process: the workers are the
// parallelism.

namespace vitrine {

struct BuiltinOptions {
    LabelOptions label;
};

std::shared_ptr<Detector> make_builtin_detector();

/// Throws Error(Configuration) when the text recogniser's model is not installed.
std::shared_ptr<Describer> make_builtin_describer(const BuiltinOptions& options = {});

/// Words and trigrams (core/lexical_match), by the shop's vocabulary; null: the builtin one.
std::shared_ptr<Matcher> make_lexical_matcher(std::shared_ptr<const Vocabulary> vocabulary = nullptr);

/// All three. Throws as make_builtin_describer.
std::unique_ptr<VisionEngine> make_builtin_engine(const BuiltinOptions& options = {});

} // namespace vitrine
