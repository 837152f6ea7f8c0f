// The openinference engine over real HTTP, against a server that speaks the Open Inference Protocol v2 and misbehaves.

#include <cmath>
#include <cstring>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <vitrine/error.hpp>

#include "ml/half_float.hpp"
#include "ml/inference_server.hpp"

#include "model_answers.hpp"

namespace vitrine::test {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

const Picture picture{.width = 40, .height = 20, .rgb = std::vector<std::uint8_t>(40 * 20 * 3, 255)};

std::string raw(const std::vector<float>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

class OpenInference : public testing::Test {
protected:
    // What the server is: changed by each test.
    Json metadata_ = Json::parse(R"({"name":"resnet","platform":"onnx",
        "inputs":[{"name":"image","datatype":"FP32","shape":[-1,3,4,8]}],
        "outputs":[{"name":"vector","datatype":"FP32","shape":[-1,2]}]})");
    bool binary_ = true;
    std::function<ScriptedAnswer()> infer_ = [this] { return infer_answer({1, 2}, {3.0F, 4.0F}); };

    FaultServer server_{[this](const SeenRequest& request) -> ScriptedAnswer {
        if (request.target == "/v2") return json(binary_ ? R"({"extensions":["binary_tensor_data"]})" : "{}");
        if (request.target == "/v2/models/resnet") return json(metadata_.dump());
        if (request.target == "/v2/models/resnet/infer") return infer_();
        return json(R"({"error":"no such model"})", 404);
    }};
    std::shared_ptr<ModelServer> http_ =
        std::make_shared<ModelServer>(ModelServerOptions{.url = server_.url(), .section = "ml.vector"});
    InferenceModelOptions options_{.model = "resnet", .input = InputSpec{.name = "image", .width = 8, .height = 4}};

    [[nodiscard]] ScriptedAnswer infer_answer(const std::vector<int>& shape, const std::vector<float>& values) const {
        Json output{{"name", "vector"}, {"datatype", "FP32"}, {"shape", shape}};
        if (!binary_) output["data"] = values;
        if (binary_) output["parameters"] = {{"binary_data_size", values.size() * 4}};
        auto answer = json(Json{{"model_version", "3"}, {"outputs", Json::array({output})}}.dump());
        if (!binary_) return answer;
        answer.headers = {{"Inference-Header-Content-Length", std::to_string(answer.body.size())}};
        answer.body += raw(values);
        return answer;
    }

    Description describe() {
        CropView view(picture);
        return make_inference_embedder(http_, nullptr, options_)->describe(view, {.label = false, .vector = true});
    }

    Error error() {
        try {
            describe();
        } catch (const Error& thrown) {
            return thrown;
        }
        return {ErrorCode::Internal, "nothing was thrown"};
    }

    /// The body of the last request: its JSON, and what follows it.
    std::pair<Json, std::string> sent() {
        const auto request = server_.requests().back();
        const auto found = request.headers.find("inference-header-content-length");
        const auto size = found == request.headers.end() ? request.body.size() : std::stoul(found->second);
        return {Json::parse(request.body.substr(0, size)), request.body.substr(size)};
    }

    std::string why_it_does_not_fit(const char* pointer, const Json& value) {
        const Json kept = metadata_;
        metadata_[Json::json_pointer(pointer)] = value;
        const auto thrown = error();
        metadata_ = kept;
        EXPECT_EQ(thrown.code(), ErrorCode::Configuration) << thrown.what();
        return thrown.what();
    }
};

TEST_F(OpenInference, ATensorGoesAndComesInBinary) {
    const auto said = describe();
    EXPECT_EQ(said.vector, (Embedding{0.6F, 0.8F}));
    EXPECT_EQ(said.vector_version, "openinference resnet 3");
    const auto [head, tensor] = sent();
    EXPECT_EQ(head.at("/inputs/0/shape"_json_pointer).dump(), "[1,3,4,8]");
    EXPECT_EQ(head.at("/inputs/0/parameters/binary_data_size"_json_pointer), 4 * 3 * 4 * 8);
    EXPECT_EQ(tensor, raw(std::vector<float>(3 * 4 * 8, 255.0F)));
}

TEST_F(OpenInference, ATensorGoesAndComesInJsonWhereTheServerKnowsNoBinary) {
    binary_ = false;
    EXPECT_EQ(describe().vector, (Embedding{0.6F, 0.8F}));
    EXPECT_EQ(sent().first.at("/inputs/0/data"_json_pointer).size(), 96U);
    EXPECT_EQ(sent().second, "");
}

TEST_F(OpenInference, HalvesBytesAndChannelsLastAreSentAsTheModelTakesThem) {
    metadata_["inputs"][0]["datatype"] = "FP16";
    describe();
    EXPECT_EQ(sent().second.size(), 2U * 96U);
    std::uint16_t half = 0;
    std::memcpy(&half, sent().second.data(), 2);
    EXPECT_EQ(from_half(half), 255.0F);
    metadata_["inputs"][0]["datatype"] = "UINT8";
    metadata_["inputs"][0]["shape"] = Json::parse("[1,4,8,3]");
    describe();
    EXPECT_EQ(sent().second, std::string(96, '\xff'));
    EXPECT_EQ(sent().first.at("/inputs/0/shape"_json_pointer).dump(), "[1,4,8,3]");
}

TEST_F(OpenInference, WithoutADescriptionThePictureGoesEncodedAndTheServerPreparesIt) {
    options_.input.reset();
    describe();
    const auto [head, tensor] = sent();
    EXPECT_EQ(head.at("/inputs/0/datatype"_json_pointer), "BYTES");
    EXPECT_EQ(head.at("/inputs/0/shape"_json_pointer).dump(), "[1]");
    std::uint32_t size = 0;
    std::memcpy(&size, tensor.data(), 4);
    EXPECT_EQ(size + 4U, tensor.size());
    EXPECT_EQ(tensor.substr(4, 2), "\xff\xd8");
}

TEST_F(OpenInference, MetadataThatDoNotFitAreAClearMistakeOfConfiguration) {
    EXPECT_THAT(why_it_does_not_fit("/inputs/0/shape", Json::parse("[-1,3,224,224]")), HasSubstr("8x4"));
    EXPECT_THAT(why_it_does_not_fit("/inputs/0/name", "pixels"), HasSubstr("no input 'image'"));
    EXPECT_THAT(why_it_does_not_fit("/inputs/0/datatype", "INT64"), HasSubstr("INT64"));
    options_.output = "logits";
    EXPECT_THAT(error().what(), HasSubstr("no output 'logits', but 'vector'"));
    options_.output = "";
    options_.model = "other";
    EXPECT_EQ(error().code(), ErrorCode::NotFound);
}

TEST_F(OpenInference, AnAnswerThatNobodyCanUseIsRefused) {
    const std::pair<std::vector<int>, std::vector<float>> tensors[] = {
        {{1, 2}, {0.0F, 0.0F}}, {{1, 2}, {NAN, 1.0F}},   {{1, 2}, {INFINITY, 1.0F}},  {{1, 3}, {1.0F, 2.0F}},
        {{1, 1}, {1.0F, 2.0F}}, {{-1, 2}, {1.0F, 2.0F}}, {{1 << 30, 1 << 30}, {1.0F}}};
    for (const auto& [shape, values] : tensors) {
        infer_ = [this, shape = shape, values = values] { return infer_answer(shape, values); };
        EXPECT_EQ(error().code(), ErrorCode::BadInput) << error().what();
    }
    for (const char* body : {"[]", "{}", R"({"outputs":[]})", R"({"outputs":[7]})",
                             R"({"outputs":[{"name":"vector","shape":[1,2],"datatype":"FP32"}]})",
                             R"({"outputs":[{"name":"vector","shape":[1,2],"datatype":"FP32","data":[1,"2"]}]})",
                             R"({"outputs":[{"name":"vector","shape":[1,2],"datatype":"FP32","data":[1,2,3]}]})",
                             R"({"outputs":[{"name":"other","shape":[1],"datatype":"FP32","data":[1]}]})"}) {
        infer_ = [body] { return json(body); };
        EXPECT_EQ(error().code(), ErrorCode::BadInput) << body << ": " << error().what();
    }
    infer_ = [] { return json(R"({"error":"out of memory"})", 500); };
    EXPECT_TRUE(error().retryable());
    infer_ = [] { return json(R"({"error":"cannot decode"})", 400); };
    EXPECT_FALSE(error().retryable());
    EXPECT_THAT(error().what(), HasSubstr("cannot decode"));
}

TEST_F(OpenInference, BoxesOfADetectorComeInPixelsOfThePicture) {
    binary_ = false;
    // ssd: image, label, score, corners as parts of the picture.
    infer_ = [] {
        return json(R"({"outputs":[{"name":"vector","shape":[1,1,2,7],"datatype":"FP32",)"
                    R"("data":[0,1,0.9,0.25,0.5,0.75,1.0, 0,0,0.1,0,0,1,1]}]})");
    };
    DetectionDecoder decoder;
    decoder.kind = DetectionDecoder::Kind::Ssd;
    decoder.input_width = 8;
    decoder.input_height = 4;
    const auto detector =
        make_inference_detector(http_, nullptr, options_, decoder, LabelList("person\nmug\n", "labels", {}, {}));
    const auto answer = detector->detect(picture);
    ASSERT_EQ(answer.found.size(), 1U);
    EXPECT_EQ(answer.found[0].box, (Box{10, 10, 20, 10}));
    EXPECT_EQ(answer.found[0].category, "mug");
    EXPECT_EQ(answer.version, "openinference resnet");
}

class OpenInferenceDetector : public OpenInference {
protected:
    static constexpr std::size_t numbers = 7; ///< of an SSD's box: image, label, score, corners as parts of the picture

