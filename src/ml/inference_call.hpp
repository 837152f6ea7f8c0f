#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "images/picture.hpp"
#include "ml/inference_messages.hpp"
#include "ml/inference_server.hpp"

namespace vitrine {

/// One model of one server of the Open Inference Protocol: a picture in, one output out. Safe from any thread.
class InferenceCall {
public:
    InferenceCall(std::shared_ptr<ModelServer> server, InferenceModelOptions options);

    struct Answer {
        std::string version; ///< "openinference MODEL VERSION"
        inference::OutputTensor output;
        Placement placement; ///< of the picture in the model's input
    };

    /// Asks, and hands the answer to `use`, which throws Error(BadInput) with a clause where it cannot be used. `jpeg`
    /// is called where the picture is sent encoded.
    void ask(const Picture& picture, const std::function<std::string()>& jpeg,
             const std::function<void(const Answer&)>& use);

    /// The checked metadata, from the server when they have not been fetched yet.
    struct Shape {
        inference::TensorHead input; ///< as it will be sent; of BYTES: the picture as JPEG
        std::string output;
        bool channels_last = false;
        bool binary = false;
    };
    [[nodiscard]] Shape shape();

    [[nodiscard]] const ModelServer& server() const noexcept { return *server_; }
    [[nodiscard]] const std::string& model() const noexcept { return options_.model; }

private:
    [[nodiscard]] Shape fetch_shape();
    [[nodiscard]] inference::InputTensor input_of(const Shape& shape, const Picture& picture, Placement& placement,
                                                  const std::function<std::string()>& jpeg) const;

    const std::shared_ptr<ModelServer> server_;
    const InferenceModelOptions options_;
    std::mutex mutex_;
    std::optional<Shape> shape_; ///< guarded by mutex_
};

} // namespace vitrine
