#include "server/preferences.hpp"

#include <algorithm>
#include <charconv>

namespace vitrine::server {

std::optional<std::chrono::seconds> preferred_wait(std::string_view prefer) {
    constexpr int most = 60;
    constexpr std::string_view name = "wait=";
    while (!prefer.empty()) {
        const auto end = std::min(prefer.find_first_of(",;"), prefer.size());
        auto preference = prefer.substr(0, end);
        prefer.remove_prefix(std::min(prefer.size(), end + 1));
        while (preference.starts_with(' ')) preference.remove_prefix(1);
        while (preference.ends_with(' ')) preference.remove_suffix(1);
        if (!preference.starts_with(name)) continue;
        preference.remove_prefix(name.size());
        int seconds = 0;
        const auto* const last = preference.data() + preference.size();
        const auto [stopped, error] = std::from_chars(preference.data(), last, seconds);
        if (error == std::errc::result_out_of_range) return std::chrono::seconds(most);
        if (error != std::errc{} || stopped != last || seconds < 0) return std::nullopt;
        return std::chrono::seconds(std::min(seconds, most));
    }
    return std::nullopt;
}

} // namespace vitrine::server
