#include "jobs/worker_pool.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <thread>
#include <variant>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/worker_threads.hpp"
#include "jobs/attempt_ends.hpp"
#include "jobs/pool_parts.hpp"
#include "jobs/queue_watch.hpp"
#include "jobs/riding_steps.hpp"
#include "storage/job_repository.hpp"
#include "storage/queue_topics.hpp"

namespace vitrine {

namespace {

using SteadyClock = std::chrono::steady_clock;
using Moment = SteadyClock::time_point;

// Clocks are set: what is due later than this is looked at again on the way.
constexpr std::chrono::hours sleep_max{1};

/// The job whose id an announcement holds; 0, which is no job, when it holds none.
JobId job_in(const std::string& detail) {
    JobId job;
    std::from_chars(detail.data(), detail.data() + detail.size(), job.value);
    return job;
}

} // namespace

/// Threads and what they do:
/// - workers take a held task, run its step and submit its end; they never wait for a commit;
/// - the keeper sleeps until a deadline, a due task, a look that comes by itself or a write that must be tried again;
/// - the database's listening thread brings what other processes announce (shared database only);
/// - the database's committing thread runs what AttemptEnds and QueueWatch submit and, after a commit, hands out what
/// was
///   claimed in it.
class WorkerPool::Impl {
public:
    Impl(Database& database, Queue& queue, const Clock& clock, std::vector<std::unique_ptr<Step>> steps,
         WorkerOptions options)
        : database_(database), pool_(database, queue, clock, std::move(steps), std::move(options)),
          ends_(pool_, [this] { watch_.look(); }), watch_(pool_, ends_), looks_at_(next_look()),
          workers_([this] { work(); }) {
        for (int i = 0; i < pool_.options.threads; ++i) workers_.start();
        keeper_ = std::thread([this] { keep(); });
        if (!pool_.options.sole_owner) {
            listening_ =
                database.listen([this](const std::string& topic, const std::string& detail) { hear(topic, detail); });
        }
        watch_.look();
    }

    ~Impl() {
        listening_.reset();
        pool_.stopping = true;
        for (auto& task : pool_.held.close()) ends_.give_back(std::move(task));
        workers_.join();
        pool_.alarm.close();
        keeper_.join();
        pool_.commits.wait();
    }

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void wake() { watch_.look(); }

    JobId accept(Transaction& tx, const NewJob& job, Flush flush) {
        if (!pool_.recovered) {
            tx.after_commit([this] { watch_.look(); });
            return pool_.queue.accept(tx, job, pool_.clock.now());
        }
        const auto claim = std::make_shared<RidingClaim>(pool_);
        RidingSteps riders(pool_, flush);
        DirectClaim& direct = claim->direct(tx);
        direct.riders = &riders;
        const JobId id = pool_.queue.accept(tx, job, pool_.clock.now(), direct);
        direct.riders = nullptr;
        const auto ended_as = direct.job_ended_as;
        if (job.first.run_after) pool_.due.forget();
        claim->take(tx);
        tx.after_commit([this, claim, id, ended_as] {
            ends_.settle(*claim, true);
            if (ended_as) pool_.touch(id, ended_as);
        });
        return id;
    }

    std::optional<JobState> wait(JobId job, Moment deadline) {
        return pool_.waiters.wait(job, deadline, [&] {
            const auto state = database_.look([&](Transaction& tx) { return job_repository::state_of(tx, job); });
            if (!state) throw Error(ErrorCode::NotFound, fmt::format("There is no job {}.", job.value));
            return *state;
        });
    }

private:
    void work() {
        while (const auto run = pool_.held.take([this](RunningTask& started) { prepare(started); })) {
            pool_.alarm.ring_by(run->deadline);
            auto end = compute(*run);
            const auto settled = pool_.held.settle(run);
            if (settled == HeldTasks::Settled::Ours) {
                submit_end(run->task, std::move(end));
            } else {
                watch_.look(); // no completion of ours will claim for this thread
                if (settled == HeldTasks::Settled::Retire) return;
            }
        }
    }

    void prepare(RunningTask& run) const {
        run.step = pool_.steps.find(run.task.kind);
        run.task.started_at = pool_.clock.now();
        run.began = SteadyClock::now();
        run.deadline = run.began + (run.step != nullptr ? run.step->limits() : StepLimits{}).time_limit;
    }

