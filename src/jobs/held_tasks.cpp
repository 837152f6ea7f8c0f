#include "jobs/held_tasks.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace vitrine {

namespace {

constexpr int prefetch_per_thread_max = 128;

} // namespace

bool HeldTasks::RunsEarlier::operator()(const Task& a, const Task& b) const noexcept {
    return std::tie(b.priority, a.run_after, a.id) < std::tie(a.priority, b.run_after, b.id);
}

void HeldTasks::Average::add(std::chrono::nanoseconds value) {
    const auto now = static_cast<double>(value.count());
    value_ = value_ ? *value_ + (now - *value_) / 8 : now;
}

int HeldTasks::prefetch() const {
    if (!step_time_.nanoseconds() || !commit_time_.nanoseconds()) return 0;
    const double steps_per_commit = *commit_time_.nanoseconds() / std::max(*step_time_.nanoseconds(), 1.0);
    return static_cast<int>(std::floor(std::min<double>(steps_per_commit, prefetch_per_thread_max) * threads_));
}

bool HeldTasks::has_room() {
    const std::lock_guard lock(mutex_);
    return !closed_ && static_cast<int>(waiting_.size()) + reserved_ < threads_ - static_cast<int>(running_.size());
}

bool HeldTasks::holds(JobId job) {
    const std::lock_guard lock(mutex_);
    const auto is_of_job = [job](const Task& task) { return task.job_id == job; };
    return std::ranges::any_of(waiting_, is_of_job) ||
           std::ranges::any_of(running_, [&](const auto& run) { return is_of_job(run->task); });
}

int HeldTasks::reserve() {
    const std::lock_guard lock(mutex_);
    if (closed_) return 0;
    const int target = threads_ - static_cast<int>(running_.size()) + prefetch();
    const int room = target - static_cast<int>(waiting_.size()) - reserved_;
    // Half the target at least: one claim for many tasks costs little more than a claim for one.
    if (room < std::max(1, target / 2)) return 0;
    reserved_ += room;
    return room;
}

void HeldTasks::release(int reserved) {
    const std::lock_guard lock(mutex_);
    reserved_ -= reserved;
}

std::vector<Task> HeldTasks::give(std::vector<Task> tasks, int reserved) {
    const auto count = tasks.size();
    {
        const std::lock_guard lock(mutex_);
        reserved_ -= reserved;
        if (closed_) return tasks;
        for (auto& task : tasks) waiting_.insert(std::move(task));
    }
    if (count == 1) {
        given_.notify_one();
    } else if (count > 1) {
        given_.notify_all();
    }
    return {};
}

HeldTasks::Settled HeldTasks::settle(const std::shared_ptr<RunningTask>& run) {
    const std::lock_guard lock(mutex_);
    std::erase(running_, run);
    if (run->replaced) {
        --threads_;
        return Settled::Retire;
    }
    if (run->lost) return Settled::Lost;
    step_time_.add(std::chrono::steady_clock::now() - run->began);
    return Settled::Ours;
}

HeldTasks::Overdue HeldTasks::take_overdue(Moment now) {
    Overdue overdue;
    std::vector<std::shared_ptr<RunningTask>> stopped;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& run : running_) {
            if (run->overdue || run->deadline > now) continue;
            run->overdue = true;
            if (!run->lost) overdue.timed_out.push_back(run);
            run->lost = true;
            if (threads_ < threads_max_ && !closed_) {
                run->replaced = true;
                ++threads_;
                ++overdue.to_replace;
            }
            stopped.push_back(run);
        }
    }
    for (const auto& run : stopped) run->stop.request_stop(); // outside the lock: it runs callbacks of the step
    return overdue;
}

std::optional<HeldTasks::Moment> HeldTasks::next_deadline() {
    const std::lock_guard lock(mutex_);
    std::optional<Moment> next;
    for (const auto& run : running_) {
        if (!run->overdue) next = std::min(next.value_or(Moment::max()), run->deadline);
    }
    return next;
}

std::vector<JobId> HeldTasks::keep_only(const std::vector<HeldTask>& held) {
    const std::set<HeldTask> ours(held.begin(), held.end());
    const auto lost = [&](const Task& task) { return !ours.contains({task.id, task.attempts}); };
    std::vector<JobId> jobs;
    std::vector<std::shared_ptr<RunningTask>> stopped;
    {
        const std::lock_guard lock(mutex_);
        for (auto task = waiting_.begin(); task != waiting_.end();) {
            if (lost(*task)) jobs.push_back(task->job_id);
            task = lost(*task) ? waiting_.erase(task) : std::next(task);
        }
        for (const auto& run : running_) {
            if (run->lost || !lost(run->task)) continue;
            run->lost = true;
            jobs.push_back(run->task.job_id);
            stopped.push_back(run);
        }
    }
    for (const auto& run : stopped) run->stop.request_stop();
    return jobs;
}

std::vector<Task> HeldTasks::all() {
    const std::lock_guard lock(mutex_);
    std::vector<Task> tasks(waiting_.begin(), waiting_.end());
    for (const auto& run : running_) {
        if (!run->lost) tasks.push_back(run->task);
    }
    return tasks;
}

void HeldTasks::note_commit(std::chrono::nanoseconds took) {
    const std::lock_guard lock(mutex_);
    commit_time_.add(took);
}

std::vector<Task> HeldTasks::close() {
    std::vector<Task> unstarted;
    std::vector<std::shared_ptr<RunningTask>> running;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        unstarted.assign(waiting_.begin(), waiting_.end());
        waiting_.clear();
        running = running_;
    }
    given_.notify_all();
    for (const auto& run : running) run->stop.request_stop();
    return unstarted;
}

} // namespace vitrine
