#include "ml/inference_messages.hpp"

#include <bit>
#include <cstring>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/base64.hpp"
#include "ml/half_float.hpp"
#include "ml/json_reading.hpp"

namespace vitrine::inference {
namespace {

using namespace json_reading;

static_assert(std::endian::native == std::endian::little, "tensors are little-endian");

constexpr std::size_t values_max = 16U << 20; // of one tensor: 64 MiB as floats
constexpr std::size_t tensors_max = 64;
constexpr std::size_t dimensions_max = 8;

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::BadInput, what);
}

std::vector<std::int64_t> shape_from(const Json& tensor) {
    const Json& list = list_of(tensor, "shape");
    if (list.size() > dimensions_max) refuse("a tensor's shape has more than 8 sides");
    std::vector<std::int64_t> shape;
    for (const Json& side : list) {
        if (!side.is_number_integer()) refuse("a side of a tensor's shape is no whole number");
        shape.push_back(side.get<std::int64_t>());
    }
    return shape;
}

std::vector<TensorHead> heads_from(const Json& document, const char* name) {
    std::vector<TensorHead> heads;
    for (const Json& tensor : list_of(document, name)) {
        if (heads.size() == tensors_max) refuse(fmt::format("it has more than {} {}", tensors_max, name));
        heads.push_back(
            {.name = text_of(tensor, "name"), .datatype = text_of(tensor, "datatype"), .shape = shape_from(tensor)});
    }
    return heads;
}

std::size_t count_of(const std::vector<std::int64_t>& shape) {
    std::size_t count = 1;
    for (const auto side : shape) {
        if (side < 0 || (side > 0 && count > values_max / static_cast<std::size_t>(side))) {
            refuse(fmt::format("a tensor's shape is negative or of more than {} values", values_max));
        }
        count *= static_cast<std::size_t>(side);
    }
    return count;
}

template <class Number>
std::vector<float> floats_from(std::string_view bytes) {
    std::vector<float> values(bytes.size() / sizeof(Number));
    for (std::size_t i = 0; i < values.size(); ++i) {
        Number number{};
        std::memcpy(&number, bytes.data() + i * sizeof(Number), sizeof(Number));
        values[i] = static_cast<float>(number);
    }
    return values;
}

std::vector<float> halves_from(std::string_view bytes) {
    std::vector<float> values(bytes.size() / 2);
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::uint16_t bits = 0;
        std::memcpy(&bits, bytes.data() + 2 * i, 2);
        values[i] = from_half(bits);
    }
    return values;
}

struct Datatype {
    std::string_view name;
    std::size_t bytes;
    std::vector<float> (*read)(std::string_view);
};

const Datatype& datatype_of(const std::string& name) {
    static const Datatype types[] = {
        {"FP32", 4, floats_from<float>},         {"FP16", 2, halves_from},
        {"FP64", 8, floats_from<double>},        {"UINT8", 1, floats_from<std::uint8_t>},
        {"INT8", 1, floats_from<std::int8_t>},   {"UINT16", 2, floats_from<std::uint16_t>},
        {"INT16", 2, floats_from<std::int16_t>}, {"UINT32", 4, floats_from<std::uint32_t>},
        {"INT32", 4, floats_from<std::int32_t>}, {"UINT64", 8, floats_from<std::uint64_t>},
        {"INT64", 8, floats_from<std::int64_t>}, {"BOOL", 1, floats_from<std::uint8_t>},
    };
    for (const auto& type : types) {
        if (type.name == name) return type;
    }
    refuse(fmt::format("a tensor of the type '{:.20}' is no tensor of numbers", name));
}

/// Flat or nested, as the protocol allows; no deeper than a shape may be.
void append_values(const Json& data, std::size_t depth, std::size_t count, std::vector<float>& values) {
    if (depth > dimensions_max) refuse("a tensor's data are nested deeper than 8 lists");
    for (const Json& entry : data) {
        if (entry.is_array()) {
            append_values(entry, depth + 1, count, values);
        } else {
            if (values.size() == count) refuse("a tensor has more values than its shape says");
            values.push_back(entry.is_boolean() ? float(entry.get<bool>())
                                                : static_cast<float>(number_from(entry, "a value of a tensor")));
        }
    }
}

std::vector<float> values_in_json(const Json& tensor, std::size_t count) {
    std::vector<float> values;
    append_values(list_of(tensor, "data"), 1, count, values);
    if (values.size() != count) {
        refuse(fmt::format("a tensor has {} values where its shape says {}", values.size(), count));
    }
    return values;
}

