#include "ml/inference_call.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "http/percent.hpp"
#include "ml/half_float.hpp"

namespace vitrine {
namespace {

using inference::TensorHead;

[[noreturn]] void refuse(const std::string& model, const std::string& what) {
    throw Error(ErrorCode::Configuration,
                fmt::format("The model '{}' does not fit what is configured: {}.", model, what));
}

std::string names_of(const std::vector<TensorHead>& tensors) {
    std::string names;
    for (const auto& tensor : tensors) names += (names.empty() ? "'" : ", '") + tensor.name + "'";
    return names.empty() ? "none" : names;
}

/// The tensor of that name, or the only one.
const TensorHead& tensor_named(const std::string& model, const char* kind, const std::vector<TensorHead>& tensors,
                               const std::string& name) {
    if (name.empty() && tensors.size() == 1) return tensors.front();
    const auto found = std::ranges::find(tensors, name, &TensorHead::name);
    if (found != tensors.end()) return *found;
    if (name.empty()) {
        refuse(model, fmt::format("it has the {}s {}, and models.json must name one", kind, names_of(tensors)));
    }
    refuse(model, fmt::format("it has no {} '{}', but {}", kind, name, names_of(tensors)));
}

bool may_be(std::int64_t declared, int wanted) {
    return declared < 0 || declared == wanted;
}

/// Whether [N,3,H,W] or [N,H,W,3] of the wanted size may be sent; which of them. Nothing for neither.
std::optional<bool> channels_last(const std::vector<std::int64_t>& shape, const InputSpec& spec) {
    if (shape.size() != 4 || !may_be(shape[0], 1)) return std::nullopt;
    if (may_be(shape[1], 3) && may_be(shape[2], spec.height) && may_be(shape[3], spec.width)) return false;
    if (may_be(shape[1], spec.height) && may_be(shape[2], spec.width) && may_be(shape[3], 3)) return true;
    return std::nullopt;
}

std::vector<float> with_channels_last(const std::vector<float>& values, std::size_t pixels) {
    std::vector<float> turned(values.size());
    for (std::size_t i = 0; i < pixels; ++i) {
        for (std::size_t c = 0; c < 3; ++c) turned[3 * i + c] = values[c * pixels + i];
    }
    return turned;
}

std::string bytes_of(const std::vector<float>& values, const std::string& datatype) {
    std::string bytes;
    if (datatype == "FP32") {
        bytes.resize(values.size() * sizeof(float));
        std::memcpy(bytes.data(), values.data(), bytes.size());
    } else if (datatype == "FP16") {
        bytes.resize(values.size() * 2);
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto half = to_half(values[i]);
            std::memcpy(bytes.data() + 2 * i, &half, 2);
        }
    } else {
        bytes.reserve(values.size());
        for (const float value : values) {
            bytes += static_cast<char>(static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L)));
        }
    }
    return bytes;
}

std::string path_of(const std::string& model) {
    return "/v2/models/" + percent_encode(model);
}

std::size_t json_bytes_of(const HttpResponse& response) {
    const auto value = response.header("inference-header-content-length");
    std::size_t bytes = response.body.size();
    if (!value.empty()) std::from_chars(value.data(), value.data() + value.size(), bytes);
    return bytes;
}

} // namespace

InferenceCall::InferenceCall(std::shared_ptr<ModelServer> server, InferenceModelOptions options)
    : server_(std::move(server)), options_(std::move(options)) {}

InferenceCall::Shape InferenceCall::shape() {
    const std::lock_guard lock(mutex_); // over one call, so that not every worker asks the same
    if (!shape_) shape_ = fetch_shape();
    return *shape_;
}

InferenceCall::Shape InferenceCall::fetch_shape() {
    const auto metadata = server_->get(
        path_of(options_.model), [](const HttpResponse& response) { return inference::metadata_from(response.body); });
    Shape shape;
    shape.binary = server_->get(
        "/v2", [](const HttpResponse& response) { return inference::takes_binary_tensors(response.body); });
    const auto& model = options_.model;
    shape.input = tensor_named(model, "input", metadata.inputs, options_.input ? options_.input->name : std::string());
    shape.output = tensor_named(model, "output", metadata.outputs, options_.output).name;
    if (!options_.input || shape.input.datatype == "BYTES") {
        shape.input.datatype = "BYTES";
        shape.input.shape = {1};
        return shape;
    }
    const auto& type = shape.input.datatype;
    if (type != "FP32" && type != "FP16" && type != "UINT8") {
        refuse(model, fmt::format("its input is {}; FP32, FP16, UINT8 and BYTES can be sent", type));
    }
    const auto last = channels_last(shape.input.shape, *options_.input);
    if (!last) {
        refuse(model, fmt::format("its input has another shape than the {}x{} pixels of models.json",
                                  options_.input->width, options_.input->height));
    }
    shape.channels_last = *last;
    const std::int64_t width = options_.input->width;
    const std::int64_t height = options_.input->height;
    if (*last)
        shape.input.shape = {1, height, width, 3};
    else
        shape.input.shape = {1, 3, height, width};
    return shape;
}

inference::InputTensor InferenceCall::input_of(const Shape& shape, const Picture& picture, Placement& placement,
                                               const std::function<std::string()>& jpeg) const {
    if (shape.input.datatype == "BYTES") return {.head = shape.input, .bytes = jpeg()};
    const auto pixels =
        static_cast<std::size_t>(options_.input->width) * static_cast<std::size_t>(options_.input->height);
    std::vector<float> values(3 * pixels);
    placement = write_input(picture, {0, 0, picture.width, picture.height}, *options_.input, values);
    if (shape.channels_last) values = with_channels_last(values, pixels);
    return {.head = shape.input, .bytes = bytes_of(values, shape.input.datatype)};
}

void InferenceCall::ask(const Picture& picture, const std::function<std::string()>& jpeg,
                        const std::function<void(const Answer&)>& use) {
    const Shape known = shape();
    Answer answer;
    const auto input = input_of(known, picture, answer.placement, jpeg);
    inference::Request request;
    ModelServer::Headers headers;
    if (known.binary) {
        request = inference::binary_request(input, {known.output});
        headers = {{"content-type", "application/octet-stream"},
                   {"inference-header-content-length", std::to_string(request.json_bytes)}};
    } else {
        request.body = inference::json_request(input, {known.output});
        headers = {{"content-type", "application/json"}};
    }
    server_->post(path_of(options_.model) + "/infer", request.body, headers, [&](const HttpResponse& response) {
        auto inferred = inference::answer_from(response.body, json_bytes_of(response));
        const auto found = std::ranges::find(inferred.outputs, known.output, &inference::OutputTensor::name);
        if (found == inferred.outputs.end()) {
            throw Error(ErrorCode::BadInput, fmt::format("it has no output '{}'", known.output));
        }
        answer.output = std::move(*found);
        answer.version = checked_version(fmt::format(
            "openinference {}{}{}", options_.model, inferred.model_version.empty() ? "" : " ", inferred.model_version));
        use(answer);
        return true;
    });
}

} // namespace vitrine
