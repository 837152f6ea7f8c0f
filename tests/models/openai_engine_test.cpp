// Labels from chat servers and vectors from embedding servers, over real HTTP.

#include <cstring>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <vitrine/error.hpp>

#include "core/base64.hpp"
#include "core/embedding.hpp"
#include "ml/chat_labeller.hpp"
#include "ml/embedding_server.hpp"

#include "model_answers.hpp"

namespace vitrine::test {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;
using ChatDialect = chat_messages::Dialect;
using EmbeddingDialect = embedding_messages::Dialect;

const Picture picture{.width = 40, .height = 20, .rgb = std::vector<std::uint8_t>(40 * 20 * 3, 128)};

ScriptedAnswer completion(const Json& content, const std::string& finish_reason = "stop") {
    const Json message{{"role", "assistant"}, {"content", content}};
    const Json choice{{"index", 0}, {"message", message}, {"finish_reason", finish_reason}};
    return json(Json{{"id", "1"}, {"choices", Json::array({choice})}}.dump());
}

class ModelServers : public testing::Test {
protected:
    std::function<ScriptedAnswer(const SeenRequest&)> answer_;
    FaultServer server_{[this](const SeenRequest& request) { return answer_(request); }};

    std::shared_ptr<ModelServer> server(const std::string& path = "") {
        return std::make_shared<ModelServer>(ModelServerOptions{.url = server_.url(path), .section = "ml.label"});
    }

    /// Each answer once, the last one for ever.
    void answer_in_turn(std::vector<ScriptedAnswer> answers) {
        answer_ = [this, answers = std::move(answers)](const SeenRequest&) {
            return answers[std::min(server_.requests().size(), answers.size()) - 1];
        };
    }

    StructuredLabel label(ChatDialect dialect = ChatDialect::OpenAi, const std::string& path = "") {
        CropView view(picture);
        return make_chat_labeller(server(path), {.dialect = dialect, .model = "seer"})
            ->describe(view, {.label = true, .vector = false})
            .label.value();
    }

    Embedding vector(EmbeddingDialect dialect = EmbeddingDialect::Infinity) {
        CropView view(picture);
        return make_embedding_server(server(), nullptr, {.dialect = dialect, .model = "clip"})
            ->describe(view, {.label = false, .vector = true})
            .vector.value();
    }

    Json request(std::size_t number) { return Json::parse(server_.requests().at(number).body); }

    template <class Call>
    static std::string why_refused(const Call& call) {
        try {
            call();
            return "accepted";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::BadInput) << error.what();
            return error.what();
        }
    }
};

TEST_F(ModelServers, OpenAiIsSentThePictureAndAStrictSchema) {
    answer_in_turn({completion(label_json)});
    EXPECT_EQ(label().category, "mug");
    const auto sent = request(0);
    EXPECT_EQ(server_.requests()[0].target, "/v1/chat/completions");
    EXPECT_EQ(sent.at("model"), "seer");
    EXPECT_THAT(sent.at("/messages/1/content/1/image_url/url"_json_pointer).get<std::string>(),
                testing::StartsWith("data:image/jpeg;base64,/9j/"));
    EXPECT_EQ(sent.at("/response_format/json_schema/strict"_json_pointer), true);
    EXPECT_EQ(sent.at("/response_format/json_schema/schema/additionalProperties"_json_pointer), false);
}

TEST_F(ModelServers, ABaseUrlMayEndWithTheApisVersion) {
    answer_in_turn({completion(label_json)});
    label(ChatDialect::OpenAi, "/v1");
    EXPECT_EQ(server_.requests()[0].target, "/v1/chat/completions");
}

TEST_F(ModelServers, EachDialectIsSentTheSchemaInItsOwnForm) {
    answer_in_turn({completion(label_json)});
    label(ChatDialect::Vllm);
    EXPECT_FALSE(request(0).at("/response_format/json_schema"_json_pointer).contains("strict"));
    label(ChatDialect::LlamaCpp);
    EXPECT_EQ(request(1).at("/response_format/type"_json_pointer), "json_object");
    EXPECT_EQ(request(1).at("/response_format/schema/type"_json_pointer), "object");

    answer_ = [](const SeenRequest&) {
        return json(Json{{"message", {{"role", "assistant"}, {"content", label_json}}}, {"done", true}}.dump());
    };
    EXPECT_EQ(label(ChatDialect::Ollama).category, "mug");
    EXPECT_EQ(server_.requests()[2].target, "/api/chat");
    EXPECT_EQ(request(2).at("/format/type"_json_pointer), "object");
    EXPECT_EQ(request(2).at("/stream"_json_pointer), false);
    EXPECT_THAT(request(2).at("/messages/1/images/0"_json_pointer).get<std::string>(), testing::StartsWith("/9j/"));
}

