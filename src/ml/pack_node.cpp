#include "ml/pack_node.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

using nlohmann::json;

const json& value_of(const std::shared_ptr<const void>& value) {
    return *static_cast<const json*>(value.get());
}

} // namespace

PackNode PackNode::parse(std::string_view text) {
    constexpr std::size_t bytes_max = 1 << 20;
    constexpr int depth_max = 32;
    if (text.size() > bytes_max) throw Error(ErrorCode::Configuration, "models.json must not be over 1 MiB.");
    bool too_deep = false;
    const auto limit = [&too_deep](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > depth_max;
        return !too_deep;
    };
    auto document = std::make_shared<const json>(json::parse(text, limit, /*allow_exceptions=*/false));
    if (document->is_discarded() || too_deep)
        throw Error(ErrorCode::Configuration, "models.json must be JSON, nested at most 32 deep.");
    return {std::move(document), ""};
}

void PackNode::refuse(std::string_view must) const {
    throw Error(ErrorCode::Configuration,
                fmt::format("models.json: {} must {}.", path_.empty() ? "the document" : path_, must));
}

bool PackNode::is_object() const {
    return value_of(value_).is_object();
}
bool PackNode::is_list() const {
    return value_of(value_).is_array();
}
bool PackNode::is_text() const {
    return value_of(value_).is_string();
}
bool PackNode::is_number() const {
    return value_of(value_).is_number();
}

std::optional<PackNode> PackNode::find(std::string_view key) const {
    if (!is_object()) refuse("be an object");
    const auto found = value_of(value_).find(key);
    if (found == value_of(value_).end() || found->is_null()) return std::nullopt;
    return PackNode({value_, &*found}, path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key));
}

PackNode PackNode::require(std::string_view key) const {
    auto found = find(key);
    if (!found) refuse(fmt::format("have a key '{}'", key));
    return std::move(*found);
}

std::vector<PackNode> PackNode::entries(std::size_t count_max) const {
    if (!is_list() || value_of(value_).empty() || value_of(value_).size() > count_max) {
        refuse(fmt::format("be a list of 1 to {} entries", count_max));
    }
    std::vector<PackNode> nodes;
    for (std::size_t i = 0; i < value_of(value_).size(); ++i)
        nodes.push_back({{value_, &value_of(value_)[i]}, fmt::format("{}[{}]", path_, i)});
    return nodes;
}

std::string PackNode::text(std::size_t bytes_max) const {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    const auto* const text = value_of(value_).get_ptr<const std::string*>();
    if (text == nullptr || text->empty() || text->size() > bytes_max || std::ranges::any_of(*text, is_control)) {
        refuse(fmt::format("be a text of 1 to {} bytes without control characters", bytes_max));
    }
    return *text;
}

double PackNode::number(double least, double most) const {
    const double value = is_number() ? value_of(value_).get<double>() : std::nan("");
    if (!(value >= least && value <= most)) refuse(fmt::format("be a number from {} to {}", least, most));
    return value;
}

std::int64_t PackNode::integer(std::int64_t least, std::int64_t most) const {
    const auto number = value_of(value_).is_number_integer() && !value_of(value_).is_number_unsigned()
                            ? value_of(value_).get<std::int64_t>()
                            : static_cast<std::int64_t>(std::min<std::uint64_t>(
                                  value_of(value_).is_number_unsigned() ? value_of(value_).get<std::uint64_t>() : 0,
                                  std::numeric_limits<std::int64_t>::max()));
    if (!value_of(value_).is_number_integer() || number < least || number > most) {
        refuse(fmt::format("be a whole number from {} to {}", least, most));
    }
    return number;
}

bool PackNode::truth() const {
    if (!value_of(value_).is_boolean()) refuse("be true or false");
    return value_of(value_).get<bool>();
}

void PackNode::expect_keys(const std::vector<std::string_view>& known) const {
    if (!is_object()) refuse("be an object");
    for (const auto& [key, value] : value_of(value_).items()) {
        if (std::ranges::find(known, key) == known.end()) {
            refuse(fmt::format("have no key '{:.40}'; known are {}", key, fmt::join(known, ", ")));
        }
    }
}

} // namespace vitrine
