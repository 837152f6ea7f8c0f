#include "server/json_object.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <vitrine/error.hpp>

#include "server/target.hpp"

namespace vitrine::server {
namespace {

using nlohmann::json;

constexpr int depth_max = 64;

[[noreturn]] void refuse(const std::string& sentence) {
    throw Error(ErrorCode::BadInput, sentence);
}

json parse(std::string_view body) {
    if (!is_plain_utf8(body)) refuse("The body is not UTF-8 text.");
    const auto shallow = [](int depth, json::parse_event_t, json&) {
        if (depth > depth_max) refuse(fmt::format("The body's JSON is nested deeper than {}.", depth_max));
        return true;
    };
    try {
        return json::parse(body, shallow);
    } catch (const json::parse_error& error) {
        refuse(fmt::format("The body is not JSON: it breaks at byte {}.", error.byte));
    }
}

} // namespace

struct JsonObject::Impl {
    json object;

    template <class Read>
    auto read(std::string_view field, bool fits, std::string_view must, Read value) const {
        if (!fits) refuse(fmt::format("The body's field '{}' must be {}.", field, must));
        return std::optional(value());
    }

    [[nodiscard]] const json* find(std::string_view field) const {
        const auto found = object.find(field);
        return found == object.end() ? nullptr : &*found;
    }
};

JsonObject::JsonObject(std::string_view body, std::initializer_list<std::string_view> known)
    : impl_(std::make_unique<Impl>(Impl{parse(body)})) {
    if (!impl_->object.is_object()) refuse("The body must be one JSON object.");
    for (const auto& [field, value] : impl_->object.items()) {
        if (std::ranges::find(known, field) != known.end()) continue;
        refuse(fmt::format("The body has an unknown field '{:.80}'; known are {}.", field, fmt::join(known, ", ")));
    }
}

JsonObject::~JsonObject() = default;

bool JsonObject::has(std::string_view field) const {
    return impl_->find(field) != nullptr;
}

std::optional<std::string> JsonObject::text(std::string_view field) const {
    const auto* const value = impl_->find(field);
    if (value == nullptr) return std::nullopt;
    return impl_->read(field, value->is_string(), "a text", [&] { return value->get<std::string>(); });
}

std::optional<std::int64_t> JsonObject::whole(std::string_view field) const {
    const auto* const value = impl_->find(field);
    if (value == nullptr) return std::nullopt;
    const bool fits = value->is_number_integer() &&
                      (!value->is_number_unsigned() || value->get<std::uint64_t>() <= std::uint64_t{INT64_MAX});
    return impl_->read(field, fits, "a whole number", [&] { return value->get<std::int64_t>(); });
}

std::optional<bool> JsonObject::flag(std::string_view field) const {
    const auto* const value = impl_->find(field);
    if (value == nullptr) return std::nullopt;
    return impl_->read(field, value->is_boolean(), "true or false", [&] { return value->get<bool>(); });
}

std::optional<std::string> JsonObject::object(std::string_view field) const {
    const auto* const value = impl_->find(field);
    if (value == nullptr) return std::nullopt;
    return impl_->read(field, value->is_object(), "an object", [&] { return value->dump(); });
}

std::string JsonObject::merged(const std::string& target, std::string_view field) const {
    const auto* const value = impl_->find(field);
    if (value == nullptr) return target;
    if (!value->is_object()) refuse(fmt::format("The body's field '{}' must be an object.", field));
    auto merged = json::parse(target);
    merged.merge_patch(*value);
    return merged.dump();
}

std::string JsonObject::merged_into(const std::string& target) const {
    auto merged = json::parse(target);
    merged.merge_patch(impl_->object);
    return merged.dump();
}

} // namespace vitrine::server
