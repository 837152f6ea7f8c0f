#include "jobs/worker_pool.hpp"

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <random>
#include <thread>
#include <unordered_map>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "jobs/due_timer.hpp"
#include "jobs/held_tasks.hpp"
#include "jobs/job_waiters.hpp"
#include "jobs/setback.hpp"
#include "storage/job_repository.hpp"

namespace vitrine {

namespace {

using SteadyClock = std::chrono::steady_clock;
using Moment = SteadyClock::time_point;

// After the database refused a write that must not be lost, it is asked again this often.
constexpr std::chrono::seconds database_rest{1};

// Clocks are set: what is due later than this is looked at again on the way.
constexpr std::chrono::hours sleep_max{1};

/// Thrown inside a transaction to take back the effects of an attempt that is no longer ours.
struct AttemptLost {};

enum class Refusal { Lost, Passing, Lasting };

Refusal refusal_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const AttemptLost&) {
        return Refusal::Lost;
    } catch (const Error& failure) {
        return failure.retryable() ? Refusal::Passing : Refusal::Lasting;
    } catch (...) {
        return Refusal::Lasting;
    }
}

} // namespace

/// Threads and what they do:
/// - workers: take a held task, run its step, submit its end; never wait for a commit.
/// - the keeper: sleeps until a deadline, a due task, a lease or a write that must be tried again.
/// - the database's committing thread: runs the closures submitted here; after the commit it hands out claimed tasks.
class WorkerPool::Impl {
public:
    Impl(Database& database, Queue& queue, const Clock& clock, std::vector<std::unique_ptr<Step>> steps,
         WorkerOptions options)
        : database_(database), queue_(queue), clock_(clock), options_(std::move(options)), held_(options_.threads),
          random_(std::random_device{}()), heartbeat_at_(next_heartbeat()) {
        for (auto& step : steps) {
            auto kind = step->kind();
            steps_.emplace(std::move(kind), std::move(step));
        }
        keeper_ = std::thread([this] { keep(); });
        for (int i = 0; i < options_.threads; ++i) start_worker();
        request_scan();
    }

    ~Impl() {
        {
            const std::lock_guard lock(workers_mutex_);
            closing_ = true;
        }
        for (auto& task : held_.close()) give_back(std::move(task));
        for (auto& worker : workers_) worker.thread.join();
        {
            const std::lock_guard lock(keeper_mutex_);
            stopping_ = true;
        }
        keeper_wakes_.notify_one();
        keeper_.join();
        std::unique_lock lock(commits_mutex_);
        no_commits_.wait(lock, [this] { return commits_ == 0; });
    }

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    std::optional<JobState> wait(JobId job, Moment deadline) {
        return waiters_.wait(job, deadline, [&] {
            const auto state = database_.read([&](Transaction& tx) { return job_repository::state_of(tx, job); });
            if (!state) throw Error(ErrorCode::NotFound, fmt::format("There is no job {}.", job.value));
            return *state;
        });
    }

    /// Looks into the database for what may have changed: tasks to claim, tasks taken from us, jobs cancelled. At most
    /// one such look is under way; what comes meanwhile leads to one more.
    void request_scan() {
        {
            const std::lock_guard lock(scan_mutex_);
            scan_again_ = scanning_;
            if (std::exchange(scanning_, true)) return;
        }
        scan();
    }

private:
    /// A claim that rides in a transaction made for something else. It may run twice and settles once.
    class Claim {
    public:
        explicit Claim(Impl& pool) : pool_(pool) {}

        void take(Transaction& tx) {
            pool_.held_.release(std::exchange(reserved_, 0));
            tasks_.clear();
            asked_for_due_ = false;
            reserved_ = pool_.held_.reserve();
            if (reserved_ == 0) return;
            tasks_ = pool_.queue_.claim(tx, pool_.options_.name, reserved_, pool_.clock_.now(), pool_.options_.lease);
            if (static_cast<int>(tasks_.size()) < reserved_ && !pool_.due_.known()) {
                due_ = pool_.queue_.next_due(tx);
                asked_for_due_ = true;
            }
        }

