// What a ChromaDB server, or whatever answers in its place, may say to any request of ours.

#include <cmath>
#include <set>

#include <vitrine/error.hpp>

#include "vectors/chroma_messages.hpp"

#include "fuzz_target.hpp"

namespace {

using namespace vitrine;

/// Calls `read`, which may refuse.
template <class Read>
void try_to(const Read& read) {
    try {
        read();
    } catch (const Error& error) {
        promise(error.code() == ErrorCode::BadInput, "an answer is refused as bad input");
    }
}

void check(const std::vector<std::vector<VectorHit>>& hits, std::size_t queries, int k) {
    promise(hits.size() == queries, "every query has its hits");
    for (const auto& of_one : hits) {
        promise(of_one.size() <= static_cast<std::size_t>(k), "no more hits than were asked for");
        std::set<std::int64_t> ids;
        double before = 0.0;
        for (const auto& hit : of_one) {
            promise(hit.id.value > 0 && ids.insert(hit.id.value).second, "ids are ours and come once");
            promise(hit.distance >= before && hit.distance <= 2.0, "distances rise and lie in [0, 2]");
            before = hit.distance;
        }
    }
}

void check(const chroma::Collection& collection) {
    promise(collection.id.size() == 36 && collection.id.find_first_of("/?#. %") == std::string::npos,
            "a collection's id can stand in a path");
}

} // namespace

std::vector<std::string> fuzz_seeds() {
    const std::string collection =
        R"({"id":"5d9bdc71-731b-48fc-b518-27fc0d527aae","name":"c","configuration_json":{"hnsw":{"space":"cosine"},)"
        R"("spann":null},"metadata":{"vitrine:model":"m 1"},"dimension":3})";
    return {R"({"ids":[["1","3","2"],["2"]],"distances":[[0.0,0.29,1.0],[0.005]],"include":["distances"]})",
            R"({"ids":[["4"]],"distances":[[-1e-8]]})",
            collection,
            "[" + collection + "]",
            R"({"max_batch_size":5461,"supports_base64_encoding":true})",
            R"("1.0.0")",
            "41",
            R"({"error":"NotFoundError","message":"Collection [x] does not exists"})"};
}

void fuzz_one(std::string_view bytes) {
    try_to([&] { chroma::ids_from(bytes, 3); });
    try_to([&] { check(chroma::hits_from(bytes, 1, 2), 1, 2); });
    try_to([&] { check(chroma::hits_from(bytes, 2, 100), 2, 100); });
    try_to([&] { check(chroma::collection_from(bytes)); });
    try_to([&] {
        for (const auto& collection : chroma::collections_from(bytes)) check(collection);
    });
    try_to([&] { promise(chroma::limits_from(bytes).batch_max > 0, "a batch has room"); });
    try_to([&] { promise(chroma::version_from(bytes).size() <= 40, "a version is short"); });
    try_to([&] { promise(chroma::count_from(bytes) >= 0, "a count is none below zero"); });
    try_to([&] { chroma::expect_done(bytes); });
    (void)chroma::complaint_from(bytes);
}
