#include "ml/json_reading.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "ml/answered_vector.hpp"

namespace vitrine::json_reading {
namespace {

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::BadInput, what);
}

/// Whether a word that stands for no number is written where a value may stand: outside of texts.
bool holds_no_number(std::string_view text) {
    bool in_text = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (in_text && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            in_text = !in_text;
        } else if (!in_text && (text.substr(i).starts_with("NaN") || text.substr(i).starts_with("Infinity"))) {
            return true;
        }
    }
    return false;
}

} // namespace

Json parsed(std::string_view text) {
    try {
        return Json::parse(text);
    } catch (const Json::out_of_range&) {
        refuse("it holds a number that is too large");
    } catch (const Json::exception&) {
        // What it is instead is found out below.
    }
    const auto first = text.find_first_not_of(" \t\r\n");
    const bool begins_like_json = first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
    if (begins_like_json && holds_no_number(text)) refuse("it holds NaN or an infinity");
    throw Error(ErrorCode::Unavailable, "JSON");
}

const Json& member(const Json& object, const char* name) {
    static const Json nothing;
    if (!object.is_object()) refuse("it is not an object where one must be");
    const auto found = object.find(name);
    return found == object.end() ? nothing : *found;
}

const Json& list_of(const Json& object, const char* name) {
    const auto& value = member(object, name);
    if (!value.is_array()) refuse(fmt::format("it has no list '{}'", name));
    return value;
}

const std::string& text_of(const Json& object, const char* name) {
    const auto& value = member(object, name);
    if (!value.is_string()) refuse(fmt::format("it has no text '{}'", name));
    return value.get_ref<const std::string&>();
}

double number_from(const Json& value, std::string_view what) {
    const double number = value.is_number() ? value.get<double>() : NAN;
    if (!std::isfinite(number)) refuse(fmt::format("{} is not a finite number", what));
    return number;
}

Embedding unit_vector_from(const Json& list, std::size_t values_max) {
    if (!list.is_array()) refuse("the vector is not a list of numbers");
    if (list.size() > values_max)
        refuse(fmt::format("the vector has {} values; {} are the most", list.size(), values_max));
    std::vector<float> values;
    values.reserve(list.size());
    for (const Json& value : list) {
        values.push_back(static_cast<float>(number_from(value, "a value of the vector")));
    }
    return unit_vector(std::move(values));
}

} // namespace vitrine::json_reading
