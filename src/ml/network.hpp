#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "ml/detection_decoder.hpp"
#include "ml/model_pack.hpp"

namespace vitrine {

/// One output for one picture.
struct Tensor {
    std::vector<std::int64_t> shape; ///< begins with 1
    std::vector<float> values;

    [[nodiscard]] TensorView view() const { return {.values = values, .shape = shape}; }
};

/// One network in memory (OpenCV DNN), in as many copies as there are processors, at most eight, whatever the number of
/// threads that use it. Calls that come while all of them compute go together into the next forward pass (CallJoiner).
/// Safe from any thread.
class Network {
public:
    /// Loads `onnx`, the bytes of the model's file, and runs it once, so that the first real call is no slower than the
    /// others and everything `model` declares is checked: its outputs' names and sizes. Throws Error(Configuration),
    /// naming file and key.
    Network(const ModelSpec& model, std::string_view onnx);
    ~Network();

    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    /// How many numbers one picture is: 3 * height * width.
    [[nodiscard]] std::size_t input_values() const;

    /// The most pictures that go into one pass: 1 where the network only takes single ones.
    [[nodiscard]] int batch_max() const;

    /// What the network says of each of the pictures in `inputs`, one after the other: its outputs in the order of
    /// ModelSpec::outputs. Throws Error(BadInput) when an output holds a number that is not finite.
    [[nodiscard]] std::vector<std::vector<Tensor>> run(std::span<const float> inputs);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace vitrine
