#include "ml/label_list.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/csv_reader.hpp"
#include "ml/default_categories.hpp"

namespace vitrine {
namespace {

constexpr std::size_t text_bytes_max = 1 << 20;
constexpr std::size_t labels_max = 100'000;
constexpr std::size_t label_bytes_max = 200;

[[noreturn]] void refuse(std::string_view file, std::size_t line, std::string_view must) {
    throw Error(ErrorCode::Configuration, fmt::format("{}, line {}: {}.", file, line, must));
}

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

/// "tench" of "tench, Tinca tinca".
std::string first_name(const std::string& label) {
    return trimmed(std::string_view(label).substr(0, label.find(',')));
}

void require_short(std::string_view text, std::string_view file) {
    if (text.size() > text_bytes_max) {
        throw Error(ErrorCode::Configuration, fmt::format("{} must not be over 1 MiB.", file));
    }
}

std::vector<std::string> lines_of(std::string_view text, std::string_view file) {
    require_short(text, file);
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        lines.push_back(trimmed(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
        if (lines.back().size() > label_bytes_max || std::ranges::any_of(lines.back(), is_control)) {
            refuse(file, lines.size(), "a label must have at most 200 bytes and no control characters");
        }
        if (lines.size() > labels_max) refuse(file, lines.size(), "there must be at most 100,000 labels");
    }
    while (!lines.empty() && lines.back().empty()) lines.pop_back();
    return lines;
}

/// Category by the label's first name in lower case.
std::map<std::string, std::string> categories_in(std::string_view text, std::string_view file) {
    require_short(text, file);
    std::istringstream stream{std::string(text)};
    std::map<std::string, std::string> categories;
    try {
        CsvReader reader(stream, {.field_bytes_max = label_bytes_max, .record_bytes_max = 1000, .columns_max = 2});
        if (reader.header() != std::vector<std::string>{"label", "category"})
            refuse(file, 1, "the header must be label,category");
        while (const auto row = reader.next()) {
            if (!row->error.empty()) refuse(file, row->line, row->error);
            const auto [place, added] = categories.emplace(lower(first_name(row->fields[0])), trimmed(row->fields[1]));
            if (!added) refuse(file, row->line, fmt::format("the label '{}' stands here twice", place->first));
        }
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Configuration) throw;
        throw Error(ErrorCode::Configuration, fmt::format("{}: {}", file, error.what()));
    }
    return categories;
}

} // namespace

LabelList::LabelList(std::string_view labels, std::string_view labels_file, std::string_view categories,
                     std::string_view categories_file) {
    const auto lines = lines_of(labels, labels_file);
    if (lines.empty()) refuse(labels_file, 1, "there must be at least one label");
    if (categories.empty()) {
        for (const auto& line : lines) categories_.push_back(first_name(line));
        return;
    }
    auto known = categories_in(categories, categories_file);
    std::map<std::string, bool> used;
    for (const auto& line : lines) {
        const auto found = known.find(lower(first_name(line)));
        categories_.push_back(found == known.end() ? std::string() : found->second);
        if (found != known.end()) used[found->first] = true;
    }
    for (const auto& [label, category] : known) {
        if (!used.contains(label)) {
            throw Error(ErrorCode::Configuration, fmt::format("{}: {} has no label '{}'; correct or remove it.",
                                                              categories_file, labels_file, label));
        }
    }
}

LabelList LabelList::with_default_categories(std::string_view labels, std::string_view labels_file) {
    LabelList list(labels, labels_file, {}, {});
    const auto known = categories_in(default_categories(), "The categories of the program");
    for (auto& name : list.categories_) {
        const auto found = known.find(lower(name));
        if (found != known.end()) name = found->second;
    }
    return list;
}

const std::string& LabelList::category(int label) const {
    static const std::string none;
    return label >= 0 && label < count() ? categories_[static_cast<std::size_t>(label)] : none;
}

} // namespace vitrine
