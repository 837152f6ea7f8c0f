// The http engine over real HTTP, against a server that keeps the ml_service contract and misbehaves on demand.

#include <chrono>
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <vitrine/error.hpp>

#include "core/embedding.hpp"
#include "core/not_its_turn.hpp"
#include "ml/ml_service.hpp"

#include "model_answers.hpp"

namespace vitrine::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

const Picture picture{.width = 40, .height = 20, .rgb = std::vector<std::uint8_t>(40 * 20 * 3, 128)};

/// A memory that a test can look into.
class MapMemory final : public ModelMemory {
public:
    std::map<std::string, ModelIdentity> known;
    [[nodiscard]] std::optional<ModelIdentity> recall(const std::string& name) override {
        const auto found = known.find(name);
        return found == known.end() ? std::nullopt : std::optional(found->second);
    }
    void remember(const std::string& name, const ModelIdentity& identity) override { known[name] = identity; }
};

class HttpEngine : public testing::Test {
protected:
    std::function<ScriptedAnswer(const SeenRequest&)> answer_ = [](const SeenRequest& request) {
        return ml_service_answer(request);
    };
    FaultServer server_{[this](const SeenRequest& request) { return answer_(request); }};
    std::shared_ptr<MapMemory> memory_ = std::make_shared<MapMemory>();
    std::shared_ptr<ModelServer> http_ = std::make_shared<ModelServer>(
        ModelServerOptions{.url = server_.url("/"), .api_key = "s3cret", .section = "ml", .timeout = 2'000ms});
    std::shared_ptr<Detector> detector_ = make_ml_service_detector(http_, memory_);
    std::shared_ptr<Describer> describer_ = make_ml_service_describer(http_, memory_);
    std::shared_ptr<Matcher> matcher_ = make_ml_service_matcher(http_);

    Description describe() {
        CropView view(picture);
        return describer_->describe(view, {});
    }

    void answer_always(const ScriptedAnswer& answer) {
        answer_ = [answer](const SeenRequest&) { return answer; };
    }

    /// The error of a call, or one that says there was none.
    static Error error_of(const std::function<void()>& call) {
        try {
            call();
        } catch (const Error& error) {
            return error;
        }
        return {ErrorCode::Internal, "nothing was thrown"};
    }
    Error label_error() {
        return error_of([&] { describe(); });
    }
    Error crop_error() {
        return error_of([&] { static_cast<void>(detector_->detect(picture)); });
    }
    Error label_error_with(const std::string& body) {
        answer_always(json(body));
        return label_error();
    }
    Error crop_error_with(const std::string& crops) {
        answer_always(json(fmt::format(R"({{"model":"m","crops":{}}})", crops)));
        return crop_error();
    }
};

TEST_F(HttpEngine, EveryQuestionIsAskedAsTheContractSaysAndNamesItsModel) {
    const auto crops = detector_->detect(picture);
    ASSERT_EQ(crops.found.size(), 2U);
    EXPECT_EQ(crops.version, "stub-crop 1");
    EXPECT_EQ(crops.found[0].box, (Box{0, 0, 16, 16}));
    EXPECT_EQ(crops.found[0].category, "mug");
    const auto said = describe();
    EXPECT_EQ(said.label.value().text, "HELLO");
    EXPECT_TRUE(is_unit_length(said.vector.value()));
    EXPECT_EQ(said.label_version + "/" + said.vector_version, "stub-label 1/stub-label 1");
    EXPECT_THAT(matcher_->match("Red mug", {"mug", "red cup"}), ElementsAre(0.5, 0.5));

    const auto requests = server_.requests();
    ASSERT_EQ(requests.size(), 3U);
    EXPECT_EQ(requests[0].method + requests[0].target, "POST/v1/crop");
    EXPECT_EQ(requests[0].headers.at("content-type"), "image/jpeg");
    EXPECT_EQ(requests[0].body.substr(0, 2), "\xff\xd8");
    EXPECT_EQ(requests[0].headers.at("authorization"), "Bearer s3cret");
    EXPECT_EQ(requests[1].target, "/v1/label");
    EXPECT_THAT(requests[2].body, HasSubstr(R"("target":"Red mug")"));
}

TEST_F(HttpEngine, ConnectionsAreUsedAgain) {
    for (int i = 0; i < 20; ++i) describe();
    EXPECT_EQ(server_.connections(), 1);
}

/// Writes down what happens at it.
class WritingGate final : public CallGate {
public:
    std::vector<std::string> seen;
    FaultServer& server;
    explicit WritingGate(FaultServer& watched) : server(watched) {}
    void pass(const GatedCall& call) override {
        seen.push_back(fmt::format("{} sent", server.requests().size()));
        if (begins) std::thread(call.begin).join(); // as whoever leaves would
        call.exchange();
        seen.push_back(fmt::format("{} sent", server.requests().size()));
        call.read();
        seen.emplace_back("read");
    }
    bool begins = false;
};

TEST_F(HttpEngine, OnlyTheExchangeWithTheServerIsHeldAtTheGate) {
    const auto gate = std::make_shared<WritingGate>(server_);
    const auto server =
        std::make_shared<ModelServer>(ModelServerOptions{.url = server_.url("/"), .section = "ml", .gate = gate});
    static_cast<void>(make_ml_service_detector(server, memory_)->detect(picture));
    EXPECT_THAT(gate->seen, ElementsAre("0 sent", "1 sent", "read"));
    EXPECT_THAT(make_ml_service_matcher(server)->match("Red mug", {"mug"}), ElementsAre(0.5));
    EXPECT_EQ(gate->seen.size(), 6U);
    answer_always(json("{"));
    EXPECT_EQ(error_of([&] { make_ml_service_matcher(server)->match("Red mug", {"mug"}); }).code(),
              ErrorCode::Unavailable);
    EXPECT_THAT(std::vector(gate->seen.begin() + 6, gate->seen.end()), ElementsAre("2 sent", "3 sent"))
        << "what cannot be read is thrown through the gate, which counts it";
}

TEST_F(HttpEngine, ACallThatAnotherThreadBeganIsEndedByItsOwn) {
    const auto gate = std::make_shared<WritingGate>(server_);
    gate->begins = true;
    const auto server =
        std::make_shared<ModelServer>(ModelServerOptions{.url = server_.url("/"), .section = "ml", .gate = gate});
    const auto matcher = make_ml_service_matcher(server);
    for (int i = 0; i < 3; ++i) EXPECT_THAT(matcher->match("Red mug", {"mug"}), ElementsAre(0.5));
    EXPECT_EQ(server_.requests().size(), 3U) << "each is sent once";
    EXPECT_EQ(server_.connections(), 1);
    const auto nobody =
        std::make_shared<ModelServer>(ModelServerOptions{.url = "http://127.0.0.1:1", .section = "ml", .gate = gate});
    EXPECT_EQ(error_of([&] { make_ml_service_matcher(nobody)->match("Red mug", {"mug"}); }).code(),
              ErrorCode::Unavailable);
}

TEST_F(HttpEngine, APhotoWhoseFileHoldsItsPictureAloneIsSentAsItIs) {
    Picture photo = picture;
    photo.jpeg = std::make_shared<const std::string>("\xff\xd8 its file");
    static_cast<void>(detector_->detect(photo));
    CropView view(photo);
    static_cast<void>(describer_->describe(view, {}));
    const auto requests = server_.requests();
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_EQ(requests[0].body, *photo.jpeg);
    EXPECT_EQ(requests[1].body, *photo.jpeg);
}

TEST_F(HttpEngine, OneCallGivesLabelAndVector) {
    describe();
    EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(HttpEngine, VersionsAreUnknownBeforeTheFirstAnswerAndKnownAfterARestart) {
    EXPECT_EQ(describer_->versions().vector, "");
    EXPECT_EQ(detector_->version(), "");
    static_cast<void>(detector_->detect(picture));
    describe();
    const auto after_restart = make_ml_service_describer(http_, memory_);
    EXPECT_EQ(after_restart->versions().label, "stub-label 1");
    EXPECT_EQ(after_restart->versions().vector, "stub-label 1");
    EXPECT_EQ(after_restart->versions().dimensions, 8);
    EXPECT_EQ(make_ml_service_detector(http_, memory_)->version(), "stub-crop 1");
}

TEST_F(HttpEngine, AModelThatChangesIsNamedWithItsFirstAnswer) {
    describe();
    answer_ = [](const SeenRequest& request) { return ml_service_answer(request, 4, "stub-label 2"); };
    EXPECT_EQ(describe().vector_version, "stub-label 2");
    EXPECT_EQ(describer_->versions().vector, "stub-label 2");
    EXPECT_EQ(describer_->versions().dimensions, 4);
}

TEST_F(HttpEngine, AChangedDimensionUnderTheSameNameIsRefusedAlsoAfterARestart) {
    describe();
    answer_ = [](const SeenRequest& request) { return ml_service_answer(request, 4); };
    EXPECT_EQ(label_error().code(), ErrorCode::BadInput);
    describer_ = make_ml_service_describer(http_, memory_);
    EXPECT_EQ(label_error().code(), ErrorCode::BadInput);
    EXPECT_THAT(label_error().what(), HasSubstr("4 values, and those of the same model 'stub-label 1' had 8"));
}

// Passing faults.

TEST_F(HttpEngine, TooManyRequestsObeysRetryAfterInSecondsAndAsADate) {
    auto answer = json("{}", 429);
    answer_always(answer);
    EXPECT_EQ(label_error().code(), ErrorCode::RateLimited);
    EXPECT_FALSE(label_error().retry_after());
    answer.headers = {{"Retry-After", "7"}};
    answer_always(answer);
    EXPECT_EQ(label_error().retry_after(), 7'000ms);
    answer.headers = {{"Retry-After", "Fri, 31 Dec 2100 23:59:59 GMT"}};
    answer_always(answer);
    EXPECT_EQ(label_error().retry_after(), 3'600'000ms) << "an hour is the most";
    answer.headers = {{"Retry-After", "soon"}};
    answer_always(answer);
    EXPECT_FALSE(label_error().retry_after());
}

TEST_F(HttpEngine, ServerErrorsArePassingAndRepeatTheServersWords) {
    answer_always(json(R"({"detail":"CUDA out of memory"})", 500));
    EXPECT_EQ(label_error().code(), ErrorCode::Unavailable);
    EXPECT_THAT(label_error().what(), HasSubstr("CUDA out of memory"));
    for (const int status : {502, 503, 504, 408}) {
        answer_always(json("{}", status));
        EXPECT_TRUE(label_error().retryable()) << status;
    }
}

TEST_F(HttpEngine, AModelBeingLoadedIsWaitedForAndCostsNoAttempt) {
    answer_always(json(R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})", 503));
    EXPECT_THROW(describe(), NotItsTurn);
}

TEST_F(HttpEngine, WhatPassesAwayOnTheWayIsRetried) {
    auto cut = ml_service_answer({.method = "POST", .target = "/v1/label", .headers = {}, .body = {}});
    cut.cut_after = cut.body.size() / 2;
    answer_always(cut);
    EXPECT_TRUE(label_error().retryable()) << "reset in mid-body";
    answer_always({.status = 200, .headers = {}, .body = {}, .raw = std::string()});
    EXPECT_TRUE(label_error().retryable()) << "closed without a byte";
    EXPECT_TRUE(label_error_with(cut.body.substr(0, cut.body.size() / 2)).retryable()) << "truncated JSON";
    answer_always({.status = 200, .headers = {{"Content-Type", "text/html"}}, .body = "<html>Maintenance</html>"});
    EXPECT_TRUE(label_error().retryable()) << "a proxy's page";
    EXPECT_THAT(label_error().what(), HasSubstr("web page"));
}

TEST_F(HttpEngine, AHangAndASlowDripEndAtTheTimeout) {
    http_ = std::make_shared<ModelServer>(ModelServerOptions{.url = server_.url(), .timeout = 50ms});
    describer_ = make_ml_service_describer(http_, nullptr);
    answer_always({.status = 200, .headers = {}, .body = {}, .hang = true});
    EXPECT_EQ(label_error().code(), ErrorCode::TimedOut);
    auto drip = ml_service_answer({.method = "POST", .target = "/v1/label", .headers = {}, .body = {}});
    drip.drip_bytes = 1;
    answer_always(drip);
    EXPECT_EQ(label_error().code(), ErrorCode::TimedOut);
}

TEST_F(HttpEngine, AServerThatIsNotThereIsUnavailableAndNamesTheKey) {
    http_ = std::make_shared<ModelServer>(ModelServerOptions{.url = "http://127.0.0.1:1", .section = "ml.label"});
    describer_ = make_ml_service_describer(http_, nullptr);
    EXPECT_EQ(label_error().code(), ErrorCode::Unavailable);
    EXPECT_THAT(label_error().what(), HasSubstr("ml.label.url"));
}

// Lasting faults.

TEST_F(HttpEngine, ARefusedPictureFailsForGood) {
    for (const int status : {400, 413, 415, 422}) {
        answer_always(json(R"({"detail":"not a picture"})", status));
        EXPECT_FALSE(label_error().retryable()) << status;
        EXPECT_FALSE(crop_error().retryable()) << status;
    }
}

TEST_F(HttpEngine, AWrongKeyNamesWhatToCheckAndIsNotShown) {
    answer_always(json("{}", 401));
    EXPECT_EQ(label_error().code(), ErrorCode::Configuration);
    EXPECT_THAT(label_error().what(), HasSubstr("ml.api_key"));
    EXPECT_THAT(label_error().what(), Not(HasSubstr("s3cret")));
}

TEST_F(HttpEngine, AVectorThatStandsForNothingIsRefused) {
    const auto with = [&](const std::string& vector) {
        return label_error_with(fmt::format(R"({{"model":"m","label":{},"storage_vector":{}}})", label_json, vector));
    };
    for (const char* vector : {"[]", "[0,0,0]", "[NaN,1]", "[1,Infinity]", "[1,-Infinity]", "[1e999,1]", "[1,null]",
                               "[\"1\"]", "[[1]]", "null", "\"abc\"", "{}", "[1e-30]"}) {
        EXPECT_EQ(with(vector).code(), ErrorCode::BadInput) << vector << ": " << with(vector).what();
    }
    EXPECT_EQ(with(vector_json(16'385)).code(), ErrorCode::BadInput);
    EXPECT_TRUE(memory_->known.empty()) << "nothing malformed is remembered";
}

TEST_F(HttpEngine, AWrongSchemaIsRefusedAndNamesWhatIsWrong) {
    const std::pair<std::string, std::string> wrong[] = {
        {R"([])", "object"},
        {R"({})", "model"},
        {R"({"model":""})", "model"},
        {R"({"model":7})", "model"},
        {R"({"model":"a\u0000b"})", "model"},
        {R"({"model":"m"})", "label"},
        {R"({"model":"m","label":"red"})", "label"},
        {R"({"model":"m","label":{"category":7},"storage_vector":[1]})", "category"},
        {R"({"model":"m","label":{"colors":"red"},"storage_vector":[1]})", "colors"},
        {R"({"model":"m","label":{"confidence":2},"storage_vector":[1]})", "confidence"},
        {R"({"model":"m","label":{}})", "vector"},
    };
    for (const auto& [body, what] : wrong) {
        const auto error = label_error_with(body);
        EXPECT_EQ(error.code(), ErrorCode::BadInput) << body;
        EXPECT_THAT(error.what(), HasSubstr(what)) << body;
    }
}

TEST_F(HttpEngine, BoxesOutsideThePictureAndWrongOnesAreRefused) {
    for (const char* box : {"[31,0,10,10]", "[0,11,10,10]", "[-2,0,10,10]", "[0,0,0,10]", "[0,0,10,-1]", "[0,0,1e9,1]",
                            "[0,0,10]", "[0,0,10,10,1]", "[\"0\",0,1,1]", "[null,0,1,1]", "{}", "[NaN,0,1,1]"}) {
        const auto error = crop_error_with(fmt::format(R"([{{"box":{},"score":0.5}}])", box));
        EXPECT_EQ(error.code(), ErrorCode::BadInput) << box << ": " << error.what();
    }
    for (const char* score : {"-0.1", "1.1", "null", "\"1\""}) {
        const auto error = crop_error_with(fmt::format(R"([{{"box":[0,0,1,1],"score":{}}}])", score));
        EXPECT_EQ(error.code(), ErrorCode::BadInput) << score;
    }
    for (const char* crops : {"null", "{}", "[7]", "[[]]", R"([{"box":[0,0,1,1],"score":1,"category":3}])"}) {
        EXPECT_EQ(crop_error_with(crops).code(), ErrorCode::BadInput) << crops;
    }
}

TEST_F(HttpEngine, ABoxOffByRoundingIsBroughtIntoThePicture) {
    answer_always(json(R"({"model":"m","crops":[{"box":[-0.4,0.2,40.6,20.1],"score":1}]})"));
    EXPECT_EQ(detector_->detect(picture).found.at(0).box, (Box{0, 0, 40, 20}));
}

TEST_F(HttpEngine, OfTenThousandBoxesTheBestFewAreKept) {
    std::string crops;
    for (int i = 0; i < 10'000; ++i) {
        crops += fmt::format(R"({}{{"box":[{},{},5,5],"score":{}}})", i == 0 ? "" : ",", i % 35, i % 15, i / 10'000.0);
    }
    answer_always(json(fmt::format(R"({{"model":"m","crops":[{}]}})", crops)));
    const auto found = detector_->detect(picture).found;
    EXPECT_EQ(found.size(), 300U);
    EXPECT_DOUBLE_EQ(found.front().score, 0.9999);
}

TEST_F(HttpEngine, AnAnswerOfAHundredMegabytesIsNotHeld) {
    const auto before = mallinfo2().uordblks + mallinfo2().hblkhd;
    answer_always({.status = 200, .headers = {}, .body = {}, .announced_bytes = 100ULL << 20});
    EXPECT_EQ(label_error().code(), ErrorCode::TooLarge);
    EXPECT_LT(mallinfo2().uordblks + mallinfo2().hblkhd, before + (16U << 20));
    // Without a length said beforehand it is ended when it gets too long.
    std::string much(12U << 20, ' ');
    answer_always({.status = 200, .headers = {}, .body = much, .chunked = true});
    EXPECT_EQ(label_error().code(), ErrorCode::TooLarge);
}

TEST_F(HttpEngine, ControlCharactersGoAndEmojiStay) {
    answer_always(
        json(R"({"model":"m","label":{"category":" mug\u0007\u001b[31m ","colors":["red","","red\u200b"],)"
             R"("text":"caf\u00e9 \ud83d\ude00\ud83d\udc68\u200d\ud83d\udcbb\n\tline\u202e","description":""},)"
             R"("storage_vector":[3,4]})"));
    const auto label = describe().label.value();
    EXPECT_EQ(label.category, "mug[31m");
    EXPECT_THAT(label.colors, ElementsAre("red"));
    EXPECT_EQ(label.text, "café 😀👨‍💻 line");
    EXPECT_EQ(label.description, "");
}

TEST_F(HttpEngine, ScoresMustBeAsManyAsTheCandidates) {
    for (const char* scores : {"[]", "[0.5]", "[0.5,0.5,0.5]", "[0.5,2]", "[0.5,NaN]", "[0.5,\"1\"]", "7"}) {
        answer_always(json(fmt::format(R"({{"scores":{}}})", scores)));
        const auto error = error_of([&] { static_cast<void>(matcher_->match("a", {"b", "c"})); });
        EXPECT_EQ(error.code(), ErrorCode::BadInput) << scores;
    }
}

TEST_F(HttpEngine, HealthTellsModelAndDimension) {
    EXPECT_EQ(ask_ml_service_health(*http_), (ModelIdentity{.version = "stub-label 1", .dimensions = 8}));
    for (const char* body : {R"({"dim":8})", R"({"model":"m","dim":-1})", R"({"model":"m","dim":1e9})"}) {
        answer_always(json(body));
        EXPECT_EQ(error_of([&] { ask_ml_service_health(*http_); }).code(), ErrorCode::BadInput) << body;
    }
}

} // namespace
} // namespace vitrine::test
