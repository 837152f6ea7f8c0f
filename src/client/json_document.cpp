#include "client/json_document.hpp"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine::json_document {
namespace {

[[noreturn]] void refuse(const std::string& clause) {
    throw Error(ErrorCode::BadInput, clause);
}

/// Before anything is allocated for it; brackets in texts do not count.
bool is_deep(std::string_view text) {
    constexpr int depth_max = 80;
    int depth = 0;
    bool in_text = false;
    for (std::size_t i = 0; i < text.size() && depth <= depth_max; ++i) {
        const char c = text[i];
        if (in_text && c == '\\') {
            ++i;
        } else if (c == '"') {
            in_text = !in_text;
        } else if (!in_text && (c == '[' || c == '{')) {
            ++depth;
        } else if (!in_text && (c == ']' || c == '}')) {
            --depth;
        }
    }
    return depth > depth_max;
}

std::int64_t whole_from(const Json& value, const char* name) {
    const bool fits = value.is_number_integer() &&
                      (!value.is_number_unsigned() ||
                       value.get<std::uint64_t>() <= std::uint64_t(std::numeric_limits<std::int64_t>::max()));
    if (!fits) refuse(fmt::format("it has no whole number '{}'", name));
    return value.get<std::int64_t>();
}

int small_from(const Json& value, const char* name) {
    const auto number = whole_from(value, name);
    if (number < std::numeric_limits<int>::min() || number > std::numeric_limits<int>::max())
        refuse(fmt::format("'{}' is beyond all measure", name));
    return static_cast<int>(number);
}

} // namespace

Json object_from(const std::string& text) {
    if (is_deep(text)) refuse("it is nested too deep");
    auto document = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!document.is_object()) refuse("it is no JSON object");
    return document;
}

const Json& member(const Json& object, const char* name) {
    static const Json nothing;
    if (!object.is_object()) refuse("it is not an object where one must be");
    const auto found = object.find(name);
    return found == object.end() ? nothing : *found;
}

const Json& object_in(const Json& object, const char* name) {
    const auto& value = member(object, name);
    if (!value.is_object()) refuse(fmt::format("it has no object '{}'", name));
    return value;
}

const Json& list_in(const Json& object, const char* name) {
    const auto& value = member(object, name);
    if (!value.is_array()) refuse(fmt::format("it has no list '{}'", name));
    return value;
}

const Json* something_in(const Json& object, const char* name) {
    const auto& value = member(object, name);
    return value.is_null() ? nullptr : &value;
}

std::string text_in(const Json& object, const char* name) {
    const auto& value = member(object, name);
    if (!value.is_string()) refuse(fmt::format("it has no text '{}'", name));
    return value.get<std::string>();
}

std::vector<std::string> texts_in(const Json& object, const char* name) {
    std::vector<std::string> texts;
    for (const auto& text : list_in(object, name)) {
        if (!text.is_string()) refuse(fmt::format("not all of '{}' are texts", name));
        texts.push_back(text.get<std::string>());
    }
    return texts;
}

bool flag_in(const Json& object, const char* name) {
    const auto& value = member(object, name);
    if (!value.is_boolean()) refuse(fmt::format("it has no true or false '{}'", name));
    return value.get<bool>();
}

double number_in(const Json& object, const char* name) {
    const auto& value = member(object, name);
    const double number = value.is_number() ? value.get<double>() : NAN;
    if (!std::isfinite(number)) refuse(fmt::format("it has no number '{}'", name));
    return number;
}

std::int64_t whole_in(const Json& object, const char* name) {
    return whole_from(member(object, name), name);
}

int small_in(const Json& object, const char* name) {
    return small_from(member(object, name), name);
}

Box box_in(const Json& object, const char* name) {
    const auto& sides = list_in(object, name);
    if (sides.size() != 4) refuse(fmt::format("'{}' is no box", name));
    return {small_from(sides[0], name), small_from(sides[1], name), small_from(sides[2], name),
            small_from(sides[3], name)};
}

Timestamp moment_in(const Json& object, const char* name) {
    const auto moment = timestamp_from_rfc3339(text_in(object, name));
    if (!moment) refuse(fmt::format("'{}' is no moment", name));
    return *moment;
}

std::optional<Timestamp> moment_or_nothing_in(const Json& object, const char* name) {
    return something_in(object, name) == nullptr ? std::nullopt : std::optional(moment_in(object, name));
}

std::string dumped(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace vitrine::json_document
