#include "jobs/worker_pool.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <system_error>
#include <thread>
#include <unordered_map>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "jobs/alarm.hpp"
#include "jobs/due_timer.hpp"
#include "jobs/held_tasks.hpp"
#include "jobs/job_waiters.hpp"
#include "jobs/riding_claim.hpp"
#include "jobs/setback.hpp"
#include "jobs/worker_threads.hpp"
#include "storage/job_repository.hpp"

namespace vitrine {

namespace {

using SteadyClock = std::chrono::steady_clock;
using Moment = SteadyClock::time_point;

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

/// When the first of the delayed tasks is due.
std::optional<Timestamp> earliest(const Next& next) {
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

} // namespace

/// Threads and what they do:
/// - workers take a held task, run its step and submit its end; they never wait for a commit;
/// - the keeper sleeps until a deadline, a due task, a heartbeat or a write that must be tried again;
/// - the database's committing thread runs the closures submitted here and, after a commit, hands out what was claimed.
class WorkerPool::Impl {
public:
    Impl(Database& database, Queue& queue, const Clock& clock, std::vector<std::unique_ptr<Step>> steps,
         WorkerOptions options)
        : database_(database), queue_(queue), clock_(clock), options_(std::move(options)),
          held_(options_.threads), claimant_{queue_, clock_, held_, due_, options_.name, options_.lease},
          random_(std::random_device{}()), heartbeat_at_(next_heartbeat()), workers_([this] { work(); }) {
        for (auto& step : steps) {
            auto kind = step->kind();
            steps_.emplace(std::move(kind), std::move(step));
        }
        for (int i = 0; i < options_.threads; ++i) workers_.start();
        keeper_ = std::thread([this] { keep(); });
        request_scan();
    }

    ~Impl() {
        stopping_ = true;
        for (auto& task : held_.close()) give_back(std::move(task));
        workers_.join();
        alarm_.close();
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
    /// The end of an attempt that was not done, until the database has it.
    struct Record {
        Task task;
        Setback setback;
        bool tell_step = true; ///< of a final failure: Step::on_failed
    };

    using StepEnd = std::variant<Done, Setback>;

    // --- Workers -----------------------------------------------------------------------------------------------------

    void work() {
        while (const auto run = held_.take([this](RunningTask& started) { prepare(started); })) {
            alarm_.ring_by(run->deadline);
            auto end = compute(*run);
            const auto settled = held_.settle(run);
            if (settled == HeldTasks::Settled::Ours) {
                submit_end(run->task, std::move(end));
            } else {
                request_scan(); // no completion of ours will claim for this thread
                if (settled == HeldTasks::Settled::Retire) return;
            }
        }
    }

    void prepare(RunningTask& run) {
        const auto found = steps_.find(run.task.kind);
        run.step = found == steps_.end() ? nullptr : found->second.get();
        run.task.started_at = clock_.now();
        run.began = SteadyClock::now();
        run.deadline = run.began + (run.step != nullptr ? run.step->limits() : StepLimits{}).time_limit;
    }

    /// What the step said, or what its exception means.
    StepEnd compute(RunningTask& run) {
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
            if (error.code() == ErrorCode::Cancelled && stopping_) {
                return Setback{.why = run.task.error, .counts_as_attempt = false};
            }
            return setback(run.task, std::current_exception());
        } catch (...) {
            return setback(run.task, std::current_exception());
        }
    }

    void submit_end(const Task& task, StepEnd end) {
        if (auto* done = std::get_if<Done>(&end)) {
            complete(task, std::move(done->effects));
        } else {
            record({.task = task, .setback = std::move(std::get<Setback>(end))});
        }
    }

    // --- Transactions ------------------------------------------------------------------------------------------------

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

    struct Completion {
        Task task;
        Effects effects;
        Timestamp now;
        Moment submitted;
        RidingClaim claim;
        std::optional<Timestamp> due; ///< when its first delayed successor is due
    };

