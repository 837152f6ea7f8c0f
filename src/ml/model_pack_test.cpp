#include "ml/model_pack.hpp"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

std::string with(const std::string& outputs, const std::string& more = "", const std::string& input = "") {
    return fmt::format(
        R"([{{"file":"m.onnx","name":"Net",{}"input":{{"name":"x","shape":[1,3,32,64]{}}},"outputs":[{}]}}])", more,
        input, outputs);
}

const std::string embedding = R"({"name":"embedding"})";

void expect_refusal(const std::string& json, const std::string& place) {
    try {
        (void)parse_model_pack(json);
        FAIL() << "accepted: " << json;
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Configuration);
        EXPECT_NE(std::string(error.what()).find(place), std::string::npos) << error.what();
    }
}

TEST(ModelPack, FreeTextDecodesAreToldByTheNamesOfOutputAndModel) {
    const auto pack = parse_model_pack(R"([
        {"file":"v2.onnx","name":"MobileNetV2","purpose":"words","input":{"name":"image","shape":[1,3,224,224],
         "dtype":"float32","layout":"NCHW","channel_order":"RGB","resize":"stretch to 224x224","mean":[127.5,127.5,127.5],
         "scale":0.0078,"formula":"(pixel-127.5)/127.5"},
         "outputs":[{"name":"embedding","shape":[1,1280],"decode":"global average pool"},
                    {"name":"logits","shape":[1,1001],"decode":"softmax; index 0 is background","labels":"l.txt"}]},
        {"file":"fd.onnx","name":"FastestDet 352","input":{"shape":[1,3,352,352],"channel_order":"BGR"},
         "outputs":[{"name":"758","labels":"coco.txt","decode":"per cell (gx,gy): channel 0 = objectness"}]}])");
    ASSERT_EQ(pack.models.size(), 2U);
    EXPECT_TRUE(std::holds_alternative<EmbeddingOutput>(pack.models[0].outputs[0].meaning));
    EXPECT_TRUE(std::holds_alternative<ClassifierOutput>(pack.models[0].outputs[1].meaning));
    EXPECT_DOUBLE_EQ(pack.models[0].input.scale[2], 0.0078);
    const auto& detector = std::get<DetectorOutput>(pack.models[1].outputs[0].meaning);
    EXPECT_EQ(detector.decoder.kind, DetectionDecoder::Kind::FastestDet);
    EXPECT_EQ(detector.decoder.input_width, 352);
    EXPECT_TRUE(pack.models[1].input.blue_first);
}

TEST(ModelPack, DeclaredDecodesAreReadWithTheirParameters) {
    const auto pack = parse_model_pack(with(
        R"({"name":"a","decode":{"kind":"yolox","score_min":0.2,"strides":[16,32],"any_label_overlap":0.9}},
           {"name":"b","decode":{"kind":"embedding","pool":"gem","square_root":true,"weight":0.5,"views":[1,0.5]}},
           {"name":"c","labels":"l.txt","categories":"c.csv","decode":{"kind":"classifier","activation":"none","ignore":[0]}})",
        "", R"(,"resize":{"mode":"letterbox","fill":0},"std":[2,4,5])"));
    const auto& model = pack.models[0];
    const auto& decoder = std::get<DetectorOutput>(model.outputs[0].meaning).decoder;
    EXPECT_EQ(decoder.strides, (std::vector{16, 32}));
    EXPECT_EQ(decoder.score_min, 0.2);
    const auto& vector = std::get<EmbeddingOutput>(model.outputs[1].meaning);
    EXPECT_EQ(vector.pool, EmbeddingOutput::Pool::GeneralizedMean);
    EXPECT_EQ(vector.views, (std::vector{1.0, 0.5}));
    EXPECT_EQ(std::get<ClassifierOutput>(model.outputs[2].meaning).ignored, std::vector{0});
    EXPECT_EQ(model.input.resize, InputSpec::Resize::Letterbox);
    EXPECT_DOUBLE_EQ(model.input.scale[1], 0.25);
    EXPECT_EQ(model.input.height, 32);
    EXPECT_EQ(model.input.width, 64);
}

TEST(ModelPack, OutputWhoseMeaningNothingTellsIsRefusedWithWhatMayBeWritten) {
    expect_refusal(with(R"({"name":"758","decode":"some words"})"), "[0].outputs[0]");
    expect_refusal(with(R"({"name":"758","decode":{"kind":"yolo99"}})"), "outputs[0].decode.kind");
}

TEST(ModelPack, EveryWrongKeyIsNamed) {
    expect_refusal("[]", "the document");
    expect_refusal("{", "JSON");
    expect_refusal(R"({"model":[]})", "'models'");
    expect_refusal(R"([{"name":"x"}])", "[0] must have a key 'file'");
    expect_refusal(with(""), "[0].outputs");
    expect_refusal(with(embedding, R"("sha256":"12",)"), "[0].sha256");
    expect_refusal(with(embedding, R"("bytes":-5,)"), "[0].bytes");
    expect_refusal(with(embedding, "", R"(,"meen":[1,2,3])"), "'meen'");
    expect_refusal(with(embedding, "", R"(,"mean":[1,2])"), "[0].input.mean");
    expect_refusal(with(embedding, "", R"(,"mean":["1",2,3])"), "[0].input.mean[0]");
    expect_refusal(with(embedding, "", R"(,"scale":0)"), "[0].input.scale");
    expect_refusal(with(embedding, "", R"(,"scale":1,"std":2)"), "[0].input.std");
    expect_refusal(with(embedding, "", R"(,"dtype":"uint8")"), "[0].input.dtype");
    expect_refusal(with(embedding, "", R"(,"layout":"NHWC")"), "[0].input.layout");
    expect_refusal(with(embedding, "", R"(,"channel_order":"GBR")"), "[0].input.channel_order");
    expect_refusal(with(embedding, "", R"(,"resize":"stretch to 32x32")"), "[0].input.resize");
    expect_refusal(with(R"({"name":"logits"})"), "'labels'");
    expect_refusal(with(R"({"name":"a","decode":{"kind":"embedding","views":[2]}})"), "decode.views[0]");
    expect_refusal(R"([{"file":"m","input":{"shape":[1,3,100000,8]},"outputs":[]}])", "[0].input.shape");
}

TEST(ModelPack, FilesOutsideTheFolderAreRefused) {
    for (const auto* name : {"../m.onnx", "/etc/passwd", "a/../../b", R"(a\\b)", ".", "", "a/"}) {
        expect_refusal(
            fmt::format(R"([{{"file":"{}","input":{{"shape":[1,3,32,32]}},"outputs":[{{"name":"embedding"}}]}}])",
                        name),
            "[0].file");
    }
    expect_refusal(with(R"({"name":"logits","labels":"../l.txt"})"), "[0].outputs[0].labels");
}

TEST(ModelPack, TwoModelsOfOneNameAreRefused) {
    constexpr auto one = R"({"file":"m","name":"N","input":{"shape":[1,3,32,32]},"outputs":[{"name":"embedding"}]})";
    expect_refusal(fmt::format("[{},{}]", one, one), "[1].name");
}

TEST(ModelPack, DeepAndLongDocumentsAreRefusedBeforeTheyCostAnything) {
    expect_refusal(std::string(100'000, '['), "JSON");
    expect_refusal(std::string((1 << 20) + 1, ' '), "1 MiB");
}

} // namespace
} // namespace vitrine
