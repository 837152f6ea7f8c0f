// A real ChromaDB server that is down, comes back, loses its data; connections that break; answers that are not what
// was asked for. Whatever happens, what was committed is delivered in the end, and a person is told in one sentence.

#include <chrono>
#include <latch>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chroma_gate.hpp"
#include "servers/chroma_server.hpp"
#include "servers/fault_proxy.hpp"
#include "vector_house.hpp"
#include "vectors/chroma_collections.hpp"

namespace vitrine {
namespace {

using namespace std::chrono_literals;
using test::ChromaGate;
using test::error_of;
using test::ScriptedAnswer;
using test::SeenRequest;
using test::VectorHouse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ChromaFaults : public ::testing::Test {
protected:
    [[nodiscard]] ChromaStoreOptions options() const { return VectorHouse::options_for(gate_.url()); }

    /// Posts to the server itself.
    std::string post(const std::string& path, const std::string& body) {
        HttpRequest request;
        request.method = HttpMethod::Post;
        request.url = server_.url("/api/v2/tenants/default_tenant/databases/default_database/collections" + path);
        request.headers = {{"content-type", "application/json"}};
        request.body = std::string_view(body);
        const auto response = http_.send(request);
        EXPECT_TRUE(response.ok()) << response.body;
        return response.body;
    }

    /// A collection that is in the way of the model "m".
    void make_collection(const std::string& space, const std::string& model = "m") {
        post("", R"({"name":")" + collection_name() + R"(","metadata":{"vitrine:model":")" + model +
                     R"("},"configuration":{"hnsw":{"space":")" + space + R"("}}})");
    }

    static std::string collection_name() { return vitrine::collection_name("vitrine", "m"); }

    void delete_collection() {
        HttpRequest request;
        request.method = HttpMethod::Delete;
        request.url =
            server_.url("/api/v2/tenants/default_tenant/databases/default_database/collections/" + collection_name());
        EXPECT_TRUE(http_.send(request).ok());
    }

    VectorStanding standing(ProductImageId id) { return house_.store->standing(id); }

    test::ChromaServer server_;
    ChromaGate gate_{server_.url()};
    HttpClient http_;
    VectorHouse house_;
};

TEST_F(ChromaFaults, AServerThatIsDownAtStartGetsEverythingWhenItComes) {
    server_.stop();
    house_.open_chroma(options());
    const auto id = house_.add({1, 0});
    const auto gone = house_.add({0, 1});
    house_.remove_product(gone);
    EXPECT_THAT(house_.wait_for_report("unavailable"), HasSubstr("The vector store (ChromaDB) is unavailable"));
    EXPECT_EQ(standing(id).state, VectorStanding::State::OnItsWay);
    EXPECT_EQ(error_of([&] { (void)house_.ids({1, 0}); }).first, ErrorCode::Unavailable);
    server_.start();
    house_.settle();
    EXPECT_THAT(house_.ids({1, 0}), ElementsAre(id));
    EXPECT_THAT(house_.wait_for_report("takes vectors again"), HasSubstr("takes vectors again"));
    EXPECT_THAT(house_.arrived(), ElementsAre(id));
}

TEST_F(ChromaFaults, WhatWasRecordedBeforeThisProcessIsDeliveredByIt) {
    house_.open_chroma(options(), false);
    const auto id = house_.add({1, 0});
    house_.database->write([&](Transaction& tx) { // as left by a process that was killed between claim and delivery
        const auto claimed = vector_outbox_repository::claim(
            tx,
            {.owner = "the dead", .now = house_.clock.now(), .lease_until = house_.clock.now() + 500ms, .limit = 10});
        EXPECT_EQ(claimed.size(), 1U);
    });
    house_.open_chroma(options());
    while (standing(id).state != VectorStanding::State::Searchable)
        std::this_thread::yield(); // the lease may have to end
    EXPECT_THAT(house_.ids({1, 0}), ElementsAre(id));
}

TEST_F(ChromaFaults, AServerThatIsRestartedIsUsedAgainByItself) {
    house_.open_chroma(options());
    const auto first = house_.add({1, 0});
    house_.settle();
    server_.stop();
    const auto second = house_.add({0, 1});
    EXPECT_NE(house_.wait_for_report("unavailable"), "");
    server_.start();
    house_.settle();
    EXPECT_THAT(house_.ids({1, 0}), ElementsAre(first, second));
}