    /// What the step said, or what its exception means.
    std::variant<Done, Setback> compute(const RunningTask& run) {
        if (run.step == nullptr) {
            return Setback{.is_final = true,
                           .why =
                               fmt::format("This program has no step of the kind '{}'; start the version that made it.",
                                           run.task.kind)};
        }
        try {
            auto outcome = run.step->compute(run.task, {.stop = run.stop.get_token(), .deadline = run.deadline});
            if (auto* done = std::get_if<Done>(&outcome)) return std::move(*done);
            if (const auto* retry = std::get_if<Retry>(&outcome)) return pool_.setbacks.of(run.task, *retry);
            return Setback{.is_final = true, .why = std::get<Fail>(outcome).why};
        } catch (const Error& error) {
            // A step that stopped because this program stops has not failed.
            if (error.code() == ErrorCode::Cancelled && pool_.stopping) {
                return Setback{.why = run.task.error, .counts_as_attempt = false};
            }
            return pool_.setbacks.of(run.task, std::current_exception());
        } catch (...) {
            return pool_.setbacks.of(run.task, std::current_exception());
        }
    }

    void submit_end(const Task& task, std::variant<Done, Setback> end) {
        if (auto* done = std::get_if<Done>(&end)) {
            ends_.complete(task, std::move(*done));
        } else {
            ends_.set_back(task, std::move(std::get<Setback>(end)));
        }
    }

    void keep() {
        while (pool_.alarm.sleep([this] { return next_event(); })) {
            const auto now = SteadyClock::now();
            end_overdue(now);
            ends_.try_again(now);
            watch_.look_again(now);
            const bool by_itself = look_is_due(now);
            if (pool_.due.ring(pool_.clock.now()) || by_itself) watch_.look();
        }
    }

    /// What another process announced.
    void hear(const std::string& topic, const std::string& detail) {
        if (topic == queue_topic::ready) pool_.due.forget(); // also where there is no room now: see RidingClaim
        if (topic == queue_topic::ended) {
            const JobId job = job_in(detail);
            pool_.touch(job);
            if (pool_.held.holds(job)) watch_.look(); // it was cancelled, and our tasks with it
        } else if (topic == Database::missed) {
            pool_.touch_all();
            watch_.look();
        } else if (topic == queue_topic::later || (topic == queue_topic::ready && pool_.held.has_room())) {
            watch_.look();
        }
    }

    std::optional<Moment> next_event() {
        auto next = pool_.held.next_deadline();
        const auto consider = [&next](std::optional<Moment> moment) {
            if (moment) next = std::min(next.value_or(Moment::max()), *moment);
        };
        if (const auto due = pool_.due.due()) {
            consider(SteadyClock::now() + std::min<Milliseconds>(*due - pool_.clock.now(), sleep_max));
        }
        consider(looks_at_);
        consider(ends_.try_again_at());
        consider(watch_.look_again_at());
        return next;
    }

    void end_overdue(Moment now) {
        const auto overdue = pool_.held.take_overdue(now);
        for (int i = 0; i < overdue.to_replace; ++i) replace_worker();
        for (const auto& run : overdue.timed_out) {
            const auto limit = std::chrono::duration_cast<Milliseconds>(run->deadline - run->began);
            const Retry retry{.after = std::nullopt,
                              .why = fmt::format("It ran longer than its limit of {} ms.", limit.count())};
            ends_.set_back(run->task, pool_.setbacks.of(run->task, retry));
        }
    }

    void replace_worker() {
        try {
            workers_.start();
        } catch (const std::system_error& error) {
            pool_.report(fmt::format("No thread can be started in place of one that overran its time limit ({}); "
                                     "fewer steps run at a time.",
                                     error.what()));
        }
    }

    /// On a shared database the look is a heartbeat, too; where nobody else is it only finds what nobody was told of.
    [[nodiscard]] Moment next_look() const {
        return SteadyClock::now() + (pool_.options.sole_owner ? pool_.options.lease : pool_.options.lease / 3);
    }

    bool look_is_due(Moment now) {
        if (looks_at_ > now) return false;
        looks_at_ = next_look();
        if (!pool_.options.sole_owner) watch_.recover_with_next_look();
        return true;
    }

    Database& database_;
    PoolParts pool_;
    AttemptEnds ends_;
    QueueWatch watch_;
    Moment looks_at_; ///< used by the keeper alone
    WorkerThreads workers_;
    std::thread keeper_;
    std::unique_ptr<Listening> listening_; ///< only on a shared database
};

WorkerPool::WorkerPool(Database& database, Queue& queue, const Clock& clock, std::vector<std::unique_ptr<Step>> steps,
                       WorkerOptions options)
    : impl_(std::make_unique<Impl>(database, queue, clock, std::move(steps), std::move(options))) {}

WorkerPool::~WorkerPool() = default;

void WorkerPool::wake() {
    impl_->wake();
}

JobId WorkerPool::accept(Transaction& tx, const NewJob& job, Flush flush) {
    return impl_->accept(tx, job, flush);
}

std::optional<JobState> WorkerPool::wait(JobId job, std::chrono::steady_clock::time_point deadline) {
    return impl_->wait(job, deadline);
}

} // namespace vitrine