    OpenInferenceDetector() {
        decoder_.kind = DetectionDecoder::Kind::Ssd;
        decoder_.input_width = 8;
        decoder_.input_height = 4;
    }

    DetectionDecoder decoder_;

    Detections detect(const std::vector<float>& boxes) {
        infer_ = [this, boxes] {
            return infer_answer({1, 1, static_cast<int>(boxes.size() / numbers), numbers}, boxes);
        };
        return make_inference_detector(http_, nullptr, options_, decoder_, LabelList("person\nmug\n", "labels", {}, {}))
            ->detect(picture);
    }
};

TEST_F(OpenInferenceDetector, ABoxBeyondThePictureIsCutAtItsEdge) {
    const auto found = detect({0, 1, 0.9F, -0.5F, -1.0F, 0.5F, 0.5F}).found;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].box, (Box{0, 0, 20, 10}));
}

TEST_F(OpenInferenceDetector, ABoxThatIsNoneOrOutsideIsLeftOutAndTheOthersStay) {
    const std::vector<float> good{0, 1, 0.9F, 0.25F, 0.5F, 0.75F, 1.0F};
    const std::vector<float> bad[] = {
        {0, 1, 0.9F, 1.5F, 0.5F, 1.75F, 1.0F},  {0, 1, 0.9F, 0.25F, -2.0F, 0.75F, -1.0F},
        {0, 1, 0.9F, 0.75F, 0.5F, 0.25F, 1.0F}, {0, 1, 0.9F, NAN, 0.5F, 0.75F, 1.0F},
        {0, 1, NAN, 0.25F, 0.5F, 0.75F, 1.0F},  {0, 1, 0.9F, 0.25F, 0.5F, INFINITY, 1.0F},
        {0, 1, 0.9F, 0.25F, 0.5F, 0.25F, 1.0F}, {0, 1, -INFINITY, 0.25F, 0.5F, 0.75F, 1.0F}};
    for (std::size_t i = 0; i < std::size(bad); ++i) {
        EXPECT_THAT(detect(bad[i]).found, testing::IsEmpty()) << i;
        std::vector<float> both = bad[i];
        both.insert(both.end(), good.begin(), good.end());
        const auto found = detect(both).found;
        ASSERT_EQ(found.size(), 1U) << i;
        EXPECT_EQ(found[0].box, (Box{10, 10, 20, 10})) << i;
    }
}

