#include "jobs/job_waiters.hpp"

#include <algorithm>

namespace vitrine {
namespace {

/// Who waits comes right after: more have hardly ended meanwhile.
constexpr std::size_t succeeded_kept = 64;

} // namespace

/// Counts a waiter in before its first look, so that no event between the look and the sleep is lost.
class JobWaiters::Registration {
public:
    Registration(JobWaiters& waiters, JobId job) : waiters_(waiters), job_(job) {
        const std::lock_guard lock(waiters_.mutex_);
        ++waiters_.waited_[job_].waiters;
    }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;
    ~Registration() {
        const std::lock_guard lock(waiters_.mutex_);
        const auto entry = waiters_.waited_.find(job_);
        if (--entry->second.waiters == 0) waiters_.waited_.erase(entry);
    }

    [[nodiscard]] std::uint64_t events() {
        const std::lock_guard lock(waiters_.mutex_);
        return waiters_.waited_.at(job_).events;
    }

    [[nodiscard]] std::optional<JobState> ended_as() {
        const std::lock_guard lock(waiters_.mutex_);
        return waiters_.waited_.at(job_).ended_as;
    }

    /// False when the deadline passed without another event.
    bool sleep_beyond(std::uint64_t seen, std::chrono::steady_clock::time_point deadline) {
        std::unique_lock lock(waiters_.mutex_);
        Waited& waited = waiters_.waited_.at(job_);
        return waited.touched.wait_until(lock, deadline, [&] { return waited.events != seen; });
    }

private:
    JobWaiters& waiters_;
    const JobId job_;
};

std::optional<JobState> JobWaiters::wait(JobId job, std::chrono::steady_clock::time_point deadline, const Look& look) {
    {
        const std::lock_guard lock(mutex_);
        if (has_succeeded(job)) return JobState::Succeeded;
    }
    Registration registration(*this, job);
    while (true) {
        const auto seen = registration.events();
        if (const auto told = registration.ended_as()) return told;
        const JobState state = look();
        if (is_final(state)) return state;
        if (!registration.sleep_beyond(seen, deadline)) return std::nullopt;
    }
}

void JobWaiters::touch(JobId job, std::optional<JobState> ended_as) {
    const std::lock_guard lock(mutex_);
    if (ended_as == JobState::Succeeded && !has_succeeded(job)) {
        succeeded_.push_back(job);
        if (succeeded_.size() > succeeded_kept) succeeded_.pop_front();
    }
    const auto entry = waited_.find(job);
    if (entry == waited_.end()) return;
    ++entry->second.events;
    if (ended_as) entry->second.ended_as = ended_as;
    entry->second.touched.notify_all(); // under the lock: the last waiter takes it away
}

bool JobWaiters::has_succeeded(JobId job) const {
    return std::ranges::find(succeeded_, job) != succeeded_.end();
}

void JobWaiters::touch_all() {
    const std::lock_guard lock(mutex_);
    for (auto& [job, waited] : waited_) {
        ++waited.events;
        waited.touched.notify_all();
    }
}

bool JobWaiters::is_waited_for(JobId job) {
    const std::lock_guard lock(mutex_);
    return waited_.contains(job);
}

std::optional<JobId> JobWaiters::oldest() {
    const std::lock_guard lock(mutex_);
    return waited_.empty() ? std::nullopt : std::optional(waited_.begin()->first);
}

} // namespace vitrine
