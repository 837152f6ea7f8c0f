#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "jobs/step.hpp"

namespace vitrine {

/// The steps of this program by kind. Constant: safe from any thread.
class StepTable {
public:
    explicit StepTable(std::vector<std::unique_ptr<Step>> steps) {
        for (auto& step : steps) {
            auto kind = step->kind();
            steps_.emplace(std::move(kind), std::move(step));
        }
    }

    /// nullptr when there is none of that kind.
    [[nodiscard]] Step* find(const std::string& kind) const {
        const auto found = steps_.find(kind);
        return found == steps_.end() ? nullptr : found->second.get();
    }

    /// StepLimits::at_once of the kinds that have one.
    [[nodiscard]] std::map<std::string, int> bounds() const {
        std::map<std::string, int> bounds;
        for (const auto& [kind, step] : steps_) {
            if (const int at_once = step->limits().at_once; at_once > 0) bounds.emplace(kind, at_once);
        }
        return bounds;
    }

    /// Step::on_failed of the task's step, if there is one.
    void tell_failed(Transaction& tx, const Task& task, const std::string& why) const {
        if (Step* step = find(task.kind)) step->on_failed(tx, task, why);
    }

private:
    std::unordered_map<std::string, std::unique_ptr<Step>> steps_;
};

} // namespace vitrine