TEST_F(ModelServers, AnAnswerThatIsCutShortIsAskedForOnceMoreWithMoreTokens) {
    answer_in_turn({completion(label_json.substr(0, 30), "length"), completion(label_json)});
    EXPECT_EQ(label().category, "mug");
    EXPECT_EQ(request(0).at("max_tokens"), 512);
    EXPECT_EQ(request(1).at("max_tokens"), 2048);
}

TEST_F(ModelServers, AnAnswerThatIsCutShortTwiceFailsForGoodAndSaysSo) {
    answer_in_turn({completion("", "length")});
    EXPECT_THAT(why_refused([&] { label(); }), HasSubstr("cut short after 2048 tokens"));
    EXPECT_EQ(server_.requests().size(), 2U);
}

TEST_F(ModelServers, AnAnswerThatIsNoLabelIsAskedForOnceMore) {
    answer_in_turn({completion("I see a mug."), completion(label_json)});
    EXPECT_EQ(label().category, "mug");
    EXPECT_EQ(server_.requests().size(), 2U);
}

TEST_F(ModelServers, WhatIsStillNoLabelIsRefusedWithWhatIsWrong) {
    const std::pair<Json, std::string> wrong[] = {
        {"I see a mug.", "not one JSON object"},
        {"", "empty"},
        {nullptr, "empty"},
        {7, "content"},
        {"[]", "not one JSON object"},
        {"{}", "says nothing"},
        {R"({"category":"\u0007"})", "says nothing"},
        {R"({"category":["mug"]})", "category"},
        {R"({"category":"mug","colors":"red"})", "colors"},
        {R"({"category":"mug","confidence":1.5})", "confidence"},
        {R"({"category":")" + std::string(300, 'x') + R"("})", "category"},
    };
    for (const auto& [content, what] : wrong) {
        const ScriptedAnswer answer = completion(content);
        answer_ = [answer](const SeenRequest&) { return answer; };
        EXPECT_THAT(why_refused([&] { label(); }), HasSubstr(what)) << content;
    }
}

TEST_F(ModelServers, AnAnswerOfAnotherShapeIsRefused) {
    for (const char* body : {"[]", "{}", R"({"choices":[]})", R"({"choices":[7]})", R"({"choices":[{}]})",
                             R"({"choices":[{"message":"x"}]})", R"({"choices":[{"message":{"content":{}}}]})",
                             R"({"choices":[{"message":{"content":"x"},"finish_reason":7}]})"}) {
        answer_ = [body](const SeenRequest&) { return json(body); };
        EXPECT_NE(why_refused([&] { label(); }), "accepted") << body;
    }
}

TEST_F(ModelServers, FencesOfMarkdownAndFieldsOfItsOwnAreOverlooked) {
    answer_in_turn({completion("```json\n" + label_json.substr(0, label_json.size() - 1) +
                               R"(,"barcodes":[{"symbology":"ean13","text":"invented"}],"mood":"good"})" + "\n```\n")});
    EXPECT_EQ(label().category, "mug");
    EXPECT_TRUE(label().barcodes.empty()) << "a language model reads no barcodes";
}

