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

/// What of a model decides its answers, as text: for versions. Two that differ answer differently.
std::string identity_of(const LoadedModel& model);

} // namespace vitrine
