#include "pipeline/subjects.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

using nlohmann::json;

/// Runs `read` on the parsed text; whatever is wrong with it is one kind of error.
template <class Read>
auto parse(const std::string& text, Read read) {
    try {
        return read(json::parse(text));
    } catch (const json::exception&) {
        throw Error(ErrorCode::Corrupted, fmt::format("A stored job subject cannot be read: {:.200}", text));
    }
}

} // namespace

std::string to_json(const IndexingSubject& subject) {
    return json{{"product_id", subject.product_id.value}, {"image_id", subject.image_id.value}}.dump();
}

std::string to_json(const QuerySubject& subject) {
    return json{{"image_id", subject.image_id.value}, {"top", subject.top}, {"category", subject.category}}.dump();
}

std::string to_json(const CropSubject& subject) {
    return json{{"image_id", subject.image_id.value}, {"then", subject.then}}.dump();
}

std::string to_json(const IndexingResult& result) {
    json runners_up = json::array();
    for (const CropScore& crop : result.runners_up) {
        runners_up.push_back({{"image_id", crop.image_id.value}, {"score", crop.score}, {"area", crop.area}});
    }
    json object{{"product_id", result.product_id.value},
                {"image_id", result.image_id.value},
                {"score", result.score},
                {"runners_up", runners_up},
                {"note", result.note}};
    if (result.product_image_id) object["product_image_id"] = result.product_image_id->value;
    return object.dump();
}

IndexingSubject indexing_subject_from(const std::string& text) {
    return parse(text, [](const json& object) {
        return IndexingSubject{.product_id = {object.at("product_id").get<std::int64_t>()},
                               .image_id = {object.at("image_id").get<std::int64_t>()}};
    });
}

QuerySubject query_subject_from(const std::string& text) {
    return parse(text, [](const json& object) {
        return QuerySubject{.image_id = {object.at("image_id").get<std::int64_t>()},
                            .top = object.at("top").get<int>(),
                            .category = object.at("category").get<std::string>()};
    });
}

CropSubject crop_subject_from(const std::string& text) {
    return parse(text, [](const json& object) {
        return CropSubject{.image_id = {object.at("image_id").get<std::int64_t>()},
                           .then = object.at("then").get<std::string>()};
    });
}

IndexingResult indexing_result_from(const std::string& text) {
    return parse(text, [](const json& object) {
        IndexingResult result;
        result.product_id = {object.at("product_id").get<std::int64_t>()};
        result.image_id = {object.at("image_id").get<std::int64_t>()};
        result.score = object.at("score").get<double>();
        result.note = object.at("note").get<std::string>();
        if (object.contains("product_image_id")) {
            result.product_image_id = ProductImageId{object.at("product_image_id").get<std::int64_t>()};
        }
        for (const json& crop : object.at("runners_up")) {
            result.runners_up.push_back({.image_id = {crop.at("image_id").get<std::int64_t>()},
                                         .score = crop.at("score").get<double>(),
                                         .area = crop.at("area").get<std::int64_t>()});
        }
        return result;
    });
}

} // namespace vitrine
