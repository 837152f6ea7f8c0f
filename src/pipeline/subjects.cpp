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

json to_json(const Box& box) {
    return {box.x, box.y, box.w, box.h};
}

std::optional<Box> region_from(const json& object) {
    if (!object.contains("box")) return std::nullopt;
    const json& box = object.at("box");
    return Box{box.at(0).get<int>(), box.at(1).get<int>(), box.at(2).get<int>(), box.at(3).get<int>()};
}

} // namespace

std::string to_json(const IndexingSubject& subject) {
    json object{{"product_id", subject.product_id.value}, {"image_id", subject.image_id.value}};
    if (!subject.external_id.empty()) object["external_id"] = subject.external_id;
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string to_json(const QuerySubject& subject) {
    json object{{"image_id", subject.image_id.value}, {"top", subject.top}, {"category", subject.scope.category}};
    if (!subject.scope.attributes.empty()) object["attributes"] = subject.scope.attributes;
    if (subject.region) object["box"] = to_json(*subject.region);
    if (subject.score_min > 0.0) object["min_score"] = subject.score_min;
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string to_json(const CropSubject& subject) {
    json object{{"image_id", subject.image_id.value}, {"then", subject.then}};
    if (subject.region) object["box"] = to_json(*subject.region);
    if (!subject.model.empty()) object["model"] = subject.model;
    return object.dump();
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
                               .image_id = {object.at("image_id").get<std::int64_t>()},
                               .external_id = object.value("external_id", std::string())};
    });
}

QuerySubject query_subject_from(const std::string& text) {
    return parse(text, [](const json& object) {
        QuerySubject subject;
        subject.image_id = {object.at("image_id").get<std::int64_t>()};
        subject.top = object.at("top").get<int>();
        subject.scope.category = object.at("category").get<std::string>();
        subject.scope.attributes = object.value("attributes", std::map<std::string, std::string>());
        subject.region = region_from(object);
        subject.score_min = object.value("min_score", 0.0);
        return subject;
    });
}

CropSubject crop_subject_from(const std::string& text) {
    return parse(text, [](const json& object) {
        return CropSubject{.image_id = {object.at("image_id").get<std::int64_t>()},
                           .then = object.at("then").get<std::string>(),
                           .region = region_from(object),
                           .model = object.value("model", std::string())};
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
