// What every engine that asks a server does when the server, the way to it or a proxy in between misbehaves, over real
// HTTP: each question of each engine and dialect, against the same faults.

#include <chrono>
#include <functional>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <vitrine/error.hpp>

#include "core/not_its_turn.hpp"
#include "ml/chat_labeller.hpp"
#include "ml/embedding_server.hpp"
#include "ml/inference_server.hpp"
#include "ml/ml_service.hpp"

#include "model_answers.hpp"

namespace vitrine::test {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

const Picture picture{.width = 40, .height = 20, .rgb = std::vector<std::uint8_t>(40 * 20 * 3, 128)};

using Server = std::shared_ptr<ModelServer>;

void label_with(const std::shared_ptr<Describer>& describer) {
    CropView view(picture);
    static_cast<void>(describer->describe(view, {.label = true, .vector = false}));
}

void vector_with(const std::shared_ptr<Describer>& describer) {
    CropView view(picture);
    static_cast<void>(describer->describe(view, {.label = false, .vector = true}));
}

const InferenceModelOptions inference_model{.model = "resnet",
                                            .input = InputSpec{.name = "image", .width = 8, .height = 4}};

/// One question of one engine: where it is asked, how, and the rightly answered body.
struct Question {
    const char* name;
    const char* path;
    std::function<void(const Server&)> ask;
    std::string body;
};

std::string completion(const char* form) {
    const std::string content = R"("{\"category\":\"mug\",\"colors\":[],\"style\":\"\",\"pattern\":\"\",)"
                                R"(\"material\":\"\",\"text\":\"\",\"description\":\"\",\"confidence\":0.5}")";
    return fmt::format(fmt::runtime(form), content);
}

const char* const chat_form =
    R"({{"choices":[{{"message":{{"role":"assistant","content":{}}},"finish_reason":"stop"}}]}})";
const char* const ollama_form = R"({{"message":{{"role":"assistant","content":{}}},"done":true,"done_reason":"stop"}})";

Question chat(const char* name, const char* path, chat_messages::Dialect dialect, const char* form) {
    return {name, path,
            [dialect](const Server& server) {
                label_with(make_chat_labeller(server, {.dialect = dialect, .model = "seer"}));
            },
            completion(form)};
}

Question embedding(const char* name, const char* path, embedding_messages::Dialect dialect) {
    return {name, path,
            [dialect](const Server& server) {
                vector_with(make_embedding_server(server, nullptr, {.dialect = dialect, .model = "clip"}));
            },
            R"({"data":[{"embedding":[3,4],"index":0}]})"};
}

DetectionDecoder ssd() {
    DetectionDecoder decoder;
    decoder.kind = DetectionDecoder::Kind::Ssd;
    decoder.input_width = 8;
    decoder.input_height = 4;
    return decoder;
}

std::vector<Question> questions() {
    using Chat = chat_messages::Dialect;
    using Embedding = embedding_messages::Dialect;
    return {
        {"HttpCrop", "/v1/crop",
         [](const Server& server) { static_cast<void>(make_ml_service_detector(server, nullptr)->detect(picture)); },
         R"({"model":"m","crops":[{"box":[0,0,16,16],"score":0.9}]})"},
        {"HttpLabel", "/v1/label",
         [](const Server& server) {
             CropView view(picture);
             static_cast<void>(make_ml_service_describer(server, nullptr)->describe(view, {}));
         },
         R"({"model":"m","label":{"category":"mug"},"storage_vector":[3,4]})"},
        {"HttpMatch", "/v1/match",
         [](const Server& server) { static_cast<void>(make_ml_service_matcher(server)->match("mug", {"red mug"})); },
         R"({"scores":[0.5]})"},
        {"OpenInferenceVector", "/v2/models/resnet/infer",
         [](const Server& server) { vector_with(make_inference_embedder(server, nullptr, inference_model)); },
         R"({"outputs":[{"name":"out","shape":[1,2],"datatype":"FP32","data":[3,4]}]})"},
        {"OpenInferenceCrop", "/v2/models/resnet/infer",
         [](const Server& server) {
             const LabelList labels("person\nmug\n", "labels", {}, {});
             static_cast<void>(
                 make_inference_detector(server, nullptr, inference_model, ssd(), labels)->detect(picture));
         },
         R"({"outputs":[{"name":"out","shape":[1,1,1,7],"datatype":"FP32","data":[0,1,0.9,0.25,0.5,0.75,1.0]}]})"},
        chat("ChatOpenAi", "/v1/chat/completions", Chat::OpenAi, chat_form),
        chat("ChatVllm", "/v1/chat/completions", Chat::Vllm, chat_form),
        chat("ChatLlamaCpp", "/v1/chat/completions", Chat::LlamaCpp, chat_form),
        chat("ChatOllama", "/api/chat", Chat::Ollama, ollama_form),
        embedding("EmbeddingInfinity", "/embeddings", Embedding::Infinity),
        embedding("EmbeddingVllm", "/v1/embeddings", Embedding::Vllm),
    };
}

class RemoteFaults : public testing::TestWithParam<Question> {
protected:
    ScriptedAnswer right() const { return json(GetParam().body); }

