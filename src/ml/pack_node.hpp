#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vitrine {

/// One value of a `models.json` and its place there, so that whatever is wrong with it is said with its path:
/// "models.json: [0].input.mean must be three numbers". Keeps the document alive. Every member that finds another kind
/// of value than it asks for throws Error(Configuration).
class PackNode {
public:
    /// The whole document: JSON of at most a MiB, nested at most 32 deep. Throws Error(Configuration).
    static PackNode parse(std::string_view json);

    /// "models.json: PATH must MUST."
    [[noreturn]] void refuse(std::string_view must) const;

    [[nodiscard]] bool is_object() const;
    [[nodiscard]] bool is_list() const;
    [[nodiscard]] bool is_text() const;
    [[nodiscard]] bool is_number() const;

    /// The member of that name; nothing when it is absent or null.
    [[nodiscard]] std::optional<PackNode> find(std::string_view key) const;
    /// The same, refused when absent.
    [[nodiscard]] PackNode require(std::string_view key) const;

    /// The entries of a list of at least one and at most `count_max`.
    [[nodiscard]] std::vector<PackNode> entries(std::size_t count_max) const;

    /// A text of 1 to `bytes_max` bytes without control characters.
    [[nodiscard]] std::string text(std::size_t bytes_max) const;
    [[nodiscard]] double number(double least, double most) const;
    [[nodiscard]] std::int64_t integer(std::int64_t least, std::int64_t most) const;
    [[nodiscard]] bool truth() const;

    /// Refuses any member whose name is not among `known`, so that a misspelt key is not passed over.
    void expect_keys(const std::vector<std::string_view>& known) const;

private:
    PackNode(std::shared_ptr<const void> value, std::string path) : value_(std::move(value)), path_(std::move(path)) {}

    std::shared_ptr<const void> value_; ///< a value of the JSON library, inside its document
    std::string path_;
};

} // namespace vitrine
