#include "engine/job_watchers.hpp"

#include <utility>

namespace vitrine {

std::shared_ptr<void> JobWatchers::add(Changed changed) {
    const std::lock_guard lock(watchers_->mutex);
    const auto number = watchers_->next++;
    watchers_->by_number.emplace(number, std::move(changed));
    return {nullptr, [watchers = watchers_, number](void*) {
                const std::lock_guard gone(watchers->mutex);
                watchers->by_number.erase(number);
            }};
}

void JobWatchers::tell(JobId job) {
    const std::lock_guard lock(watchers_->mutex);
    for (const auto& [number, changed] : watchers_->by_number) changed(job);
}

} // namespace vitrine