    /// Effects, completion, what follows and the claim of other tasks: one transaction.
    void complete(const Task& task, Effects effects) {
        const auto completion = std::make_shared<Completion>(Completion{
            task, std::move(effects), clock_.now(), SteadyClock::now(), RidingClaim(claimant_), std::nullopt});
        const auto work = [this, completion](Transaction& tx) {
            const Next next = completion->effects ? completion->effects(tx) : Next{};
            if (!queue_.complete(tx, completion->task, next, completion->now)) throw AttemptLost{};
            completion->due = earliest(next);
            completion->claim.take(tx);
        };
        submit(work, [this, completion](const std::exception_ptr& error) { completed(*completion, error); });
    }

    void completed(Completion& completion, const std::exception_ptr& error) {
        settle(completion.claim, error);
        held_.note_commit(SteadyClock::now() - completion.submitted);
        if (!error) {
            if (completion.due) add_due(*completion.due);
            waiters_.touch(completion.task.job_id);
        } else if (refusal_of(error) == Refusal::Lost) {
            request_scan();
        } else {
            record({.task = completion.task, .setback = setback(completion.task, error)});
        }
    }

    void record(Record record) {
        const auto claim = std::make_shared<RidingClaim>(claimant_);
        const auto kept = std::make_shared<const Record>(std::move(record));
        const auto now = clock_.now();
        const auto work = [this, claim, kept, now](Transaction& tx) {
            write_down(tx, *kept, now);
            claim->take(tx);
        };
        submit(work, [this, claim, kept, now](const std::exception_ptr& error) {
            settle(*claim, error);
            if (error) return record_again(*kept, error);
            if (!kept->setback.is_final) add_due(now + kept->setback.after);
            waiters_.touch(kept->task.job_id);
        });
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
        const auto refusal = refusal_of(error);
        if (refusal == Refusal::Lost) return request_scan();
        const std::string why = setback(record.task, error).why;
        if (refusal == Refusal::Lasting && record.setback.is_final && std::exchange(record.tell_step, false)) {
            // The step's own on_failed broke: the failure is recorded without it, or the task would stay for ever.
            record.setback.why += " Its end could not be noted as it should: " + why;
            return this->record(std::move(record));
        }
        if (stopping_) return; // the next start, or the end of the lease, gives the task back
        report(why);
        {
            const std::lock_guard lock(refused_mutex_);
            refused_.push_back(std::move(record));
        }
        ask_again_later();
    }

    /// Back to the queue as if it had never been claimed.
    void give_back(Task task) {
        task.started_at = clock_.now();
        const auto why = task.error;
        record({.task = std::move(task), .setback = {.why = why, .counts_as_attempt = false}});
    }

    void settle(RidingClaim& claim, const std::exception_ptr& error) {
        auto settled = claim.settle(!error);
        if (settled.due_changed) alarm_.ring();
        for (auto& task : settled.unwanted) give_back(std::move(task));
    }

    // --- Looking into the database -----------------------------------------------------------------------------------

    struct Scan {
        explicit Scan(Claimant& claimant) : claim(claimant) {}
        RidingClaim claim;
        int recovery = 0;
        std::vector<HeldTask> held;
        std::vector<JobId> ended_jobs;
    };

    void scan() {
        const auto scan = std::make_shared<Scan>(claimant_);
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
        submit(work, [this, scan](const std::exception_ptr& error) { scanned(*scan, error); });
    }

    void scanned(Scan& scan, const std::exception_ptr& error) {
        if (!error) {
            recoveries_done_ = scan.recovery;
            for (const JobId job : held_.keep_only(scan.held)) waiters_.touch(job);
            for (const JobId job : scan.ended_jobs) waiters_.touch(job);
        } else if (!stopping_) {
            tell_steps_of_recovered_ = refusal_of(error) == Refusal::Passing;
            report(setback({}, error).why);
            ask_again_later();
        }
        settle(scan.claim, error);
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
            for (const auto& task : held_.all())
                queue_.extend(tx, task, now + options_.lease); // lost ones: held_by tells
        }
        for (const auto& task : queue_.recover(tx, now, all).failed) {
            if (tell_steps_of_recovered_) tell_failed(tx, task, task.error);
            scan.ended_jobs.push_back(task.job_id);
        }
    }

