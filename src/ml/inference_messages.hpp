#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The Open Inference Protocol, version 2, over HTTP: kserve/open-inference-protocol, specification/protocol/
// inference_rest.md; tensors in binary as in Triton's extension_binary_data. Answers come from anywhere: the reading
// functions throw Error(Unavailable) for what is no JSON and Error(BadInput) with a clause for what cannot be used.

namespace vitrine::inference {

/// A tensor's name, type and shape, as a model's metadata declares it or a request sends it.
struct TensorHead {
    std::string name;
    std::string datatype;            ///< "FP32", "FP16", "UINT8", "BYTES", …
    std::vector<std::int64_t> shape; ///< -1 in metadata: any
};

struct ModelMetadata {
    std::string name;
    std::vector<TensorHead> inputs;
    std::vector<TensorHead> outputs;
};
ModelMetadata metadata_from(std::string_view body);

/// Whether the server's own metadata (GET /v2) says that it takes tensors in binary.
bool takes_binary_tensors(std::string_view body);

/// What goes in: values of FP32, FP16 and UINT8 little-endian and row-major; of BYTES one picture's encoded bytes.
struct InputTensor {
    TensorHead head;
    std::string bytes;
};

/// A request's body. In binary the first `json_bytes` of it are JSON (header Inference-Header-Content-Length).
struct Request {
    std::string body;
    std::size_t json_bytes = 0;
};
Request binary_request(const InputTensor& input, const std::vector<std::string>& outputs);

/// The same with the values as JSON's numbers; encoded bytes as base64. Throws Error(Configuration) for FP16, which has
/// no form in JSON.
std::string json_request(const InputTensor& input, const std::vector<std::string>& outputs);

struct OutputTensor {
    std::string name;
    std::vector<std::int64_t> shape;
    std::vector<float> values; ///< row-major, as many as the shape says; NaN and infinities are left in
};

struct InferAnswer {
    std::string model_version; ///< empty where the server did not say
    std::vector<OutputTensor> outputs;
};

/// The answer to a request; `json_bytes` is the header Inference-Header-Content-Length, the body's size without one.
InferAnswer answer_from(std::string_view body, std::size_t json_bytes);

} // namespace vitrine::inference
