#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ml/label_list.hpp"
#include "ml/network.hpp"

namespace vitrine {

/// One model of a folder, ready to run.
struct LoadedModel {
    ModelSpec spec; ///< with its file's SHA-256
    std::unique_ptr<Network> network;
    std::vector<LabelList> labels; ///< one for each output, empty where it has none
};

/// The models of a folder; constant but for what Network guards itself.
class OnnxModels {
public:
    std::vector<LoadedModel> models;
};

/// What decides what is said by a model's outputs of one meaning, as text: for versions. Two that differ answer
/// differently; what only concerns other outputs, as the shop's names for a classifier's labels do not concern a
/// vector, is not in it.
template <class Meaning>
std::string identity_of(const LoadedModel& model);
extern template std::string identity_of<EmbeddingOutput>(const LoadedModel&);
extern template std::string identity_of<ClassifierOutput>(const LoadedModel&);
extern template std::string identity_of<DetectorOutput>(const LoadedModel&);

} // namespace vitrine
