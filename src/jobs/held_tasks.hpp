#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include <vitrine/job.hpp>

#include "jobs/queue.hpp"
#include "jobs/step.hpp"

namespace vitrine {

/// A task whose step a worker thread is running.
struct RunningTask {
    Task task;            ///< `started_at` is when the step really began
    Step* step = nullptr; ///< nullptr: this program has no step of the kind
    std::stop_source stop;
    std::chrono::steady_clock::time_point began;
    std::chrono::steady_clock::time_point deadline;

    // Guarded by HeldTasks.
    bool lost = false;     ///< the attempt is over: whatever the step does has no effect
    bool overdue = false;  ///< over because of its deadline
    bool has_place = true; ///< it is counted among the running tasks of its kind
    bool replaced = false; ///< another thread does the work of this one's
};

/// The tasks that one pool has claimed: those that wait for a free worker and those that run. It decides how many more
/// to claim. Knows nothing of the database. Safe from any thread.
///
/// How many: one for each idle worker, and beyond that as many as the workers will get through while a commit takes
/// place, both as measured. With steps of 50 ms that is none: a task of high priority that comes now is the next to
/// run, and other machines are not robbed. With steps of microseconds it is dozens, and no worker waits for a flush.
///
/// Of a bounded kind (StepLimits::at_once) no more than that run. Further ones wait without a thread, and claims go on
/// past so many of them as will have run in a quarter of a second: else a fan-out's hundred children, all of them older
/// than the step that would make the next, leave nothing to do when they have run.
class HeldTasks {
public:
    using Moment = std::chrono::steady_clock::time_point;

    /// `bounds`: how many of a kind may run at one time; of kinds that are not there any number.
    explicit HeldTasks(int threads, const std::map<std::string, int>& bounds = {});

    /// How many tasks to claim now, counted as held until `give` or `release`; 0 when enough are held.
    [[nodiscard]] int reserve();
    void release(int reserved);

    /// Whether a claim could be of use.
    [[nodiscard]] bool has_room();

    /// Whether a task of `job` is held.
    [[nodiscard]] bool holds(JobId job);

    /// Hands over what was claimed on a reservation. What is not taken because of `close`.
    [[nodiscard]] std::vector<Task> give(std::vector<Task> tasks, int reserved);

    /// Blocks until there is a task that may run: highest priority first, then oldest due first. Nothing once closed.
    /// `prepare` fills in step, start and deadline. From then until `settle` the thread is busy.
    template <class Prepare>
    [[nodiscard]] std::shared_ptr<RunningTask> take(Prepare prepare) {
        std::unique_lock lock(mutex_);
        given_.wait(lock, [this] { return closed_ || first_to_run() != nullptr; });
        if (closed_) return nullptr;
        auto running = std::make_shared<RunningTask>();
        Kind& kind = *first_to_run();
        running->task = std::move(kind.waiting.extract(kind.waiting.begin()).value());
        ++kind.running;
        prepare(*running);
        running_.push_back(running);
        return running;
    }

    enum class Settled {
        Ours,   ///< its outcome counts
        Lost,   ///< its outcome must have no effect
        Retire, ///< as Lost, and the thread has been replaced: it must end
    };

    /// The step of `run` has returned.
    [[nodiscard]] Settled settle(const std::shared_ptr<RunningTask>& run);

    struct Overdue {
        std::vector<std::shared_ptr<RunningTask>> timed_out; ///< these attempts end now
        int to_replace = 0; ///< threads to start, so that steps that do not stop never stop the queue
    };

    /// The running tasks whose deadline has passed: asks their steps to stop and lets go of them.
    [[nodiscard]] Overdue take_overdue(Moment now);
    [[nodiscard]] std::optional<Moment> next_deadline();

    /// Lets go of everything that is not in `held`; asks the steps concerned to stop. The jobs concerned.
    std::vector<JobId> keep_only(const std::vector<HeldTask>& held);

    /// All that is held, for extending its leases.
    [[nodiscard]] std::vector<Task> all();

    /// A commit took this long from its submission.
    void note_commit(std::chrono::nanoseconds took);

    /// From now on `take` gives nothing; running steps are asked to stop. What had not been started yet.
    [[nodiscard]] std::vector<Task> close();

private:
    struct RunsEarlier {
        bool operator()(const Task& a, const Task& b) const noexcept;
    };

    /// Average with the weight of the last dozen or so values.
    class Average {
    public:
        void add(std::chrono::nanoseconds value);
        [[nodiscard]] std::optional<double> nanoseconds() const { return value_; }

    private:
        std::optional<double> value_;
    };

    /// The tasks of one bounded kind, or of all that have no bound.
    struct Kind {
        int at_once = 0; ///< constant; 0: any number
        std::multiset<Task, RunsEarlier> waiting;
        int running = 0;
        Average step_time;

        [[nodiscard]] bool has_place() const { return at_once == 0 || running < at_once; }
        [[nodiscard]] int may_run() const;     ///< of those that wait
        [[nodiscard]] int passed_over() const; ///< of those that may not, so many are not counted as held
    };

    [[nodiscard]] Kind& kind_of(const Task& task);
    [[nodiscard]] Kind* first_to_run();
    [[nodiscard]] int waiting_for_threads() const;
    [[nodiscard]] int prefetch() const;
    void free_place(RunningTask& run);
    void wake(int threads);

    const int threads_max_;
    std::mutex mutex_; ///< guards all below
    std::condition_variable given_;
    std::map<std::string, Kind> kinds_; ///< by name; "": all that have no bound
    std::vector<std::shared_ptr<RunningTask>> running_;
    int threads_;
    int reserved_ = 0;
    bool closed_ = false;
    Average step_time_;
    Average commit_time_;
};

} // namespace vitrine
