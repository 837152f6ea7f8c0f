#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ml/describer.hpp"
#include "ml/detection_decoder.hpp"
#include "ml/detector.hpp"
#include "ml/input_tensor.hpp"
#include "ml/known_model.hpp"
#include "ml/label_list.hpp"
#include "ml/model_pack.hpp"
#include "ml/model_server.hpp"

// The openinference engine: a model behind the Open Inference Protocol v2 (Triton, KServe, OpenVINO Model Server).
//
// The model's metadata are asked for before its first call and checked: one output of the name that is wanted, an input
// that takes what would be sent. Where `input` says how pixels become a tensor they are sent as FP32, FP16 or UINT8,
// whatever the model takes, channels first or last; without it the picture goes as JPEG (BYTES) and the server prepares
// it, as OpenVINO Model Server does and a preprocessing ensemble of Triton. Tensors are sent and taken in binary where
// the server says that it can, else in JSON.
//
// The version is "openinference MODEL VERSION", with the version that answers name. Errors are ModelServer's;
// Error(Configuration) when the metadata do not fit; an answer that cannot be used is Error(BadInput).

namespace vitrine {

struct InferenceModelOptions {
    std::string model;              ///< its name at the server
    std::optional<InputSpec> input; ///< how pixels become its input; nothing: the server prepares the picture
    std::string output;             ///< the output's name; empty: its only one
};

/// The output is the picture's vector, pooled as `output` says and brought to unit length.
std::shared_ptr<Describer> make_inference_embedder(std::shared_ptr<ModelServer> server,
                                                   std::shared_ptr<ModelMemory> memory,
                                                   const InferenceModelOptions& options,
                                                   const EmbeddingOutput& output = {});

/// The output holds boxes, which `decoder` reads; `labels` names their classes and may be empty: then boxes have
/// no category.
std::shared_ptr<Detector> make_inference_detector(std::shared_ptr<ModelServer> server,
                                                  std::shared_ptr<ModelMemory> memory,
                                                  const InferenceModelOptions& options, const DetectionDecoder& decoder,
                                                  LabelList labels = {});

/// Asks the server whether it is ready for the model and whether the metadata fit; a sentence about it, for `doctor`.
std::string check_inference_model(std::shared_ptr<ModelServer> server, const InferenceModelOptions& options);

} // namespace vitrine
