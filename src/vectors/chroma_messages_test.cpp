#include "vectors/chroma_messages.hpp"

#include <cmath>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

namespace vitrine::chroma {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string refusal_of(const std::function<void()>& read) {
    try {
        read();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::BadInput);
        return error.what();
    }
    return "nothing was refused";
}

std::string hits_refusal(const std::string& json, std::size_t queries = 1, int k = 3) {
    return refusal_of([&] { (void)hits_from(json, queries, k); });
}

TEST(ChromaMessages, AnUpsertCarriesIdsVectorsAndWordsForFilters) {
    const std::vector<Record> records{
        {.id = {7},
         .vector = {1.0F, -0.5F, 1e-10F},
         .product_id = "a\"b",
         .category = "Shoes",
         .colours = {"red", "dark blue"}},
        {.id = {8}, .vector = {0, 1, 0}, .product_id = "c", .category = {}, .colours = {}}};
    EXPECT_EQ(
        upsert_body(records, false),
        R"({"ids":["7","8"],"embeddings":[[1,-0.5,1e-10],[0,1,0]],"metadatas":[)"
        R"({"category":"Shoes","colour:dark blue":true,"colour:red":true,"product_id":"a\"b"},{"product_id":"c"}]})");
}

TEST(ChromaMessages, Base64IsOfTheLittleEndianFloats) {
    const std::vector<Record> records{
        {.id = {1}, .vector = {1, 0, 0}, .product_id = "p", .category = {}, .colours = {}}};
    EXPECT_THAT(upsert_body(records, true), HasSubstr(R"("embeddings":["AACAPwAAAAAAAAAA"])"));
    const std::vector<Record> padded{{.id = {1}, .vector = {1}, .product_id = "p", .category = {}, .colours = {}}};
    EXPECT_THAT(upsert_body(padded, true), HasSubstr(R"(["AACAPw=="])"));
}

TEST(ChromaMessages, AQueryAsksForDistancesOfAllItsVectorsAtOnce) {
    EXPECT_EQ(query_body(std::vector<Embedding>{{1, 0}, {0.25F, 1}}, 5),
              R"({"query_embeddings":[[1,0],[0.25,1]],"n_results":5,"include":["distances"]})");
    EXPECT_EQ(delete_body(std::vector<ProductImageId>{{3}, {4}}), R"({"ids":["3","4"]})");
}

TEST(ChromaMessages, AScopeIsSentAsIdsAndAsAFilterOnTheCategory) {
    const std::vector<Embedding> queries{{1, 0}};
    EXPECT_EQ(
        query_body(queries, 5, {.category = "Mugs \"big\"", .links = std::nullopt}),
        R"({"query_embeddings":[[1,0]],"where":{"category":"Mugs \"big\""},"n_results":5,"include":["distances"]})");
    EXPECT_EQ(query_body(queries, 5, {.category = "", .links = std::vector<ProductImageId>{{3}, {4}}}),
              R"({"query_embeddings":[[1,0]],"ids":["3","4"],"n_results":5,"include":["distances"]})");
}

TEST(ChromaMessages, ANewCollectionMeasuresByCosineAndNamesItsModel) {
    const auto body = create_body("vitrine-m", "m 1", 512);
    EXPECT_THAT(body, HasSubstr(R"("hnsw":{"space":"cosine"})"));
    EXPECT_THAT(body, HasSubstr(R"("vitrine:model":"m 1")"));
    EXPECT_THAT(body, HasSubstr(R"("vitrine:dimensions":512)"));
    EXPECT_THAT(body, HasSubstr(R"("get_or_create":true)"));
}

TEST(ChromaMessages, HitsComeNearestFirstWithTiesById) {
    const auto hits =
        hits_from(R"({"ids":[["9","3","12"],[]],"distances":[[0.5,0.5,0.25],[]],"metadatas":null})", 2, 3);
    ASSERT_EQ(hits.size(), 2U);
    ASSERT_EQ(hits[0].size(), 3U);
    EXPECT_EQ(hits[0][0].id, ProductImageId{12});
    EXPECT_EQ(hits[0][1].id, ProductImageId{3});
    EXPECT_EQ(hits[0][2].id, ProductImageId{9});
    EXPECT_THAT(hits[1], IsEmpty());
}

TEST(ChromaMessages, RecordsThatAreNotOursAndSecondOnesAreLeftOut) {
    const auto hits =
        hits_from(R"({"ids":[["x","-1","007","5","5","99999999999999999999"]],"distances":[[0,0,0,0.1,0.2,0]]})", 1, 9);
    ASSERT_EQ(hits[0].size(), 1U);
    EXPECT_EQ(hits[0][0].id, ProductImageId{5});
    EXPECT_DOUBLE_EQ(hits[0][0].distance, 0.1);
}

TEST(ChromaMessages, ADistanceThatRoundingPushedOutIsPutBack) {
    const auto hits = hits_from(R"({"ids":[["1","2"]],"distances":[[-1e-7,2.0000002]]})", 1, 3);
    EXPECT_EQ(hits[0][0].distance, 0.0);
    EXPECT_EQ(hits[0][1].distance, 2.0);
}

