#include <functional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <vitrine/error.hpp>
#include <vitrine/structured_label.hpp>

namespace vitrine {
namespace {

using Json = nlohmann::json;

constexpr std::size_t json_bytes_max = 1U << 20; // every field at its limit, escaped, is far smaller
constexpr std::size_t name_characters_max = 200;
constexpr std::size_t text_characters_max = 4000;
constexpr std::size_t list_entries_max = 32;

[[noreturn]] void refuse(std::string_view field, std::string_view must) {
    throw Error(ErrorCode::BadInput, fmt::format("A label's field '{}' must {}.", field, must));
}

std::size_t characters_in(const std::string& utf8) {
    std::size_t count = 0;
    for (const char c : utf8) {
        count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }
    return count;
}

std::string checked_text(const Json& value, std::string_view field, std::size_t characters_max) {
    if (!value.is_string()) refuse(field, "be a text");
    const auto& text = value.get_ref<const std::string&>();
    if (characters_in(text) > characters_max) refuse(field, fmt::format("have at most {} characters", characters_max));
    return text;
}

// A field that is absent or null is not known: models written in Python send None for it.
const Json* find(const Json& object, const char* field) {
    const auto found = object.find(field);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text_field(const Json& object, const char* field, std::size_t characters_max = name_characters_max) {
    const auto* const value = find(object, field);
    return value ? checked_text(*value, field, characters_max) : std::string();
}

const Json* list_field(const Json& object, const char* field) {
    const auto* const value = find(object, field);
    if (!value) return nullptr;
    if (!value->is_array()) refuse(field, "be a list");
    if (value->size() > list_entries_max) refuse(field, fmt::format("have at most {} entries", list_entries_max));
    return value;
}

std::vector<std::string> colors_field(const Json& object) {
    std::vector<std::string> colors;
    if (const auto* const list = list_field(object, "colors")) {
        for (const auto& color : *list) {
            colors.push_back(checked_text(color, "colors", name_characters_max));
        }
    }
    return colors;
}

std::vector<Barcode> barcodes_field(const Json& object) {
    std::vector<Barcode> barcodes;
    if (const auto* const list = list_field(object, "barcodes")) {
        for (const auto& entry : *list) {
            if (!entry.is_object()) refuse("barcodes", "hold objects with 'symbology' and 'text'");
            barcodes.push_back({text_field(entry, "symbology"), text_field(entry, "text", text_characters_max)});
        }
    }
    return barcodes;
}

double confidence_field(const Json& object) {
    const auto* const value = find(object, "confidence");
    if (!value) return 0.0;
    if (!value->is_number()) refuse("confidence", "be a number");
    const auto confidence = value->get<double>();
    if (!(confidence >= 0.0 && confidence <= 1.0)) refuse("confidence", "lie between 0 and 1");
    return confidence;
}

Json parsed_object(const std::string& json) {
    if (json.size() > json_bytes_max) throw Error(ErrorCode::BadInput, "A label is longer than 1 MiB of JSON.");
    auto object = Json::parse(json, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) throw Error(ErrorCode::BadInput, "A label must be one JSON object.");
    return object;
}

} // namespace

std::string StructuredLabel::to_text() const {
    std::string phrase;
    const auto add = [&phrase](const std::string& words) {
        if (words.empty()) return;
        if (!phrase.empty()) phrase += ' ';
        phrase += words;
    };
    for (const auto& color : colors) {
        add(color);
    }
    for (const auto& words :
         {std::cref(pattern), std::cref(material), std::cref(style), std::cref(category), std::cref(text)}) {
        add(words);
    }
    return phrase;
}

std::string to_json(const StructuredLabel& label) {
    auto barcodes = Json::array();
    for (const auto& barcode : label.barcodes) {
        barcodes.push_back({{"symbology", barcode.symbology}, {"text", barcode.text}});
    }
    const Json object{
        {"category", label.category}, {"colors", label.colors},           {"style", label.style},
        {"pattern", label.pattern},   {"material", label.material},       {"text", label.text},
        {"barcodes", barcodes},       {"description", label.description}, {"confidence", label.confidence},
    };
    // Printed text and code contents come from pictures and need not be UTF-8; what is not becomes U+FFFD.
    return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

StructuredLabel structured_label_from_json(const std::string& json) {
    const auto object = parsed_object(json);
    StructuredLabel label;
    label.category = text_field(object, "category");
    label.colors = colors_field(object);
    label.style = text_field(object, "style");
    label.pattern = text_field(object, "pattern");
    label.material = text_field(object, "material");
    label.text = text_field(object, "text", text_characters_max);
    label.barcodes = barcodes_field(object);
    label.description = text_field(object, "description", text_characters_max);
    label.confidence = confidence_field(object);
    return label;
}

} // namespace vitrine