TEST_F(ChromaFaults, AServerThatLostItsDataIsFilledAgain) {
    house_.open_chroma(options());
    const auto first = house_.add({1, 0});
    const auto second = house_.add({0.5F, 1});
    house_.settle();
    ASSERT_THAT(house_.ids({1, 0}), ElementsAre(first, second));
    server_.stop();
    server_.lose_everything();
    server_.start();
    // Nothing is put, so only a search can find out; it says the truth, and the filling begins.
    EXPECT_THAT(error_of([&] { (void)house_.ids({1, 0}); }).second, HasSubstr("is being filled again"));
    EXPECT_NE(house_.wait_for_report("delivered to it again"), "");
    house_.settle();
    EXPECT_THAT(house_.ids({1, 0}), ElementsAre(first, second));
}

TEST_F(ChromaFaults, WhatWasIndexedWithTheEmbeddedStoreIsDeliveredWhenTheServerTakesItsPlace) {
    house_.open_embedded();
    const auto first = house_.add({1, 0});
    const auto second = house_.add({0.5F, 1});
    house_.open_chroma(options());
    EXPECT_THAT(house_.wait_for_report("again"), HasSubstr("holds 0 of 2 vectors of the model 'm'"));
    house_.settle();
    EXPECT_THAT(house_.ids({1, 0}), ElementsAre(first, second));
}

TEST_F(ChromaFaults, AStartFindsOutThatTheServerLostSomeVectors) {
    house_.open_chroma(options());
    const auto first = house_.add({1, 0});
    const auto second = house_.add({0.5F, 1});
    house_.settle();
    const auto collection = post("", R"({"name":")" + collection_name() + R"(","get_or_create":true})");
    const auto at = collection.find("\"id\":\"") + 6;
    post("/" + collection.substr(at, 36) + "/delete", R"({"ids":[")" + std::to_string(first.value) + "\"]}");
    house_.open_chroma(options());
    EXPECT_THAT(house_.wait_for_report("again"), HasSubstr("holds 1 of 2 vectors of the model 'm'"));
    house_.settle();
    EXPECT_THAT(house_.ids({1, 0}), ElementsAre(first, second));
}

TEST_F(ChromaFaults, ConnectionsThatBreakDuringAnUpsertCostNothingButTime) {
    test::FaultProxy proxy(server_.port());
    auto options = VectorHouse::options_for(proxy.url());
    house_.open_chroma(options);
    std::vector<ProductImageId> all;
    for (int round = 0; round < 6; ++round) {
        proxy.cut_answers_after(static_cast<std::uint64_t>(round) * 60);
        proxy.drop_connections();
        for (int i = 0; i < 5; ++i) all.push_back(house_.add({1, static_cast<float>(all.size())}));
    }
    proxy.cut();
    all.push_back(house_.add({1, 77}));
    EXPECT_NE(house_.wait_for_report("unavailable"), "");
    proxy.restore();
    house_.settle();
    EXPECT_EQ(house_.ids({1, 0}, 100).size(), all.size());
    EXPECT_EQ(house_.store->count("m"), static_cast<std::int64_t>(all.size()));
}

TEST_F(ChromaFaults, AServerThatIsKnownToBeDownIsNotAskedByEverySearch) {
    house_.open_chroma(options());
    house_.add({1, 0});
    house_.settle();
    house_.delivery.reset();
    gate_.set_fault([](const SeenRequest&) { return ScriptedAnswer{.status = 503, .headers = {}, .body = {}}; });
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(error_of([&] { (void)house_.ids({1, 0}); }).first, ErrorCode::Unavailable);
    }
    const int asked = gate_.count("/query");
    for (int i = 0; i < 50; ++i) {
        const auto [code, sentence] = error_of([&] { (void)house_.ids({1, 0}); });
        EXPECT_EQ(code, ErrorCode::Unavailable);
        EXPECT_THAT(sentence, HasSubstr("The vector store at 127.0.0.1:"));
    }
    EXPECT_LE(gate_.count("/query"), asked + 1) << "one trial at most";
}

TEST_F(ChromaFaults, AllCropsOfAPhotoAreOneRequest) {
    house_.open_chroma(options());
    house_.add({1, 0, 0});
    house_.settle();
    (void)house_.ids({1, 0, 0}); // the first search of a process finds the collection
    const int connection = gate_.server().requests().back().connection;
    const int before = gate_.count();
    const std::vector<Embedding> crops(8, Embedding{1, 0.5F, 0});
    EXPECT_EQ(house_.store->search("m", crops, 150).size(), 8U);
    EXPECT_EQ(gate_.count(), before + 1);
    const auto last = gate_.server().requests().back();
    EXPECT_TRUE(last.target.ends_with("/query"));
    EXPECT_EQ(last.connection, connection) << "a search uses the connection of the one before";
}

