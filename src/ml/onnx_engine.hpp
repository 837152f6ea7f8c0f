#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ml/describer.hpp"
#include "ml/detector.hpp"
#include "ml/model_folder.hpp"

// The engine of models from a folder, run in process by OpenCV DNN (docs/models.md). Whatever the number of workers
// there is one copy of each network; calls that come at one time go through it together.

namespace vitrine {

/// The networks of a folder, in memory. Opaque: for the functions below.
class OnnxModels;

/// Loads and checks every model of the folder, which takes some hundred milliseconds. `categories` is a file of lines
/// `label,category` that goes before those that models.json names (label_list.hpp); empty: none. Throws
/// Error(Configuration), naming file and key, for whatever is wrong with the folder.
std::shared_ptr<OnnxModels> load_onnx_models(const std::filesystem::path& folder,
                                             const std::filesystem::path& categories = {});

/// Lets each forward pass use all processors. For the whole process, and undone by whatever builtin part is made after
/// it: OpenCV has one number of threads, and one pool of them whose size is that number whoever calls.
void use_processors_in_networks();

/// The models' names, in the order of models.json.
std::vector<std::string> names_of(const OnnxModels& models);

/// Boxes of the pack's detectors. Before a plain background, and in a collage, the builtin detector's outlines are
/// exact: `plain` is asked first, and its answer stands where its best box is convincing (a score of 0.5 or more).
/// Elsewhere the whole picture is among the boxes. Throws Error(Configuration) when no model of the pack is a detector.
std::shared_ptr<Detector> make_onnx_detector(std::shared_ptr<OnnxModels> models, std::shared_ptr<Detector> plain);

struct OnnxDescriberOptions {
    /// Weight of the builtin vector (colours, local structure, outline) beside the networks' embeddings, whose weights
    /// models.json gives; 0: it is left out.
    double builtin_weight = 0.0;
    /// The middles of a crop that embeddings are made of and averaged, where models.json does not say.
    std::vector<double> views{1.0, 0.8, 0.6};
};

/// The label is the builtin describer's (colours, pattern, printed text, barcodes) with the category of the pack's
/// classifiers, if it has any; the vector is made of the pack's embeddings and, by weight, of the builtin vector. A
/// pack without an embedding gives labels only: its vector version is empty.
std::shared_ptr<Describer> make_onnx_describer(std::shared_ptr<OnnxModels> models, std::shared_ptr<Describer> builtin,
                                               const OnnxDescriberOptions& options = {});

} // namespace vitrine
