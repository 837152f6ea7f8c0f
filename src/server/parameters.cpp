#include "server/parameters.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vitrine/error.hpp>

namespace vitrine::server {
namespace {

[[noreturn]] void refuse(std::string_view name, std::string_view value, const std::string& must) {
    throw Error(ErrorCode::BadInput,
                fmt::format("The query parameter '{}' is '{:.80}'; it must be {}.", name, value, must));
}

template <class Number>
std::optional<Number> number_from(std::string_view text) {
    Number number{};
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return number;
}

bool is_known(std::string_view name, std::initializer_list<std::string_view> known) {
    return std::ranges::any_of(known, [name](std::string_view one) {
        return one.ends_with('.') ? name.size() > one.size() && name.starts_with(one) : name == one;
    });
}

} // namespace

Parameters::Parameters(const Request& request, std::initializer_list<std::string_view> known) : fields_(request.query) {
    std::set<std::string_view> seen;
    for (const auto& [name, value] : fields_) {
        if (!is_known(name, known)) {
            const auto there = known.size() == 0 ? std::string("none is known here")
                                                 : fmt::format("known are {}", fmt::join(known, ", "));
            throw Error(ErrorCode::BadInput, fmt::format("There is no query parameter '{:.80}'; {}.", name, there));
        }
        if (!seen.insert(name).second) {
            throw Error(ErrorCode::BadInput, fmt::format("The query parameter '{:.80}' is given twice.", name));
        }
    }
}

std::optional<std::string> Parameters::text(std::string_view name) const {
    const auto found = std::ranges::find(fields_, name, &Fields::value_type::first);
    return found == fields_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::int64_t> Parameters::whole(std::string_view name, Range range) const {
    const auto value = text(name);
    if (!value) return std::nullopt;
    const auto number = number_from<std::int64_t>(*value);
    if (number && *number >= range.least && *number <= range.most) return number;
    refuse(name, *value, fmt::format("a whole number from {} to {}", range.least, range.most));
}

std::optional<double> Parameters::fraction(std::string_view name) const {
    const auto value = text(name);
    if (!value) return std::nullopt;
    const auto number = number_from<double>(*value);
    if (number && *number >= 0 && *number <= 1) return number;
    refuse(name, *value, "a number from 0 to 1");
}

std::optional<Box> Parameters::box(std::string_view name) const {
    const auto value = text(name);
    if (!value) return std::nullopt;
    std::array<int, 4> sides{};
    std::string_view rest = *value;
    for (std::size_t i = 0; i < sides.size(); ++i) {
        const auto comma = rest.find(',');
        const auto side = number_from<int>(rest.substr(0, comma));
        if (!side || *side < (i < 2 ? 0 : 1) || (comma == std::string_view::npos) != (i + 1 == sides.size())) {
            refuse(name, *value, "x,y,w,h in whole pixels of the upright photo, x and y from 0, w and h from 1");
        }
        sides[i] = *side;
        rest.remove_prefix(std::min(rest.size(), comma == std::string_view::npos ? rest.size() : comma + 1));
    }
    return Box{.x = sides[0], .y = sides[1], .w = sides[2], .h = sides[3]};
}

Fields Parameters::with_prefix(std::string_view prefix) const {
    Fields found;
    for (const auto& [name, value] : fields_) {
        if (name.starts_with(prefix)) found.emplace_back(name.substr(prefix.size()), value);
    }
    return found;
}

std::int64_t whole_number(std::string_view text, Range range, std::string_view what) {
    const auto number = number_from<std::int64_t>(text);
    if (number && *number >= range.least && *number <= range.most) return *number;
    throw Error(ErrorCode::BadInput, fmt::format("{} is '{:.80}'; it must be a whole number from {} to {}.", what, text,
                                                 range.least, range.most));
}

std::int64_t captured_id(const Request& request, std::size_t place, std::string_view what) {
    const auto& text = request.captured.at(place);
    const auto number = number_from<std::int64_t>(text);
    if (number && *number > 0) return *number;
    throw Error(ErrorCode::NotFound, fmt::format("There is no {} {:.40}.", what, text));
}

} // namespace vitrine::server
