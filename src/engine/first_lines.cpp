#include "engine/first_lines.hpp"

#include <algorithm>
#include <functional>
#include <limits>

namespace vitrine {
namespace {

constexpr std::size_t places_at_first = 1024;

std::uint64_t hash_of(std::string_view id) {
    return std::max<std::uint64_t>(1, std::hash<std::string_view>{}(id));
}

} // namespace

std::optional<std::size_t> FirstLines::add(std::string_view id, std::size_t line) {
    if ((used_ + 1) * 4 > hashes_.size() * 3) grow();
    const auto hash = hash_of(id);
    const auto place = place_of(hash);
    if (hashes_[place] == hash) return lines_[place];
    hashes_[place] = hash;
    lines_[place] = static_cast<std::uint32_t>(std::min<std::size_t>(line, std::numeric_limits<std::uint32_t>::max()));
    ++used_;
    return std::nullopt;
}

std::size_t FirstLines::place_of(std::uint64_t hash) const {
    const auto mask = hashes_.size() - 1;
    auto place = hash & mask;
    while (hashes_[place] != 0 && hashes_[place] != hash) place = (place + 1) & mask;
    return place;
}

void FirstLines::grow() {
    const auto hashes = std::move(hashes_);
    const auto lines = std::move(lines_);
    const auto places = std::max(places_at_first, hashes.size() * 2);
    hashes_.assign(places, 0);
    lines_.assign(places, 0);
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        if (hashes[i] == 0) continue;
        const auto place = place_of(hashes[i]);
        hashes_[place] = hashes[i];
        lines_[place] = lines[i];
    }
}

} // namespace vitrine
