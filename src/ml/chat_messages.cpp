#include "ml/chat_messages.hpp"

#include <vitrine/error.hpp>

#include "core/base64.hpp"
#include "ml/json_reading.hpp"
#include "ml/label_cleaning.hpp"

namespace vitrine::chat_messages {
namespace {

using namespace json_reading;

constexpr auto schema_name = "structured_label";

constexpr std::string_view prompt =
    "You label one product in a photo for a shop's catalogue. Name only what can be seen; leave a field empty rather "
    "than "
    "guess. category: what the thing is, in one to three words. colors: its basic colours, the most covering first. "
    "style, "
    "pattern (plain, striped, checked, dotted, printed, ...) and material: a word or two each. text: what is printed "
    "on it, "
    "exactly, in reading order. description: one sentence. confidence: from 0 to 1, how sure you are of the category. "
    "Answer with one JSON object and nothing else, of this schema: ";

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::BadInput, what);
}

Json schema() {
    const Json text{{"type", "string"}};
    const Json colors{{"type", "array"}, {"items", text}};
    return {{"type", "object"},
            {"properties",
             {{"category", text},
              {"colors", colors},
              {"style", text},
              {"pattern", text},
              {"material", text},
              {"text", text},
              {"description", text},
              {"confidence", {{"type", "number"}}}}},
            {"required", {"category", "colors", "style", "pattern", "material", "text", "description", "confidence"}},
            {"additionalProperties", false}};
}

/// vLLM and Ollama advise to say the schema in the prompt as well.
std::string instructions() {
    return std::string(prompt) + schema().dump();
}

Json response_format(Dialect dialect) {
    if (dialect == Dialect::LlamaCpp) return {{"type", "json_object"}, {"schema", schema()}};
    Json named{{"name", schema_name}, {"schema", schema()}};
    if (dialect == Dialect::OpenAi) named["strict"] = true;
    return {{"type", "json_schema"}, {"json_schema", named}};
}

Json ollama_request(const std::string& model, const std::string& picture, int tokens_max) {
    const Json system{{"role", "system"}, {"content", instructions()}};
    const Json user{{"role", "user"}, {"content", "Label this picture."}, {"images", Json::array({picture})}};
    return {{"model", model},
            {"messages", Json::array({system, user})},
            {"format", schema()},
            {"stream", false},
            {"options", {{"temperature", 0}, {"num_predict", tokens_max}}}};
}

Json completions_request(Dialect dialect, const std::string& model, const std::string& picture, int tokens_max) {
    const Json system{{"role", "system"}, {"content", instructions()}};
    const Json text{{"type", "text"}, {"text", "Label this picture."}};
    const Json image{{"type", "image_url"}, {"image_url", {{"url", "data:image/jpeg;base64," + picture}}}};
    const Json user{{"role", "user"}, {"content", Json::array({text, image})}};
    return {{"model", model},
            {"messages", Json::array({system, user})},
            {"temperature", 0},
            {"max_tokens", tokens_max},
            {"response_format", response_format(dialect)}};
}

/// A text member, empty where it is null or not there.
std::string text_or_nothing(const Json& object, const char* name) {
    const Json& value = member(object, name);
    if (value.is_null()) return {};
    if (!value.is_string()) refuse(std::string("its '") + name + "' is not a text");
    return value.get<std::string>();
}

/// Without the fences of Markdown, which some models put around JSON whatever they are told.
std::string_view without_fences(std::string_view text) {
    const auto trim = [](std::string_view t) {
        const auto first = t.find_first_not_of(" \t\r\n");
        if (first == std::string_view::npos) return std::string_view();
        return t.substr(first, t.find_last_not_of(" \t\r\n") - first + 1);
    };
    text = trim(text);
    if (!text.starts_with("```") || !text.ends_with("```") || text.size() < 6) return text;
    const auto line_end = text.find('\n');
    if (line_end == std::string_view::npos) return text;
    text.remove_suffix(3);
    return trim(text.substr(line_end));
}

bool says_nothing(const StructuredLabel& label) {
    return label.category.empty() && label.colors.empty() && label.text.empty() && label.description.empty();
}

} // namespace

std::string_view path_of(Dialect dialect) {
    return dialect == Dialect::Ollama ? "/api/chat" : "/v1/chat/completions";
}

std::string request_for(Dialect dialect, const std::string& model, std::string_view jpeg, int tokens_max) {
    const auto picture = base64_of(jpeg);
    const auto request = dialect == Dialect::Ollama ? ollama_request(model, picture, tokens_max)
                                                    : completions_request(dialect, model, picture, tokens_max);
    return request.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Answer answer_from(Dialect dialect, std::string_view body) {
    const Json document = parsed(body);
    const bool is_ollama = dialect == Dialect::Ollama;
    if (!is_ollama && list_of(document, "choices").empty()) refuse("its list 'choices' is empty");
    const Json& choice = is_ollama ? document : document.at("choices").front();
    const Json& message = member(choice, "message");
    if (!message.is_object()) refuse("it has no object 'message'");
    Answer answer{.content = text_or_nothing(message, "content"),
                  .cut_short = text_or_nothing(choice, is_ollama ? "done_reason" : "finish_reason") == "length"};
    if (answer.content.empty() && !answer.cut_short) {
        const auto refusal = cleaned(text_or_nothing(message, "refusal"));
        refuse(refusal.empty() ? "its text is empty" : "the model refused: " + refusal.substr(0, 200));
    }
    return answer;
}

StructuredLabel label_from(const std::string& content) {
    const auto text = without_fences(content);
    const Json object = Json::parse(text, nullptr, false);
    if (!object.is_object()) refuse("its text is not one JSON object");
    const Json properties = schema().at("properties");
    Json known = Json::object();
    for (const auto& [name, of_schema] : properties.items()) {
        if (object.contains(name)) known[name] = object.at(name);
    }
    auto label = cleaned(structured_label_from_json(known.dump(-1, ' ', false, Json::error_handler_t::replace)));
    if (says_nothing(label)) refuse("its label says nothing");
    return label;
}

} // namespace vitrine::chat_messages
