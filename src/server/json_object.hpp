#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vitrine::server {

/// A request's body as one JSON object. Each member throws Error(BadInput) that names the field, and for text that is
/// not JSON says at which byte.
class JsonObject {
public:
    /// Refuses what is not UTF-8, not one object, nested deeper than 64, or has a field that is not among `known`.
    JsonObject(std::string_view body, std::initializer_list<std::string_view> known);
    ~JsonObject();
    JsonObject(const JsonObject&) = delete;
    JsonObject& operator=(const JsonObject&) = delete;

    [[nodiscard]] bool has(std::string_view field) const;

    /// Nothing when the field is not there; null is refused.
    [[nodiscard]] std::optional<std::string> text(std::string_view field) const;
    [[nodiscard]] std::optional<std::int64_t> whole(std::string_view field) const;
    [[nodiscard]] std::optional<bool> flag(std::string_view field) const;

    /// The object in this field as JSON text.
    [[nodiscard]] std::optional<std::string> object(std::string_view field) const;

    /// `target`, a JSON object, as RFC 7396 merges the object in this field into it; `target` when it is not there.
    [[nodiscard]] std::string merged(const std::string& target, std::string_view field) const;

    /// `target`, a JSON object, as RFC 7396 merges this whole object into it.
    [[nodiscard]] std::string merged_into(const std::string& target) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace vitrine::server
