#include "engine/config_texts.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace vitrine {
namespace {

template <std::size_t N>
bool among(std::string_view text, const std::string_view (&choices)[N]) {
    return std::find(std::begin(choices), std::end(choices), text) != std::end(choices);
}

bool starts_and_goes_on(std::string_view text, std::string_view prefix) {
    return text.starts_with(prefix) && text.size() > prefix.size();
}

} // namespace

bool is_durability(std::string_view text) {
    return among(text, {"full", "normal"});
}
bool is_vector_backend(std::string_view text) {
    return among(text, {"embedded", "chroma"});
}
bool is_engine(std::string_view text) {
    return among(text, {"builtin", "onnx", "http", "openinference", "openai"});
}
bool is_dialect(std::string_view text) {
    return among(text, {"", "openai", "vllm", "llama.cpp", "ollama", "infinity"});
}
bool is_log_level(std::string_view text) {
    return among(text, {"debug", "info", "warning", "error"});
}
bool is_log_format(std::string_view text) {
    return among(text, {"text", "json"});
}

bool is_database_url(std::string_view text) {
    return starts_and_goes_on(text, "sqlite:") || starts_and_goes_on(text, "postgresql://");
}

bool is_image_store(std::string_view text) {
    return starts_and_goes_on(text, "file:") || (starts_and_goes_on(text, "s3://") && text[5] != '/');
}

bool is_http_url(std::string_view text) {
    return text.empty() || starts_and_goes_on(text, "http://") || starts_and_goes_on(text, "https://");
}

bool is_collection(std::string_view text) {
    constexpr std::size_t length_max = 200;
    const auto is_alphanumeric = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    const auto fits = [&](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; };
    if (text.empty()) return true;
    return text.size() <= length_max && is_alphanumeric(text.front()) && std::all_of(text.begin(), text.end(), fits) &&
           text.find("..") == std::string_view::npos;
}

bool is_listen_address(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    const auto port = text.substr(colon + 1);
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc{} || end != port.data() + port.size() || number > 65'535) return false;
    const auto host = text.substr(0, colon);
    const bool has_colons = host.find(':') != std::string_view::npos;
    return !has_colons || (host.front() == '[' && host.back() == ']');
}

} // namespace vitrine