TEST_F(ChromaFaults, CommitsOfConcurrentFinishersAreDeliveredTogether) {
    auto options = this->options();
    options.linger = 50ms;
    house_.open_chroma(options);
    house_.add({1, 0});
    house_.settle();
    const int before = gate_.count("/upsert");
    for (int i = 0; i < 100; ++i) house_.add({1, static_cast<float>(i)});
    house_.settle();
    EXPECT_LE(gate_.count("/upsert"), before + 20);
    EXPECT_EQ(house_.store->count("m"), 101);
}

TEST_F(ChromaFaults, ABatchStaysUnderTheServersLimit) {
    gate_.set_fault([](const SeenRequest& request) -> std::optional<ScriptedAnswer> {
        if (!request.target.ends_with("/pre-flight-checks")) return std::nullopt;
        return ScriptedAnswer{.headers = {}, .body = R"({"max_batch_size":3,"supports_base64_encoding":false})"};
    });
    house_.open_chroma(options(), false);
    for (int i = 0; i < 10; ++i) house_.add({1, static_cast<float>(i)});
    house_.start_delivery();
    house_.settle();
    EXPECT_EQ(gate_.count("/upsert"), 4);
    for (const auto& request : gate_.server().requests()) {
        if (request.target.ends_with("/upsert")) {
            EXPECT_THAT(request.body, HasSubstr("[1,")) << "numbers, since it takes no base64";
        }
    }
    EXPECT_EQ(house_.ids({1, 0}, 20).size(), 10U);
}

TEST_F(ChromaFaults, ALateRemovalIsNotOvertakenByThePutThatWasUnderWay) {
    std::latch sending(1);
    std::latch removed(1);
    gate_.set_fault([&](const SeenRequest& request) -> std::optional<ScriptedAnswer> {
        if (request.target.ends_with("/upsert")) {
            sending.count_down();
            removed.wait();
        }
        return std::nullopt;
    });
    house_.open_chroma(options());
    const auto id = house_.add({1, 0});
    sending.wait();
    house_.remove_product(id);
    gate_.heal();
    removed.count_down();
    house_.settle();
    EXPECT_THAT(house_.ids({1, 0}), IsEmpty());
    EXPECT_EQ(house_.outbox().waiting, 0);
}

TEST_F(ChromaFaults, AnUpsertWhoseAnswerIsLostIsRepeatedAndHarmless) {
    std::atomic<int> lost = 2;
    gate_.set_fault_after([&](const SeenRequest& request) -> std::optional<ScriptedAnswer> {
        if (!request.target.ends_with("/upsert") || lost-- <= 0) return std::nullopt;
        ScriptedAnswer nothing;
        nothing.raw = "";
        return nothing;
    });
    house_.open_chroma(options());
    const auto id = house_.add({1, 0});
    house_.settle();
    EXPECT_THAT(house_.ids({1, 0}), ElementsAre(id));
    EXPECT_GE(gate_.count("/upsert"), 3);
}

TEST_F(ChromaFaults, AVectorThatTheServerRefusesByItselfIsSetApartAndTheOthersArrive) {
    house_.open_chroma(options(), false);
    std::vector<ProductImageId> all;
    for (int i = 0; i < 9; ++i) all.push_back(house_.add({1, static_cast<float>(i)}));
    const auto poison = all[4];
    const auto mark = "\"" + std::to_string(poison.value) + "\"";
    gate_.set_fault([mark](const SeenRequest& request) -> std::optional<ScriptedAnswer> {
        if (!request.target.ends_with("/upsert") || request.body.find(mark) == std::string::npos) return std::nullopt;
        return ScriptedAnswer{.status = 422,
                              .headers = {},
                              .body = R"({"error":"InvalidArgumentError","message":"the stars are wrong"})"};
    });
    house_.start_delivery();
    house_.settle();
    EXPECT_EQ(house_.ids({1, 0}, 20).size(), 8U);
    EXPECT_EQ(standing(poison).state, VectorStanding::State::Refused);
    EXPECT_THAT(standing(poison).why, HasSubstr("the stars are wrong"));
    EXPECT_THAT(house_.wait_for_report("set apart"), HasSubstr("the stars are wrong"));
    EXPECT_EQ(house_.outbox().refused, 1);
    EXPECT_EQ(house_.arrived().size(), 9U) << "those who wait for it are told, too";

    gate_.heal();
    house_.put(poison, {1, 4}); // a retried job
    house_.settle();
    EXPECT_EQ(house_.ids({1, 0}, 20).size(), 9U);
    EXPECT_EQ(house_.outbox().refused, 0);
}