    // --- The keeper --------------------------------------------------------------------------------------------------

    void keep() {
        while (alarm_.sleep([this] { return next_event(); })) {
            end_overdue();
            const bool again = ask_again();
            const bool heartbeat = heartbeat_is_due();
            if (due_.ring(clock_.now()) || again || heartbeat) request_scan();
        }
    }

    std::optional<Moment> next_event() {
        auto next = held_.next_deadline();
        const auto consider = [&next](std::optional<Moment> moment) {
            if (moment) next = std::min(next.value_or(Moment::max()), *moment);
        };
        if (const auto due = due_.due()) {
            consider(SteadyClock::now() + std::min<Milliseconds>(*due - clock_.now(), sleep_max));
        }
        consider(heartbeat_at_);
        const std::lock_guard lock(refused_mutex_);
        consider(ask_again_at_);
        return next;
    }

    void end_overdue() {
        auto overdue = held_.take_overdue(SteadyClock::now());
        for (int i = 0; i < overdue.to_replace; ++i) replace_worker();
        for (const auto& run : overdue.timed_out) {
            const auto limit = std::chrono::duration_cast<Milliseconds>(run->deadline - run->began);
            const Retry retry{.after = std::nullopt,
                              .why = fmt::format("It ran longer than its limit of {} ms.", limit.count())};
            record({.task = run->task, .setback = setback(run->task, retry)});
        }
    }

    void replace_worker() {
        try {
            workers_.start();
        } catch (const std::system_error& error) {
            report(fmt::format("No thread can be started in place of one that overran its time limit ({}).",
                               error.what()));
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

    void ask_again_later() {
        {
            const std::lock_guard lock(refused_mutex_);
            if (!ask_again_at_) ask_again_at_ = SteadyClock::now() + options_.ask_again;
        }
        alarm_.ring();
    }

    bool ask_again() {
        std::vector<Record> refused;
        {
            const std::lock_guard lock(refused_mutex_);
            if (!ask_again_at_ || *ask_again_at_ > SteadyClock::now()) return false;
            ask_again_at_.reset();
            refused.swap(refused_);
        }
        for (auto& record : refused) this->record(std::move(record));
        return true;
    }

    // --- Small things ------------------------------------------------------------------------------------------------

    template <class Why>
    Setback setback(const Task& task, const Why& why) {
        const std::lock_guard lock(random_mutex_);
        return setback_of(task, why, options_.retry, random_);
    }

    void add_due(Timestamp due) {
        due_.add(due);
        alarm_.ring();
    }

    void report(const std::string& sentence) const {
        if (options_.report) options_.report(sentence);
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
    Alarm alarm_;
    Claimant claimant_;
    std::atomic<bool> stopping_ = false;
    std::atomic<int> recoveries_wanted_ = 1;

    std::mutex random_mutex_;
    std::mt19937_64 random_; ///< guarded by random_mutex_

    std::mutex scan_mutex_;
    bool scanning_ = false;   ///< guarded by scan_mutex_
    bool scan_again_ = false; ///< guarded by scan_mutex_

    // Used on the committing thread alone.
    int recoveries_done_ = 0;
    bool tell_steps_of_recovered_ = true; ///< false after a step's on_failed broke a recovery

    std::mutex commits_mutex_;
    std::condition_variable no_commits_;
    int commits_ = 0; ///< guarded by commits_mutex_: submitted and not yet done

    std::mutex refused_mutex_;
    std::vector<Record> refused_;        ///< guarded by refused_mutex_: what the database would not take
    std::optional<Moment> ask_again_at_; ///< guarded by refused_mutex_

    std::optional<Moment> heartbeat_at_; ///< used by the keeper alone; only on a shared database

    WorkerThreads workers_;
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
