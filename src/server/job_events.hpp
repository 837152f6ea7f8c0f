#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
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

    /// As the job of `follow`: every job, each after an event of its own, and none at the beginning.
    static constexpr JobId any_job{0};

    /// Calls `follow` soon with the job as it is, and after each event of it, until the handle is destroyed. A call
    /// that is under way at that moment ends by itself.
    [[nodiscard]] std::shared_ptr<void> follow(JobId job, Follow follow);

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

    Engine& engine_;
    const std::shared_ptr<State> state_;
    std::jthread looker_;
    std::shared_ptr<void> watching_;
};

} // namespace vitrine::server