/// Cut from the front of `rest`.
std::vector<float> values_in_binary(const Json& tensor, const Json& size, std::size_t count, std::string_view& rest) {
    const Datatype& type = datatype_of(text_of(tensor, "datatype"));
    if (!size.is_number_unsigned() || size.get<std::uint64_t>() != count * type.bytes ||
        size.get<std::uint64_t>() > rest.size()) {
        refuse("a tensor's 'binary_data_size' is not what its shape and the answer's length say");
    }
    const auto bytes = rest.substr(0, count * type.bytes);
    rest.remove_prefix(bytes.size());
    return type.read(bytes);
}

Json head_of(const InputTensor& input) {
    return {{"name", input.head.name}, {"shape", input.head.shape}, {"datatype", input.head.datatype}};
}

Json outputs_of(const std::vector<std::string>& names, bool binary) {
    Json outputs = Json::array();
    for (const auto& name : names) {
        Json output{{"name", name}};
        if (binary) output["parameters"] = {{"binary_data", true}};
        outputs.push_back(std::move(output));
    }
    return outputs;
}

/// An element of BYTES has its length in front.
std::string binary_of(const InputTensor& input) {
    if (input.head.datatype != "BYTES") return input.bytes;
    const auto size = static_cast<std::uint32_t>(input.bytes.size());
    std::string framed(sizeof size, '\0');
    std::memcpy(framed.data(), &size, sizeof size);
    return framed + input.bytes;
}

} // namespace

ModelMetadata metadata_from(std::string_view body) {
    const Json document = parsed(body);
    return {.name = text_of(document, "name"),
            .inputs = heads_from(document, "inputs"),
            .outputs = heads_from(document, "outputs")};
}

bool takes_binary_tensors(std::string_view body) {
    const Json document = parsed(body);
    const Json& extensions = member(document, "extensions");
    if (!extensions.is_array()) return false;
    for (const Json& extension : extensions) {
        if (extension == "binary_tensor_data") return true;
    }
    return false;
}

Request binary_request(const InputTensor& input, const std::vector<std::string>& outputs) {
    const auto bytes = binary_of(input);
    Json tensor = head_of(input);
    tensor["parameters"] = {{"binary_data_size", bytes.size()}};
    const Json document{{"inputs", Json::array({tensor})}, {"outputs", outputs_of(outputs, true)}};
    Request request{.body = document.dump()};
    request.json_bytes = request.body.size();
    request.body += bytes;
    return request;
}

std::string json_request(const InputTensor& input, const std::vector<std::string>& outputs) {
    Json tensor = head_of(input);
    const auto& type = input.head.datatype;
    if (type == "BYTES") {
        tensor["data"] = Json::array({base64_of(input.bytes)});
    } else if (type == "FP32") {
        tensor["data"] = floats_from<float>(input.bytes);
    } else if (type == "UINT8") {
        tensor["data"] =
            std::vector<int>(reinterpret_cast<const std::uint8_t*>(input.bytes.data()),
                             reinterpret_cast<const std::uint8_t*>(input.bytes.data()) + input.bytes.size());
    } else {
        throw Error(
            ErrorCode::Configuration,
            fmt::format("The model takes {}, which can only be sent in binary, and the server does not say that it "
                        "takes that (extension binary_tensor_data); serve the model with FP32.",
                        type));
    }
    return Json{{"inputs", Json::array({tensor})}, {"outputs", outputs_of(outputs, false)}}.dump();
}

InferAnswer answer_from(std::string_view body, std::size_t json_bytes) {
    if (json_bytes > body.size()) refuse("its JSON is longer than the whole answer");
    const Json document = parsed(body.substr(0, json_bytes));
    auto rest = body.substr(json_bytes);
    const Json& version = member(document, "model_version");
    InferAnswer answer{.model_version = version.is_string() ? version.get<std::string>() : std::string()};
    for (const Json& tensor : list_of(document, "outputs")) {
        if (answer.outputs.size() == tensors_max) refuse(fmt::format("it has more than {} outputs", tensors_max));
        OutputTensor output{.name = text_of(tensor, "name"), .shape = shape_from(tensor)};
        const auto count = count_of(output.shape);
        const Json& parameters = member(tensor, "parameters");
        const Json size = parameters.is_object() ? member(parameters, "binary_data_size") : Json();
        output.values = size.is_null() ? values_in_json(tensor, count) : values_in_binary(tensor, size, count, rest);
        answer.outputs.push_back(std::move(output));
    }
    return answer;
}

} // namespace vitrine::inference
