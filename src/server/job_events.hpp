#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include <vitrine/engine.hpp>

namespace vitrine::server {

/// Tells any number of followers of a job's progress without a thread for each: one thread looks at a job once after
/// each of its events and tells all who follow it. On a database that others work on, whose progress is not announced,
/// ask it to `look` from time to time. Safe from any thread.
class JobEvents {
public:
    /// Called with the job as it is now, on the one thread; it must not block. Without a job when it was removed.
    using Follow = std::function<void(const std::optional<Job>&)>;

    explicit JobEvents(Engine& engine);
    ~JobEvents();
    JobEvents(const JobEvents&) = delete;
    JobEvents& operator=(const JobEvents&) = delete;

    /// Calls `follow` soon with the job as it is, and after each event of it, until the handle is destroyed. A call
    /// that is under way at that moment ends by itself.
    [[nodiscard]] std::shared_ptr<void> follow(JobId job, Follow follow);

    /// Called with the events of all jobs that changed since the last call, as one text of server-sent events.
    using FollowAll = std::function<void(const std::string&)>;

    /// Calls `follow` with every job's events, four times a second at most: however many follow, each change is written
    /// down once, and those who wait for one job do not wait behind them.
    [[nodiscard]] std::shared_ptr<void> follow_all(FollowAll follow);

    /// Looks at the job again soon, event or not.
    void look(JobId job);

    /// Runs `work` on the one thread: what a timer wants done that may take a moment.
    void run(std::function<void()> work);

    /// Tells nobody anything more, and lets go of everything it was given. Call it when no request is left.
    void stop();

    /// How many follow now.
    [[nodiscard]] std::size_t followers();

private:
    struct State;
    void run_looks();
    void look_at(JobId job);
    void tell_all();

    Engine& engine_;

    // Of the one thread alone.
    std::map<JobId, Job> changed_; ///< since those who follow all were told
    std::chrono::steady_clock::time_point tell_all_at_{};

    const std::shared_ptr<State> state_;
    std::jthread looker_;
    std::shared_ptr<void> watching_;
};

} // namespace vitrine::server