TEST_F(ChromaFaults, AServerThatRefusesEverythingSetsNothingApart) {
    gate_.set_fault([](const SeenRequest& request) -> std::optional<ScriptedAnswer> {
        if (!request.target.ends_with("/upsert")) return std::nullopt;
        return ScriptedAnswer{.status = 400, .headers = {}, .body = "no"};
    });
    house_.open_chroma(options(), false);
    for (int i = 0; i < 4; ++i) house_.add({1, static_cast<float>(i)});
    house_.start_delivery();
    EXPECT_NE(house_.wait_for_report("400"), "");
    EXPECT_EQ(house_.outbox().refused, 0);
    gate_.heal();
    house_.settle();
    EXPECT_EQ(house_.ids({1, 0}, 20).size(), 4U);
}

TEST_F(ChromaFaults, ACollectionOfAnotherSpaceIsSaidSoAndNothingIsPutThere) {
    make_collection("l2");
    house_.open_chroma(options());
    const auto id = house_.add({1, 0});
    const auto [code, sentence] = error_of([&] { (void)house_.ids({1, 0}); });
    EXPECT_EQ(code, ErrorCode::Configuration);
    EXPECT_THAT(sentence, HasSubstr("measures by 'l2' and not by cosine"));
    EXPECT_THAT(sentence, HasSubstr("vectors.collection"));
    EXPECT_THAT(house_.wait_for_report("cosine"), HasSubstr("l2"));
    EXPECT_EQ(gate_.count("/upsert"), 0);
    delete_collection(); // as the sentence says
    house_.settle();
    EXPECT_THAT(house_.ids({1, 0}), ElementsAre(id));
}

TEST_F(ChromaFaults, ACollectionOfAnotherDimensionIsSaidSoAndNothingIsLost) {
    house_.open_chroma(options());
    house_.add({1, 0, 0});
    house_.settle();
    const auto id = house_.add({1, 0}); // the same model, another length
    EXPECT_THAT(house_.wait_for_report("dimensions"), HasSubstr("holds vectors of 3 dimensions where"));
    EXPECT_EQ(standing(id).state, VectorStanding::State::OnItsWay);
    EXPECT_EQ(error_of([&] { (void)house_.ids({1, 0}); }).first, ErrorCode::BadInput);
    const auto good = house_.add({0, 1, 0});
    while (standing(good).state != VectorStanding::State::Searchable) std::this_thread::yield();
    EXPECT_EQ(house_.ids({1, 0, 0}).size(), 2U) << "the others of the model are not held up";
}

TEST_F(ChromaFaults, AnotherProgramsCollectionOfOurNameIsLeftAlone) {
    make_collection("cosine", "somebody else's");
    house_.open_chroma(options());
    house_.add({1, 0});
    EXPECT_THAT(error_of([&] { (void)house_.ids({1, 0}); }).second, HasSubstr("was not made for the model 'm'"));
    EXPECT_NE(house_.wait_for_report("was not made for"), "");
    EXPECT_EQ(gate_.count("/upsert"), 0);
}

TEST_F(ChromaFaults, ADatabaseThatIsNotThereIsNamed) {
    auto options = this->options();
    options.address.database = "nowhere";
    house_.open_chroma(options);
    house_.add({1, 0});
    const auto sentence = house_.wait_for_report("nowhere");
    EXPECT_THAT(sentence, HasSubstr("vectors.database"));
    EXPECT_EQ(house_.outbox().waiting, 1);
}

TEST_F(ChromaFaults, TheTokenIsSentBothWaysAndNeverSaid) {
    auto options = this->options();
    options.address.token = "s3cret-token";
    gate_.set_fault([](const SeenRequest&) { return ScriptedAnswer{.status = 401, .headers = {}, .body = {}}; });
    house_.open_chroma(options);
    house_.add({1, 0});
    const auto sentence = house_.wait_for_report("401");
    EXPECT_THAT(sentence, HasSubstr("vectors.token"));
    EXPECT_THAT(sentence, Not(HasSubstr("s3cret")));
    const auto seen = gate_.server().requests().front();
    EXPECT_EQ(seen.headers.at("authorization"), "Bearer s3cret-token");
    EXPECT_EQ(seen.headers.at("x-chroma-token"), "s3cret-token");
}