TEST_F(OpenInferenceDetector, OfTenThousandBoxesTheBestFewAreKept) {
    std::vector<float> boxes;
    for (int i = 0; i < 10'000; ++i) {
        const float left = static_cast<float>(i % 20) / 20.0F;
        const float top = static_cast<float>(i / 20 % 10) / 10.0F;
        boxes.insert(boxes.end(), {0, 1, static_cast<float>(i) / 10'000.0F, left, top, left + 0.05F, top + 0.1F});
    }
    const auto found = detect(boxes).found;
    EXPECT_EQ(found.size(), static_cast<std::size_t>(decoder_.boxes_max));
    EXPECT_GE(found.back().score, 0.98) << "fifty lie on each other in each of 200 places: of those the best";
    EXPECT_FLOAT_EQ(static_cast<float>(found.front().score), 0.9999F);
}

TEST_F(OpenInference, DoctorsQuestionIsAnsweredInOneSentence) {
    EXPECT_EQ(check_inference_model(http_, options_), "the model 'resnet' is served and takes FP32 in binary");
}

TEST(HalfFloat, GoesThereAndBackExactlyForEveryHalf) {
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const float value = from_half(static_cast<std::uint16_t>(bits));
        if (std::isnan(value)) continue;
        ASSERT_EQ(to_half(value), bits) << value;
    }
}

} // namespace
} // namespace vitrine::test
