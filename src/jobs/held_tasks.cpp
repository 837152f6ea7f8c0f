#include "jobs/held_tasks.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace vitrine {

namespace {

constexpr int prefetch_per_thread_max = 128;
constexpr double passed_over_ns = 250e6; // of work
constexpr int passed_over_rounds_max = 4;

} // namespace

bool HeldTasks::RunsEarlier::operator()(const Task& a, const Task& b) const noexcept {
    return std::tie(b.priority, a.run_after, a.id) < std::tie(a.priority, b.run_after, b.id);
}

void HeldTasks::Average::add(std::chrono::nanoseconds value) {
    const auto now = static_cast<double>(value.count());
    value_ = value_ ? *value_ + (now - *value_) / 8 : now;
}

HeldTasks::HeldTasks(int threads, const std::map<std::string, int>& bounds)
    : threads_max_(4 * threads), threads_(threads) {
    kinds_.try_emplace("");
    for (const auto& [name, at_once] : bounds) kinds_[name].at_once = at_once;
}

int HeldTasks::Kind::may_run() const {
    const auto count = static_cast<int>(waiting.size());
    return at_once == 0 ? count : std::clamp(at_once - running, 0, count);
}

int HeldTasks::Kind::passed_over() const {
    if (at_once == 0) return 0;
    const double rounds = step_time.nanoseconds() ? passed_over_ns / std::max(*step_time.nanoseconds(), 1.0) : 1.0;
    const int most = static_cast<int>(std::min<double>(rounds, passed_over_rounds_max) * at_once);
    return std::min(most, static_cast<int>(waiting.size()) - may_run());
}

HeldTasks::Kind& HeldTasks::kind_of(const Task& task) {
    const auto own = kinds_.find(task.kind);
    return own != kinds_.end() ? own->second : kinds_.at("");
}

/// The kind whose first waiting task is the next to run; nullptr when none may.
HeldTasks::Kind* HeldTasks::first_to_run() {
    Kind* first = nullptr;
    for (auto& [name, kind] : kinds_) {
        if (kind.waiting.empty() || !kind.has_place()) continue;
        if (first == nullptr || RunsEarlier{}(*kind.waiting.begin(), *first->waiting.begin())) first = &kind;
    }
    return first;
}

int HeldTasks::waiting_for_threads() const {
    int count = 0;
    for (const auto& [name, kind] : kinds_) count += static_cast<int>(kind.waiting.size()) - kind.passed_over();
    return count;
}

void HeldTasks::free_place(RunningTask& run) {
    if (std::exchange(run.has_place, false)) --kind_of(run.task).running;
}

/// So many threads, or as many as there is something to run for.
void HeldTasks::wake(int threads) {
    int to_run = 0;
    for (const auto& [name, kind] : kinds_) to_run += kind.may_run();
    for (int i = std::min(threads, to_run); i > 0; --i) given_.notify_one();
}

int HeldTasks::prefetch() const {
    if (!step_time_.nanoseconds() || !commit_time_.nanoseconds()) return 0;
    const double steps_per_commit = *commit_time_.nanoseconds() / std::max(*step_time_.nanoseconds(), 1.0);
    return static_cast<int>(std::floor(std::min<double>(steps_per_commit, prefetch_per_thread_max) * threads_));
}

bool HeldTasks::has_room() {
    const std::lock_guard lock(mutex_);
    return !closed_ && waiting_for_threads() + reserved_ < threads_ - static_cast<int>(running_.size());
}

bool HeldTasks::holds(JobId job) {
    const std::lock_guard lock(mutex_);
    const auto is_of_job = [job](const Task& task) { return task.job_id == job; };
    const auto waits = [&](const auto& entry) { return std::ranges::any_of(entry.second.waiting, is_of_job); };
    return std::ranges::any_of(kinds_, waits) ||
           std::ranges::any_of(running_, [&](const auto& run) { return is_of_job(run->task); });
}

int HeldTasks::reserve() {
    const std::lock_guard lock(mutex_);
    if (closed_) return 0;
    const int target = threads_ - static_cast<int>(running_.size()) + prefetch();
    const int room = target - waiting_for_threads() - reserved_;
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
    const auto count = static_cast<int>(tasks.size());
    const std::lock_guard lock(mutex_);
    reserved_ -= reserved;
    if (closed_) return tasks;
    for (auto& task : tasks) {
        auto& waiting = kind_of(task).waiting;
        waiting.insert(std::move(task));
    }
    wake(count);
    return {};
}

HeldTasks::Settled HeldTasks::settle(const std::shared_ptr<RunningTask>& run) {
    const std::lock_guard lock(mutex_);
    std::erase(running_, run);
    free_place(*run);
    if (run->replaced) {
        --threads_;
        wake(1); // whom this one's place is for
        return Settled::Retire;
    }
    if (run->lost) return Settled::Lost;
    const auto took = std::chrono::steady_clock::now() - run->began;
    step_time_.add(took);
    kind_of(run->task).step_time.add(took);
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
            free_place(*run); // it may never end
            if (threads_ < threads_max_ && !closed_) {
                run->replaced = true;
                ++threads_;
                ++overdue.to_replace;
            }
            stopped.push_back(run);
        }
        wake(static_cast<int>(stopped.size()));
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
        for (auto& [name, kind] : kinds_) {
            for (auto task = kind.waiting.begin(); task != kind.waiting.end();) {
                if (lost(*task)) jobs.push_back(task->job_id);
                task = lost(*task) ? kind.waiting.erase(task) : std::next(task);
            }
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
    std::vector<Task> tasks;
    for (const auto& [name, kind] : kinds_) tasks.insert(tasks.end(), kind.waiting.begin(), kind.waiting.end());
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
        for (auto& [name, kind] : kinds_) {
            unstarted.insert(unstarted.end(), kind.waiting.begin(), kind.waiting.end());
            kind.waiting.clear();
        }
        running = running_;
    }
    given_.notify_all();
    for (const auto& run : running) run->stop.request_stop();
    return unstarted;
}

} // namespace vitrine
