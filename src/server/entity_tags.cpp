#include "server/entity_tags.hpp"

#include <algorithm>

namespace vitrine::server {

bool is_among_tags(std::string_view tag, std::string_view if_none_match) {
    while (!if_none_match.empty()) {
        const auto end = std::min(if_none_match.find(','), if_none_match.size());
        auto one = if_none_match.substr(0, end);
        if_none_match.remove_prefix(std::min(if_none_match.size(), end + 1));
        while (one.starts_with(' ')) one.remove_prefix(1);
        while (one.ends_with(' ')) one.remove_suffix(1);
        if (one.starts_with("W/")) one.remove_prefix(2);
        if (one == "*" || one == tag) return true;
    }
    return false;
}

} // namespace vitrine::server
