// What a model server, or whatever answers in its place, may say to any request of ours.

#include <cmath>

#include <vitrine/error.hpp>

#include "core/embedding.hpp"
#include "ml/chat_messages.hpp"
#include "ml/embedding_messages.hpp"
#include "ml/inference_messages.hpp"
#include "ml/label_cleaning.hpp"
#include "ml/ml_service_messages.hpp"

#include "fuzz_target.hpp"

namespace {

using namespace vitrine;

/// Calls `read`, which may refuse.
template <class Read>
void try_to(const Read& read) {
    try {
        read();
    } catch (const Error& error) {
        promise(error.code() == ErrorCode::BadInput || error.code() == ErrorCode::Unavailable,
                "an answer is refused as bad input or as no JSON");
    }
}

void check(const Detections& answer, int width, int height) {
    promise(answer.found.size() <= ml_service::boxes_max, "no more boxes than are looked at");
    for (const auto& detection : answer.found) {
        promise(detection.box.fits(width, height), "boxes lie in the picture");
        promise(detection.score >= 0.0 && detection.score <= 1.0, "scores lie in [0, 1]");
    }
}

void check(const StructuredLabel& label) {
    promise(cleaned(label) == label, "what is clean stays as it is");
    for (const auto* text : {&label.category, &label.text, &label.description}) {
        for (const unsigned char c : *text) promise(c >= 0x20 && c != 0x7f, "no control character is kept");
    }
}

void check(const inference::OutputTensor& output) {
    std::size_t count = 1;
    for (const auto side : output.shape) count *= static_cast<std::size_t>(side);
    promise(output.values.size() == count, "a tensor has as many values as its shape says");
}

} // namespace

std::vector<std::string> fuzz_seeds() {
    return {
        R"({"name":"m","inputs":[{"name":"x","datatype":"FP32","shape":[-1,3,4,8]}],"outputs":[{"name":"y","datatype":"FP32","shape":[-1,2]}]})",
        R"({"name":"s","extensions":["binary_tensor_data"]})",
        R"({"model_version":"3","outputs":[{"name":"y","shape":[1,2],"datatype":"FP32","data":[[3],[4]]}]})",
        R"({"outputs":[{"name":"y","shape":[2],"datatype":"FP16","parameters":{"binary_data_size":4}}]})"
        "\x01\x02\x03\x04",

        R"({"model":"yolo-x 1","crops":[{"box":[1,2,30,40],"score":0.93,"category":"shoe"},{"box":[-0.5,0,9.9,1e1],"score":1}]})",
        R"({"model":"clip-b 2","label":{"category":"mug","colors":["red"],"text":"caf\u00e9 \u202e\ud83d\ude00","confidence":0.5},"storage_vector":[0.1,-2,3e4]})",
        R"({"scores":[0.91,0]})",
        R"({"model":"m","dim":512})",
        R"({"choices":[{"message":{"content":"```json\n{\"category\":\"mug\",\"colors\":[]}\n```"},"finish_reason":"stop"}]})",
        R"({"message":{"role":"assistant","content":"{\"category\":\"mug\"}"},"done":true,"done_reason":"length"})",
        R"({"category":"mug","colors":["red","red"],"text":"\u0007x"})",
        R"({"data":[{"embedding":[3,4],"index":0}]})",
        R"({"data":[{"embedding":"AABAQAAAgEA=","index":0}]})",
        R"({"data":[{"embedding":[NaN,Infinity]}]})"};
}

void fuzz_one(std::string_view bytes) {
    try_to([&] { check(ml_service::detections_from(bytes, 100, 50), 100, 50); });
    try_to([&] {
        const auto answer = ml_service::label_from(bytes, true, true);
        check(answer.label.value());
        promise(is_unit_length(answer.vector.value()), "vectors are of unit length");
    });
    try_to([&] { promise(ml_service::scores_from(bytes, 2).size() == 2, "one score for each"); });
    try_to([&] { promise(!ml_service::health_from(bytes).version.empty(), "a model has a name"); });
    for (const auto dialect : {chat_messages::Dialect::OpenAi, chat_messages::Dialect::Ollama}) {
        try_to([&] { check(chat_messages::label_from(chat_messages::answer_from(dialect, bytes).content)); });
    }
    try_to([&] { check(chat_messages::label_from(std::string(bytes))); });
    try_to([&] { promise(is_unit_length(embedding_messages::vector_from(bytes)), "vectors are of unit length"); });
    // The JSON is all of the answer, or ends with its last brace: then raw values follow.
    for (const auto json_bytes : {bytes.size(), bytes.rfind('}') + 1}) {
        try_to([&] {
            for (const auto& output : inference::answer_from(bytes, json_bytes).outputs) check(output);
        });
    }
    try_to([&] { promise(inference::metadata_from(bytes).inputs.size() <= 64, "no more tensors than are looked at"); });
    try_to([&] { static_cast<void>(inference::takes_binary_tensors(bytes)); });
    const auto clean = cleaned(bytes);
    promise(cleaned(clean) == clean, "cleaning twice changes nothing");
}