        void settle(bool committed) {
            const int reserved = std::exchange(reserved_, 0);
            if (!committed) return pool_.held_.release(reserved);
            if (asked_for_due_) pool_.learn_due(due_);
            for (auto& task : pool_.held_.give(std::move(tasks_), reserved)) pool_.give_back(std::move(task));
        }

    private:
        Impl& pool_;
        int reserved_ = 0;
        std::vector<Task> tasks_;
        bool asked_for_due_ = false;
        std::optional<Timestamp> due_;
    };

    /// The end of an attempt that was not done, until the database has it.
    struct Record {
        Task task;
        Setback setback;
        bool tell_step = true; ///< of a final failure: Step::on_failed
    };

    struct Worker {
        std::thread thread;
        std::atomic<bool> ended = false;
    };

    // --- Workers -------------------------------------------------------------------------------------------------

    void start_worker() {
        const std::lock_guard lock(workers_mutex_);
        if (closing_) return;
        workers_.remove_if([](Worker& worker) {
            if (worker.ended) worker.thread.join();
            return worker.ended.load();
        });
        auto& worker = workers_.emplace_back();
        worker.thread = std::thread([this, &worker] {
            work();
            worker.ended = true;
        });
    }

    void work() {
        while (const auto run = held_.take([this](RunningTask& started) { prepare(started); })) {
            if (run->deadline < keeper_sleeps_until_.load()) wake_keeper();
            if (!finish(run, compute(*run))) return;
        }
    }

