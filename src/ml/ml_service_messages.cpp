#include "ml/ml_service_messages.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "ml/answered_vector.hpp"
#include "ml/json_reading.hpp"
#include "ml/label_cleaning.hpp"

namespace vitrine::ml_service {
namespace {

using namespace json_reading;

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::BadInput, what);
}

double score_from(const Json& value) {
    const double score = number_from(value, "a score");
    if (!(score >= 0.0 && score <= 1.0)) refuse(fmt::format("the score {} is not one from 0 to 1", score));
    return score;
}

/// Whole pixels that hold the box [x, y, w, h].
Box box_from(const Json& value, int width, int height) {
    constexpr double rounding = 1.0;
    if (!value.is_array() || value.size() != 4) refuse("a box is not a list of four numbers");
    double edges[4];
    for (std::size_t i = 0; i < 4; ++i) edges[i] = number_from(value[i], "a number of a box");
    const double left = edges[0];
    const double top = edges[1];
    const double right = left + edges[2];
    const double bottom = top + edges[3];
    const bool inside = left > -rounding && top > -rounding && right < width + rounding && bottom < height + rounding;
    if (!inside || !(edges[2] > 0.0) || !(edges[3] > 0.0)) {
        refuse(fmt::format("the box [{}, {}, {}, {}] does not lie in the picture of {}x{}", edges[0], edges[1],
                           edges[2], edges[3], width, height));
    }
    const auto within = [](double edge, int most) { return static_cast<int>(std::clamp(edge, 0.0, double(most))); };
    const Box box{.x = within(std::floor(left), width - 1), .y = within(std::floor(top), height - 1)};
    return {.x = box.x,
            .y = box.y,
            .w = std::max(1, within(std::ceil(right), width) - box.x),
            .h = std::max(1, within(std::ceil(bottom), height) - box.y)};
}

Detection detection_from(const Json& crop, int width, int height) {
    const Json& category = member(crop, "category");
    if (!category.is_null() && !category.is_string()) refuse("a crop's 'category' is not a text");
    return {.box = box_from(member(crop, "box"), width, height),
            .score = score_from(member(crop, "score")),
            .category = category.is_string() ? cleaned(category.get_ref<const std::string&>()) : std::string()};
}

StructuredLabel label_in(const Json& document) {
    const Json& label = member(document, "label");
    if (!label.is_object()) refuse("it has no object 'label'");
    return cleaned(structured_label_from_json(label.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

} // namespace

Detections detections_from(std::string_view body, int width, int height) {
    const Json document = parsed(body);
    Detections answer{.found = {}, .version = checked_version(text_of(document, "model"))};
    for (const Json& crop : list_of(document, "crops")) {
        answer.found.push_back(detection_from(crop, width, height));
    }
    std::ranges::stable_sort(answer.found, std::ranges::greater{}, &Detection::score);
    if (answer.found.size() > boxes_max) answer.found.resize(boxes_max);
    return answer;
}

LabelAnswer label_from(std::string_view body, bool label_wanted, bool vector_wanted) {
    const Json document = parsed(body);
    LabelAnswer answer;
    answer.model = checked_version(text_of(document, "model"));
    if (label_wanted) answer.label = label_in(document);
    if (vector_wanted) answer.vector = unit_vector_from(member(document, "storage_vector"), vector_values_max);
    return answer;
}

std::string match_request(const std::string& target, const std::vector<std::string>& candidates) {
    // A product's name need not be UTF-8; what is not becomes U+FFFD.
    return Json{{"target", target}, {"candidates", candidates}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<double> scores_from(std::string_view body, std::size_t count) {
    const Json document = parsed(body);
    const Json& list = list_of(document, "scores");
    if (list.size() != count) refuse(fmt::format("it has {} scores for {} candidates", list.size(), count));
    std::vector<double> scores;
    for (const Json& score : list) scores.push_back(score_from(score));
    return scores;
}

ModelIdentity health_from(std::string_view body) {
    constexpr double dimensions_max = vector_values_max;
    const Json document = parsed(body);
    const Json& dimensions = member(document, "dim");
    ModelIdentity identity{.version = checked_version(text_of(document, "model"))};
    if (dimensions.is_null()) return identity;
    const double number = number_from(dimensions, "'dim'");
    if (number < 0 || number > dimensions_max) refuse(fmt::format("'dim' is {}", number));
    identity.dimensions = static_cast<int>(number);
    return identity;
}

} // namespace vitrine::ml_service
