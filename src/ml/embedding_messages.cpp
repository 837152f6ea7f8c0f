#include "ml/embedding_messages.hpp"

#include <bit>
#include <cstring>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/base64.hpp"
#include "ml/answered_vector.hpp"
#include "ml/json_reading.hpp"

namespace vitrine::embedding_messages {
namespace {

using namespace json_reading;

static_assert(std::endian::native == std::endian::little, "vectors come little-endian");

Embedding from_floats(const std::string& text) {
    const auto bytes = from_base64(text);
    if (!bytes || bytes->size() % sizeof(float) != 0 || bytes->size() > vector_values_max * sizeof(float)) {
        throw Error(ErrorCode::BadInput, "the vector is no base64 of float32 values");
    }
    std::vector<float> values(bytes->size() / sizeof(float));
    if (!values.empty()) std::memcpy(values.data(), bytes->data(), bytes->size());
    return unit_vector(std::move(values));
}

} // namespace

std::string request_for(Dialect dialect, const std::string& model, std::string_view jpeg) {
    const auto picture = "data:image/jpeg;base64," + base64_of(jpeg);
    Json request{{"model", model}, {"encoding_format", "float"}};
    if (dialect == Dialect::Infinity) {
        request["input"] = Json::array({picture});
        request["modality"] = "image";
        request["encoding_format"] = "base64"; // a third of the bytes, and exact
    } else {
        const Json part{{"type", "image_url"}, {"image_url", {{"url", picture}}}};
        request["messages"] = Json::array({{{"role", "user"}, {"content", Json::array({part})}}});
    }
    return request.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Embedding vector_from(std::string_view body) {
    const Json document = parsed(body);
    const Json& data = list_of(document, "data");
    if (data.size() != 1) {
        throw Error(ErrorCode::BadInput, fmt::format("it has {} vectors for one picture", data.size()));
    }
    const Json& vector = member(data.front(), "embedding");
    if (vector.is_string()) return from_floats(vector.get_ref<const std::string&>());
    return unit_vector_from(vector, vector_values_max);
}

} // namespace vitrine::embedding_messages
