#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

namespace vitrine {

/// What one open transaction has announced so far (Transaction::announce). For one thread.
class Announcements {
public:
    void announce(const std::string& topic, const std::string& detail) { by_topic_[topic].insert(detail); }
    void withdraw(const std::string& topic) { by_topic_[topic].clear(); }
    void clear() noexcept { by_topic_.clear(); }

    /// As Transaction::announced.
    [[nodiscard]] std::optional<bool> announced(const std::string& topic) const {
        const auto found = by_topic_.find(topic);
        return found == by_topic_.end() ? std::nullopt : std::optional(!found->second.empty());
    }

    /// Details by topic; none once withdrawn.
    [[nodiscard]] const std::map<std::string, std::set<std::string>>& by_topic() const noexcept { return by_topic_; }

private:
    std::map<std::string, std::set<std::string>> by_topic_;
};

} // namespace vitrine