TEST_F(ChromaFaults, TwoDeliverersOfOneDatabaseShareTheWork) {
    auto options = this->options();
    options.batch_max = 7;
    house_.open_chroma(options);
    const auto second = make_chroma_store(*house_.database, house_.clock, options);
    const auto other = second->start_delivery({});
    for (int i = 0; i < 60; ++i) {
        const auto id = house_.add({1, static_cast<float>(i)});
        if (i % 3 == 0) house_.remove_product(id);
    }
    house_.settle();
    ASSERT_TRUE(other->wait_until_idle(std::chrono::steady_clock::now() + 30s));
    EXPECT_EQ(house_.ids({1, 0}, 100).size(), 40U);
    EXPECT_EQ(house_.store->count("m"), 40);
}

// What may come in place of an answer: to every request, from the first on.

struct BadAnswer {
    std::string name;
    ScriptedAnswer answer;
    ErrorCode code;
    std::string says;
};

void PrintTo(const BadAnswer& bad, std::ostream* out) {
    *out << bad.name;
}

class ChromaBadAnswers : public ::testing::TestWithParam<BadAnswer> {};

TEST_P(ChromaBadAnswers, AreOneSentenceForASearchAndADelayForADelivery) {
    test::ChromaServer server;
    ChromaGate gate(server.url());
    VectorHouse house;
    auto options = VectorHouse::options_for(gate.url());
    options.limits = {.connect = 500ms, .read = 300ms, .write = 300ms};
    gate.set_fault([](const SeenRequest&) { return GetParam().answer; });
    house.open_chroma(options);
    const auto id = house.add({1, 0});
    EXPECT_THAT(house.wait_for_report(GetParam().says), HasSubstr("vector store"));
    const auto standing = house.store->standing(id);
    EXPECT_EQ(standing.state, VectorStanding::State::OnItsWay);

    const auto alone = make_chroma_store(*house.database, house.clock, options); // a breaker of its own
    const Embedding query{1, 0};
    const auto [code, sentence] = error_of([&] { (void)alone->search("m", std::span(&query, 1), 3); });
    EXPECT_EQ(code, GetParam().code) << sentence;
    EXPECT_THAT(sentence, HasSubstr(GetParam().says));
    EXPECT_THAT(sentence, Not(HasSubstr("\n")));

    gate.heal();
    house.settle();
    EXPECT_THAT(house.ids({1, 0}), ElementsAre(id));
}

ScriptedAnswer with(int status, std::string body, std::string type = "application/json") {
    return {.status = status, .headers = {{"content-type", std::move(type)}}, .body = std::move(body)};
}

std::vector<BadAnswer> bad_answers() {
    auto limited = with(429, R"({"error":"ResourceExhausted","message":"slow down"})");
    limited.headers.emplace_back("retry-after", "1");
    ScriptedAnswer hang;
    hang.hang = true;
    auto truncated = with(200, R"({"id":"5d9bdc71-731b-48fc-b518-27fc0d527aae","name":"x"})");
    truncated.cut_after = 10;
    const std::string page = "<!doctype html><html><body>Log in</body></html>";
    return {
        {"AWebPage", with(200, page, "text/html"), ErrorCode::Unavailable, "a web page"},
        {"AProxysPage", with(502, page, "text/html"), ErrorCode::Unavailable, "502"},
        {"NoJson", with(200, "surprise"), ErrorCode::Unavailable, "instead of"},
        {"OtherJson", with(200, "[1,2,3]"), ErrorCode::Unavailable, "instead of"},
        {"Unauthorized", with(401, ""), ErrorCode::Configuration, "vectors.token"},
        {"Forbidden", with(403, R"({"error":"Forbidden","message":"no"})"), ErrorCode::Configuration, "vectors.token"},
        {"NoSuchApi", with(404, "not here", "text/plain"), ErrorCode::Configuration, "is no vector store"},
        {"OldApi", with(410, R"({"error":"Unimplemented","message":"deprecated"})"), ErrorCode::Configuration,
         "is no vector store"},
        {"Moved", with(301, ""), ErrorCode::Configuration, "vectors.url"},
        {"TooManyRequests", limited, ErrorCode::RateLimited, "429"},
        {"ServerError", with(500, R"({"error":"Internal","message":"oh no"})"), ErrorCode::Unavailable, "oh no"},
        {"GatewayTimeout", with(504, ""), ErrorCode::TimedOut, "504"},
        {"AHang", hang, ErrorCode::TimedOut, "unavailable"},
        {"ATruncatedAnswer", truncated, ErrorCode::Unavailable, "unavailable"}};
}

INSTANTIATE_TEST_SUITE_P(Every, ChromaBadAnswers, ::testing::ValuesIn(bad_answers()),
                         [](const auto& answer) { return answer.param.name; });

} // namespace
} // namespace vitrine