    std::mutex mutex_;
    ScriptedAnswer answer_ = right(); ///< guarded by mutex_: a server whose asker went away may still be asked
    FaultServer server_{[this](const SeenRequest& request) -> ScriptedAnswer {
        if (request.target == "/v2") return json("{}");
        if (request.target == "/v2/models/resnet") {
            return json(R"({"name":"resnet","inputs":[{"name":"image","datatype":"FP32","shape":[-1,3,4,8]}],)"
                        R"("outputs":[{"name":"out","datatype":"FP32","shape":[-1,2]}]})");
        }
        if (request.target != GetParam().path) return json("{}", 404);
        const std::lock_guard lock(mutex_);
        return answer_;
    }};
    Milliseconds timeout_ = 2'000ms;

    void ask() {
        GetParam().ask(std::make_shared<ModelServer>(
            ModelServerOptions{.url = server_.url(), .section = "ml.label", .timeout = timeout_}));
    }

    void set_answer(ScriptedAnswer answer) {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(answer);
    }

    Error error_with(const ScriptedAnswer& answer) {
        set_answer(answer);
        try {
            ask();
        } catch (const Error& error) {
            return error;
        }
        return {ErrorCode::Internal, "nothing was thrown"};
    }
};

TEST_P(RemoteFaults, WhatIsAnsweredRightlyIsTaken) {
    EXPECT_NO_THROW(ask());
}

TEST_P(RemoteFaults, TooManyRequestsIsPassingAndSaysHowLong) {
    auto busy = json("{}", 429);
    EXPECT_EQ(error_with(busy).code(), ErrorCode::RateLimited);
    EXPECT_EQ(error_with(busy).retry_after(), std::nullopt);
    busy.headers.emplace_back("Retry-After", "7");
    EXPECT_EQ(error_with(busy).retry_after(), 7'000ms);
    busy.headers.back().second = "Fri, 31 Dec 2100 23:59:59 GMT";
    EXPECT_GT(error_with(busy).retry_after(), 60'000ms);
    EXPECT_TRUE(error_with(busy).retryable());
}

TEST_P(RemoteFaults, AServerThatIsUnwellIsPassing) {
    for (const int status : {500, 502, 503, 504}) {
        const auto error = error_with(json(R"({"error":"out of memory"})", status));
        EXPECT_TRUE(error.retryable()) << status;
        EXPECT_THAT(error.what(), HasSubstr("out of memory"));
    }
    set_answer(json(R"({"error":"Loading model"})", 503));
    EXPECT_THROW(ask(), NotItsTurn);
}

TEST_P(RemoteFaults, AHangAndASlowDripEndAtTheTimeout) {
    timeout_ = 40ms;
    auto hang = right();
    hang.hang = true;
    EXPECT_EQ(error_with(hang).code(), ErrorCode::TimedOut);
    auto drip = right();
    drip.drip_bytes = 1;
    drip.drip_pause = Milliseconds{20};
    EXPECT_EQ(error_with(drip).code(), ErrorCode::TimedOut);
}

TEST_P(RemoteFaults, WhatBreaksOnTheWayIsPassing) {
    auto cut = right();
    cut.cut_after = cut.body.size() / 2;
    EXPECT_TRUE(error_with(cut).retryable()) << "reset in mid-body";
    EXPECT_TRUE(error_with(json(GetParam().body.substr(0, GetParam().body.size() / 2))).retryable()) << "truncated";
    ScriptedAnswer nothing;
    nothing.raw = std::string();
    EXPECT_TRUE(error_with(nothing).retryable()) << "closed without a byte";
    auto page = json("<html>Maintenance</html>");
    page.headers = {{"Content-Type", "text/html"}};
    EXPECT_TRUE(error_with(page).retryable()) << "a proxy's page";
    EXPECT_THAT(error_with(page).what(), HasSubstr("web page"));
}

TEST_P(RemoteFaults, WhatTheServerRefusesFailsForGood) {
    for (const int status : {400, 413, 415, 422}) {
        EXPECT_FALSE(error_with(json(R"({"error":"not a picture"})", status)).retryable()) << status;
    }
}

TEST_P(RemoteFaults, JsonOfAnotherSchemaFailsForGood) {
    for (const char* body : {"{}", "[]", "7", "null", "\"text\"", R"({"error":{"message":"no"}})"}) {
        const auto error = error_with(json(body));
        EXPECT_FALSE(error.retryable()) << body << ": " << error.what();
        EXPECT_NE(error.code(), ErrorCode::Internal) << body;
    }
}

TEST_P(RemoteFaults, AHundredMegabytesAreNotHeld) {
    const auto held = [] { return mallinfo2().uordblks + mallinfo2().hblkhd; };
    const auto before = held();
    auto huge = right();
    huge.announced_bytes = 100ULL << 20;
    EXPECT_EQ(error_with(huge).code(), ErrorCode::TooLarge);
    EXPECT_LT(held(), before + (16U << 20));
    auto endless = right();
    endless.body.append(12U << 20, ' ');
    endless.chunked = true;
    EXPECT_EQ(error_with(endless).code(), ErrorCode::TooLarge);
}

INSTANTIATE_TEST_SUITE_P(Every, RemoteFaults, testing::ValuesIn(questions()),
                         [](const auto& question) { return std::string(question.param.name); });

} // namespace
} // namespace vitrine::test
