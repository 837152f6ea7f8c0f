#include "server/router.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "server/target.hpp"

namespace vitrine::server {
namespace {

std::vector<std::string> pattern_segments(const std::string& pattern) {
    auto segments = parse_target(pattern).segments;
    for (auto& segment : segments) {
        if (segment.starts_with('{') && segment.ends_with('}')) segment.clear();
    }
    return segments;
}

} // namespace

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
    // Patterns with more names come first: 'n' (a name) sorts before '{' segment by segment.
    std::ranges::stable_sort(routes_, [](const Route& a, const Route& b) { return a.pattern < b.pattern; });
    for (const auto& route : routes_) patterns_.push_back({pattern_segments(route.pattern)});
    for (std::size_t i = 1; i < routes_.size(); ++i) {
        if (routes_[i].pattern == routes_[i - 1].pattern && routes_[i].method == routes_[i - 1].method) {
            throw Error(ErrorCode::Internal,
                        fmt::format("{} {} is served twice.", routes_[i].method, routes_[i].pattern));
        }
    }
}

std::optional<std::vector<std::string>> Router::captured(const Pattern& pattern,
                                                         const std::vector<std::string>& segments) {
    if (pattern.segments.size() != segments.size()) return std::nullopt;
    std::vector<std::string> captures;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (pattern.segments[i].empty()) {
            if (segments[i].empty()) return std::nullopt;
            captures.push_back(segments[i]);
        } else if (pattern.segments[i] != segments[i]) {
            return std::nullopt;
        }
    }
    return captures;
}

Router::Match Router::match(std::string_view method, const std::vector<std::string>& segments) const {
    OtherMethods others;
    std::string_view other_pattern;
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        auto captures = captured(patterns_[i], segments);
        if (!captures) continue;
        if (!other_pattern.empty() && routes_[i].pattern != other_pattern) break; // a less exact pattern
        if (routes_[i].method == method) return Found{&routes_[i], std::move(*captures)};
        other_pattern = routes_[i].pattern;
        others.allowed.push_back(routes_[i].method);
    }
    if (others.allowed.empty()) return NoSuchPath{};
    return others;
}

} // namespace vitrine::server