    void prepare(RunningTask& run) {
        const auto found = steps_.find(run.task.kind);
        run.step = found == steps_.end() ? nullptr : found->second.get();
        run.task.started_at = clock_.now();
        run.began = SteadyClock::now();
        run.deadline = run.began + (run.step != nullptr ? run.step->limits().time_limit : Milliseconds{60'000});
    }

    /// What the step said, or what its exception means.
    std::variant<Done, Setback> compute(RunningTask& run) {
        if (run.step == nullptr) {
            return Setback{.is_final = true,
                           .why =
                               fmt::format("This program has no step of the kind '{}'; start the version that made it.",
                                           run.task.kind)};
        }
        try {
            auto outcome = run.step->compute(run.task, {.stop = run.stop.get_token(), .deadline = run.deadline});
            if (auto* done = std::get_if<Done>(&outcome)) return std::move(*done);
            if (const auto* retry = std::get_if<Retry>(&outcome)) return setback(run.task, *retry);
            return Setback{.is_final = true, .why = std::get<Fail>(outcome).why};
        } catch (const Error& error) {
            // A step that stopped because this program stops has not failed.
            if (error.code() == ErrorCode::Cancelled && run.stop.stop_requested()) {
                return Setback{.why = run.task.error, .counts_as_attempt = false};
            }
            return setback(run.task, std::current_exception());
        } catch (...) {
            return setback(run.task, std::current_exception());
        }
    }

    /// False when the calling thread must end.
    bool finish(const std::shared_ptr<RunningTask>& run, std::variant<Done, Setback> outcome) {
        const auto settled = held_.settle(run);
        if (settled != HeldTasks::Settled::Ours) {
            request_scan(); // no completion of ours will claim for this thread
            return settled != HeldTasks::Settled::Retire;
        }
        if (auto* done = std::get_if<Done>(&outcome)) {
            complete(run->task, std::move(done->effects));
        } else {
            record({.task = run->task, .setback = std::move(std::get<Setback>(outcome))});
        }
        return true;
    }

    // --- Transactions ----------------------------------------------------------------------------------------------

    /// As Database::submit; the destructor waits for it.
    void submit(Database::Work work, Database::Done done) {
        {
            const std::lock_guard lock(commits_mutex_);
            ++commits_;
        }
        database_.submit(std::move(work), [this, done = std::move(done)](std::exception_ptr error) {
            done(std::move(error));
            const std::lock_guard lock(commits_mutex_);
            if (--commits_ == 0) no_commits_.notify_all();
        });
    }

    void complete(const Task& task, Effects effects) {
        struct Completion {
            Task task;
            Effects effects;
            Timestamp now;
            Moment submitted;
            Claim claim;
            std::optional<Timestamp> due;
        };
        auto completion = std::make_shared<Completion>(
            Completion{task, std::move(effects), clock_.now(), SteadyClock::now(), Claim(*this), std::nullopt});
        const auto work = [this, completion](Transaction& tx) {
            auto& c = *completion;
            const Next next = c.effects ? c.effects(tx) : Next{};
            if (!queue_.complete(tx, c.task, next, c.now)) throw AttemptLost{};
            c.due = earliest(next);
            c.claim.take(tx);
        };
        const auto done = [this, completion](const std::exception_ptr& error) {
            auto& c = *completion;
            c.claim.settle(!error);
            held_.note_commit(SteadyClock::now() - c.submitted);
            if (!error) {
                if (c.due) add_due(*c.due);
                waiters_.touch(c.task.job_id);
            } else if (refusal_of(error) == Refusal::Lost) {
                request_scan();
            } else {
                record({.task = c.task, .setback = setback(c.task, error)});
            }
        };
        submit(work, done);
    }

    void record(Record record) {
        const auto claim = std::make_shared<Claim>(*this);
        const auto kept = std::make_shared<const Record>(std::move(record));
        const auto now = clock_.now();
        const auto work = [this, claim, kept, now](Transaction& tx) {
            write_down(tx, *kept, now);
            claim->take(tx);
        };
        const auto done = [this, claim, kept, now](const std::exception_ptr& error) {
            claim->settle(!error);
            if (!error) {
                if (!kept->setback.is_final) add_due(now + kept->setback.after);
                waiters_.touch(kept->task.job_id);
            } else {
                record_again(*kept, error);
            }
        };
        submit(work, done);
    }

    void write_down(Transaction& tx, const Record& record, Timestamp now) {
        const auto& [task, setback, tell_step] = record;
        const bool held = setback.is_final ? queue_.fail(tx, task, setback.why, now)
                                           : queue_.retry_later(tx, task, setback.why, now + setback.after,
                                                                setback.counts_as_attempt, now);
        if (!held) throw AttemptLost{};
        if (setback.is_final && tell_step) tell_failed(tx, task, setback.why);
    }

    void tell_failed(Transaction& tx, const Task& task, const std::string& why) {
        if (const auto step = steps_.find(task.kind); step != steps_.end()) step->second->on_failed(tx, task, why);
    }

    void record_again(Record record, const std::exception_ptr& error) {
        switch (refusal_of(error)) {
        case Refusal::Lost: return request_scan();
        case Refusal::Lasting:
            // The step's own on_failed broke: the failure is recorded without it, or the task would stay for ever.
            if (std::exchange(record.tell_step, false) && record.setback.is_final) {
                record.setback.why += fmt::format(" ({})", setback(record.task, error).why);
                return this->record(std::move(record));
            }
            break;
        case Refusal::Passing: break;
        }
        {
            const std::lock_guard lock(keeper_mutex_);
            if (stopping_) return; // the next start recovers the task
            refused_.push_back(std::move(record));
            if (!ask_again_at_) ask_again_at_ = SteadyClock::now() + database_rest;
        }
        wake_keeper();
    }

    /// Back to the queue as if it had never been claimed.
    void give_back(Task task) {
        task.started_at = clock_.now();
        const auto why = task.error;
        record({.task = std::move(task), .setback = {.why = why, .counts_as_attempt = false}});
    }

    struct Scan {
        explicit Scan(Impl& pool) : claim(pool) {}
        Claim claim;
        int recovery = 0;
        std::vector<HeldTask> held;
        std::vector<JobId> ended_jobs;
    };

    void scan() {
        const auto scan = std::make_shared<Scan>(*this);
        const auto work = [this, scan](Transaction& tx) {
            scan->ended_jobs.clear();
            scan->recovery = recoveries_wanted_;
            if (scan->recovery != recoveries_done_) recover(tx, *scan);
            scan->held = queue_.held_by(tx, options_.name);
            if (const auto oldest = waiters_.oldest()) {
                for (const JobId job : job_repository::cancelled_since(tx, *oldest)) scan->ended_jobs.push_back(job);
            }
            scan->claim.take(tx);
        };
        const auto done = [this, scan](const std::exception_ptr& error) {
            if (!error) {
                recoveries_done_ = scan->recovery;
                for (const JobId job : held_.keep_only(scan->held)) waiters_.touch(job);
                for (const JobId job : scan->ended_jobs) waiters_.touch(job);
            } else {
                tell_steps_of_recovered_ = refusal_of(error) == Refusal::Passing;
                rescan_later();
            }
            scan->claim.settle(!error);
            end_scan();
        };
        submit(work, done);
    }

    void end_scan() {
        {
            const std::lock_guard lock(scan_mutex_);
            scanning_ = false;
            if (!std::exchange(scan_again_, false)) return;
        }
        request_scan();
    }

    void recover(Transaction& tx, Scan& scan) {
        const auto now = clock_.now();
        const bool all = options_.sole_owner && recoveries_done_ == 0;
        if (!options_.sole_owner) {
            for (const auto& task : held_.all()) queue_.extend(tx, task, now + options_.lease);
        }
        for (const auto& task : queue_.recover(tx, now, all).failed) {
            if (tell_steps_of_recovered_) tell_failed(tx, task, task.error);
            scan.ended_jobs.push_back(task.job_id);
        }
    }

    // --- The keeper --------------------------------------------------------------------------------------------------

    void keep() {
        std::unique_lock lock(keeper_mutex_);
        while (!stopping_) {
            // Until it is known how long to sleep, every new deadline wakes the keeper.
            keeper_sleeps_until_ = Moment::max();
            keeper_woken_ = false;
            const auto until = next_event();
            keeper_sleeps_until_ = until.value_or(Moment::max());
            const auto woken = [this] { return stopping_ || keeper_woken_; };
            if (until) {
                keeper_wakes_.wait_until(lock, *until, woken);
            } else {
                keeper_wakes_.wait(lock, woken);
            }
            const bool ask_again = ask_again_at_ && *ask_again_at_ <= SteadyClock::now();
            auto refused = ask_again ? std::exchange(refused_, {}) : std::vector<Record>{};
            if (ask_again) ask_again_at_.reset();
            lock.unlock();
            for (auto& again : refused) record(std::move(again));
            end_overdue();
            const bool heartbeat = heartbeat_is_due();
            const bool rung = due_.ring(clock_.now());
            if (heartbeat || rung || ask_again) request_scan();
            lock.lock();
        }
    }

    /// Call with keeper_mutex_ held.
    std::optional<Moment> next_event() {
        auto next = held_.next_deadline();
        const auto consider = [&next](std::optional<Moment> moment) {
            if (moment) next = std::min(next.value_or(Moment::max()), *moment);
        };
        if (const auto due = due_.due())
            consider(SteadyClock::now() + std::min<Milliseconds>(*due - clock_.now(), sleep_max));
        consider(heartbeat_at_);
        consider(ask_again_at_);
        return next;
    }

    void end_overdue() {
        auto overdue = held_.take_overdue(SteadyClock::now());
        for (int i = 0; i < overdue.to_replace; ++i) start_worker();
        for (const auto& run : overdue.timed_out) {
            const auto limit = std::chrono::duration_cast<Milliseconds>(run->deadline - run->began);
            const Retry retry{.after = std::nullopt,
                              .why = fmt::format("It ran longer than its limit of {} ms.", limit.count())};
            record({.task = run->task, .setback = setback(run->task, retry)});
        }
    }

    std::optional<Moment> next_heartbeat() const {
        return options_.sole_owner ? std::nullopt : std::optional(SteadyClock::now() + options_.lease / 3);
    }

    bool heartbeat_is_due() {
        if (!heartbeat_at_ || *heartbeat_at_ > SteadyClock::now()) return false;
        heartbeat_at_ = next_heartbeat();
        ++recoveries_wanted_;
        return true;
    }

    void rescan_later() {
        {
            const std::lock_guard lock(keeper_mutex_);
            if (!ask_again_at_) ask_again_at_ = SteadyClock::now() + database_rest;
        }
        wake_keeper();
    }

    void wake_keeper() {
        {
            const std::lock_guard lock(keeper_mutex_);
            keeper_woken_ = true;
        }
        keeper_wakes_.notify_one();
    }

    void learn_due(std::optional<Timestamp> due) {
        due_.learn(due);
        if (due) wake_keeper();
    }

    void add_due(Timestamp due) {
        due_.add(due);
        wake_keeper();
    }

    // --- Small things ------------------------------------------------------------------------------------------------

    template <class Why>
    Setback setback(const Task& task, const Why& why) {
        const std::lock_guard lock(random_mutex_);
        return setback_of(task, why, options_.retry, random_);
    }

    static std::optional<Timestamp> earliest(const Next& next) {
        std::optional<Timestamp> due;
        const auto consider = [&due](const NewTask& task) {
            if (task.run_after) due = std::min(due.value_or(Timestamp::max()), *task.run_after);
        };
        for (const auto& task : next.tasks) consider(task);
        if (next.fan_out) {
            for (const auto& child : next.fan_out->children) consider(child);
        }
        return due;
    }

    // Constant after construction, or safe by themselves.
    Database& database_;
    Queue& queue_;
    const Clock& clock_;
    const WorkerOptions options_;
    std::unordered_map<std::string, std::unique_ptr<Step>> steps_;
    HeldTasks held_;
    DueTimer due_;
    JobWaiters waiters_;
    std::atomic<int> recoveries_wanted_ = 1;
    std::atomic<Moment> keeper_sleeps_until_ = Moment::max();

    std::mutex random_mutex_;
    std::mt19937_64 random_; ///< guarded by random_mutex_

    std::mutex scan_mutex_;
    bool scanning_ = false;   ///< guarded by scan_mutex_
    bool scan_again_ = false; ///< guarded by scan_mutex_

    // Used on the committing thread alone.
    int recoveries_done_ = 0;
    bool tell_steps_of_recovered_ = true;

    std::mutex commits_mutex_;
    std::condition_variable no_commits_;
    int commits_ = 0; ///< guarded by commits_mutex_: submitted and not yet done

    std::mutex keeper_mutex_;
    std::condition_variable keeper_wakes_;
    bool keeper_woken_ = false; ///< guarded by keeper_mutex_, as are the next four
    bool stopping_ = false;
    std::vector<Record> refused_;        ///< what the database would not take
    std::optional<Moment> ask_again_at_; ///< when it is asked again
    std::optional<Moment> heartbeat_at_; ///< only on a shared database; used by the keeper alone

    std::mutex workers_mutex_;
    bool closing_ = false;      ///< guarded by workers_mutex_
    std::list<Worker> workers_; ///< guarded by workers_mutex_ until closing_
    std::thread keeper_;
};

WorkerPool::WorkerPool(Database& database, Queue& queue, const Clock& clock, std::vector<std::unique_ptr<Step>> steps,
                       WorkerOptions options)
    : impl_(std::make_unique<Impl>(database, queue, clock, std::move(steps), std::move(options))) {}

WorkerPool::~WorkerPool() = default;

void WorkerPool::wake() {
    impl_->request_scan();
}

std::optional<JobState> WorkerPool::wait(JobId job, std::chrono::steady_clock::time_point deadline) {
    return impl_->wait(job, deadline);
}

} // namespace vitrine