TEST(ChromaMessages, AnAnswerThatCannotBeOneIsRefused) {
    EXPECT_THAT(hits_refusal("<html>"), HasSubstr("is not JSON"));
    EXPECT_THAT(hits_refusal("[]"), HasSubstr("is not an object"));
    EXPECT_THAT(hits_refusal("{}"), HasSubstr("has no list 'ids'"));
    EXPECT_THAT(hits_refusal(R"({"ids":[["1"]]})"), HasSubstr("has no list 'distances'"));
    EXPECT_THAT(hits_refusal(R"({"ids":[[],[]],"distances":[[],[]]})"), HasSubstr("2 entries"));
    EXPECT_THAT(hits_refusal(R"({"ids":[["1","2"]],"distances":[[0.1]]})"), HasSubstr("one distance for each id"));
    EXPECT_THAT(hits_refusal(R"({"ids":[["1","2","3","4"]],"distances":[[0,0,0,0]]})"), HasSubstr("at most 3"));
    EXPECT_THAT(hits_refusal(R"({"ids":[[1]],"distances":[[0.1]]})"), HasSubstr("no text"));
    EXPECT_THAT(hits_refusal(R"({"ids":["1"],"distances":[[0.1]]})"), HasSubstr("without its lists"));
    for (const char* distance : {"null", "\"0\"", "7.5", "-3", "1e999"}) {
        EXPECT_NE(hits_refusal(std::string(R"({"ids":[["1"]],"distances":[[)") + distance + "]]}"),
                  "nothing was refused")
            << distance;
    }
}

constexpr auto whole =
    R"({"id":"5d9bdc71-731b-48fc-b518-27fc0d527aae","name":"col-1","configuration_json":{"hnsw":{"space":"cosine"},)"
    R"("spann":null},"metadata":{"vitrine:model":"m 1"},"dimension":3,"tenant":"t"})";

TEST(ChromaMessages, ACollectionTellsItsSpaceItsModelAndItsDimensions) {
    const auto collection = collection_from(whole);
    EXPECT_EQ(collection.name, "col-1");
    EXPECT_EQ(collection.space, "cosine");
    EXPECT_EQ(collection.model, "m 1");
    EXPECT_EQ(collection.dimensions, 3U);
    const auto bare = collection_from(R"({"id":"5d9bdc71-731b-48fc-b518-27fc0d527aae","name":"x","metadata":null,)"
                                      R"("configuration_json":{"hnsw":null,"spann":{"space":"l2"}},"dimension":null})");
    EXPECT_EQ(bare.space, "l2");
    EXPECT_EQ(bare.model, "");
    EXPECT_FALSE(bare.dimensions);
    EXPECT_EQ(collections_from(std::string("[") + whole + "," + whole + "]").size(), 2U);
}

TEST(ChromaMessages, ACollectionsIdIsNoWayIntoOtherPaths) {
    for (const char* id : {"../../reset", "", "5d9bdc71-731b-48fc-b518-27fc0d527aae/../..", "5D9BDC71"}) {
        EXPECT_THAT(refusal_of([&] { (void)collection_from(std::string(R"({"name":"x","id":")") + id + "\"}"); }),
                    HasSubstr("no UUID"));
    }
}

TEST(ChromaMessages, LimitsVersionsAndCountsAreReadOrRefused) {
    const auto limits = limits_from(R"({"max_batch_size":5461,"supports_base64_encoding":true})");
    EXPECT_EQ(limits.batch_max, 5461U);
    EXPECT_TRUE(limits.takes_base64);
    EXPECT_FALSE(limits_from(R"({"max_batch_size":166})").takes_base64);
    for (const char* bad : {"{}", R"({"max_batch_size":0})", R"({"max_batch_size":-1})", R"({"max_batch_size":"9"})"}) {
        EXPECT_NE(refusal_of([&] { (void)limits_from(bad); }), "nothing was refused");
    }
    EXPECT_EQ(version_from("\"1.0.0\""), "1.0.0");
    EXPECT_NE(refusal_of([] { (void)version_from("\"<b>1</b>\""); }), "nothing was refused");
    EXPECT_EQ(count_from("41"), 41);
    for (const char* bad : {"-1", "1.5", "null", "18446744073709551615", ""}) {
        EXPECT_NE(refusal_of([&] { (void)count_from(bad); }), "nothing was refused");
    }
}

TEST(ChromaMessages, AnErrorsKindAndMessageAreTakenFromAnything) {
    using Complaint = std::pair<std::string, std::string>;
    EXPECT_EQ(complaint_from(R"({"error":"NotFoundError","message":"no"})"), Complaint("NotFoundError", "no"));
    EXPECT_EQ(complaint_from(R"({"error":7})"), Complaint("", ""));
    EXPECT_EQ(complaint_from("<html>"), Complaint("", ""));
}

} // namespace
} // namespace vitrine::chroma