TEST_F(ModelServers, ControlCharactersGoAndEmojiStayInEveryDialect) {
    const std::string content =
        R"({"category":" mug\u0007\u001b[31m ","colors":["red","","red\u200b"],"style":"","pattern":"","material":"",)"
        R"("text":"caf\u00e9 \ud83d\ude00\ud83d\udc68\u200d\ud83d\udcbb\n\tline\u202e","description":"",)"
        R"("confidence":0.5})";
    for (const auto dialect : {ChatDialect::OpenAi, ChatDialect::Vllm, ChatDialect::LlamaCpp, ChatDialect::Ollama}) {
        auto answer = completion(content);
        if (dialect == ChatDialect::Ollama) {
            const Json message{{"role", "assistant"}, {"content", content}};
            answer = json(Json{{"message", message}, {"done", true}, {"done_reason", "stop"}}.dump());
        }
        answer_ = [answer](const SeenRequest&) { return answer; };
        const auto said = label(dialect);
        EXPECT_EQ(said.category, "mug[31m");
        EXPECT_THAT(said.colors, testing::ElementsAre("red"));
        EXPECT_EQ(said.text, "café 😀👨‍💻 line");
        EXPECT_EQ(said.description, "");
    }
}

TEST_F(ModelServers, ARefusalIsToldInTheModelsWords) {
    const Json message{{"role", "assistant"}, {"content", nullptr}, {"refusal", "I cannot look at this."}};
    const auto body = Json{{"choices", Json::array({Json{{"message", message}, {"finish_reason", "stop"}}})}}.dump();
    answer_ = [body](const SeenRequest&) { return json(body); };
    EXPECT_THAT(why_refused([&] { label(); }), HasSubstr("I cannot look at this"));
}

TEST_F(ModelServers, AChatModelGivesNoVectorsAndAnEmbeddingServerNoLabels) {
    CropView view(picture);
    EXPECT_THROW(make_chat_labeller(server(), {.model = "seer"})->describe(view, {}), Error);
    EXPECT_THROW(make_embedding_server(server(), nullptr, {.model = "clip"})->describe(view, {}), Error);
    EXPECT_TRUE(server_.requests().empty());
}

TEST_F(ModelServers, InfinityGivesVectorsInBase64OrAsNumbers) {
    const float values[] = {3.0F, 4.0F};
    const auto bytes = base64_of({reinterpret_cast<const char*>(values), sizeof values});
    answer_in_turn({json(R"({"object":"list","data":[{"embedding":")" + bytes + R"(","index":0}]})"),
                    json(R"({"data":[{"embedding":[3,4],"index":0}]})")});
    EXPECT_EQ(vector(), (Embedding{0.6F, 0.8F}));
    EXPECT_EQ(vector(), (Embedding{0.6F, 0.8F}));
    EXPECT_EQ(server_.requests()[0].target, "/embeddings");
    EXPECT_EQ(request(0).at("modality"), "image");
    EXPECT_THAT(request(0).at("/input/0"_json_pointer).get<std::string>(),
                testing::StartsWith("data:image/jpeg;base64,"));
}

TEST_F(ModelServers, VllmIsSentAMessage) {
    answer_in_turn({json(R"({"data":[{"embedding":[0,2],"index":0}]})")});
    EXPECT_EQ(vector(EmbeddingDialect::Vllm), (Embedding{0.0F, 1.0F}));
    EXPECT_EQ(server_.requests()[0].target, "/v1/embeddings");
    EXPECT_EQ(request(0).at("/messages/0/content/0/type"_json_pointer), "image_url");
}

TEST_F(ModelServers, AVectorThatNobodyCanUseIsRefused) {
    const auto nan_bytes = base64_of(std::string("\x00\x00\xc0\x7f", 4));
    for (const std::string& embedding :
         {std::string("[]"), std::string("[0,0]"), std::string("[null]"), std::string("\"\""), std::string("\"AAA\""),
          std::string("\"AAAA\""), std::string("\"!!!!\""), '"' + nan_bytes + '"', std::string("7")}) {
        answer_ = [embedding](const SeenRequest&) { return json(R"({"data":[{"embedding":)" + embedding + "}]}"); };
        EXPECT_NE(why_refused([&] { vector(); }), "accepted") << embedding;
    }
    for (const char* body : {"{}", R"({"data":[]})", R"({"data":[{},{}]})", R"({"data":[7]})"}) {
        answer_ = [body](const SeenRequest&) { return json(body); };
        EXPECT_NE(why_refused([&] { vector(); }), "accepted") << body;
    }
}

TEST_F(ModelServers, AVectorOfAnotherLengthThanBeforeIsRefused) {
    answer_in_turn({json(R"({"data":[{"embedding":[3,4]}]})"), json(R"({"data":[{"embedding":[3,4,5]}]})")});
    const auto embedder = make_embedding_server(server(), nullptr, {.model = "clip"});
    const auto ask = [&] {
        CropView view(picture);
        static_cast<void>(embedder->describe(view, {.label = false, .vector = true}));
    };
    ask();
    EXPECT_THAT(why_refused(ask), HasSubstr("3 values"));
    EXPECT_EQ(embedder->versions().vector, "embedding clip");
    EXPECT_EQ(embedder->versions().dimensions, 2);
}

} // namespace
} // namespace vitrine::test
