#include "jobs/attempt_ends.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <vitrine/error.hpp>

#include "jobs/riding_steps.hpp"

namespace vitrine {

namespace {

using SteadyClock = std::chrono::steady_clock;

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

struct AttemptEnds::Success {
    Task task;
    Done done;
    Timestamp now;
    SteadyClock::time_point submitted;
    RidingClaim claim;
    std::optional<Timestamp> due{}; ///< when its first delayed successor is due
    bool effects_threw = false;     ///< the step's own doing, not the database's
    bool rode = false;              ///< a step that followed ran in the same transaction
    bool without_riders = false;    ///< they are to follow by themselves
    bool goes_on = false;           ///< somebody waited for the job already, and it has not ended with this
    std::optional<JobState> job_ended_as{};
};

void AttemptEnds::complete(const Task& task, Done done) {
    submit(std::make_shared<Success>(Success{.task = task,
                                             .done = std::move(done),
                                             .now = pool_.clock.now(),
                                             .submitted = SteadyClock::now(),
                                             .claim = RidingClaim(pool_)}));
}

void AttemptEnds::submit(const std::shared_ptr<Success>& success) {
    const Flush flush = success->done.ends_job ? Flush::First : Flush::Soon;
    const auto work = [this, success, flush](Transaction& tx) {
        success->rode = false;
        const Next next = run_effects(*success, tx);
        const Task& task = success->task;
        RidingSteps riders(pool_, flush);
        DirectClaim& direct = success->claim.direct(tx);
        if (!success->without_riders) direct.riders = &riders;
        try {
            const auto end = pool_.queue.complete(tx, task, next, success->now, direct);
            success->job_ended_as = end.job_ended_as();
            if (end.is_lost()) throw AttemptLost{};
        } catch (...) {
            success->rode = riders.rode();
            throw;
        }
        direct.riders = nullptr;
        success->rode = riders.rode();
        success->due = earliest(next);
        success->goes_on = !success->job_ended_as && pool_.waiters.is_waited_for(task.job_id);
        success->claim.take(tx);
    };
    pool_.commits.submit(
        work, [this, success](const std::exception_ptr& error) { completed(success, error); }, flush,
        success->task.job_id.value);
}

Next AttemptEnds::run_effects(Success& success, Transaction& tx) {
    if (!success.done.effects) return {};
    try {
        return success.done.effects(tx);
    } catch (const Error&) {
        success.effects_threw = true;
        throw;
    }
}

void AttemptEnds::completed(const std::shared_ptr<Success>& success, const std::exception_ptr& error) {
    settle(success->claim, !error);
    pool_.held.note_commit(SteadyClock::now() - success->submitted);
    if (!error) {
        if (success->due) pool_.add_due(*success->due);
        // Whoever came to wait while the transaction was under way may have looked before it was committed.
        const JobId job = success->task.job_id;
        success->goes_on ? pool_.tell(job) : pool_.touch(job, success->job_ended_as);
        return;
    }
    const auto refusal = refusal_of(error);
    if (std::exchange(success->rode, false)) { // what is refused before it runs must not look as if it rode
        success->without_riders = true;        // then it is seen whose fault it was
        submit(success);
    } else if (refusal == Refusal::Lost) {
        look_();
    } else if (refusal == Refusal::Passing && !success->effects_threw) {
        keep_for_later(success, error);
    } else {
        set_back(success->task, pool_.setbacks.of(success->task, error));
    }
}

/// The database cannot store it now: what the step has done is not thrown away for that. If it was stored after all, as
/// happens when a connection breaks, the attempt turns out not to be ours any more.
void AttemptEnds::keep_for_later(const std::shared_ptr<Success>& success, const std::exception_ptr& error) {
    if (pool_.stopping) return; // the next start, or the end of the lease, gives the task back
    pool_.report(pool_.setbacks.of(success->task, error).why);
    {
        const std::lock_guard lock(mutex_);
        unstored_.push_back(success);
        if (!try_again_at_) try_again_at_ = SteadyClock::now() + pool_.options.ask_again;
    }
    pool_.alarm.ring();
}

void AttemptEnds::set_back(const Task& task, Setback setback) {
    record({.task = task, .setback = std::move(setback)});
}

void AttemptEnds::give_back(Task task) {
    task.started_at = pool_.clock.now();
    auto why = task.error;
    record({.task = std::move(task), .setback = {.why = std::move(why), .counts_as_attempt = false}});
}

void AttemptEnds::record(Record record) {
    const auto claim = std::make_shared<RidingClaim>(pool_);
    const auto kept = std::make_shared<const Record>(std::move(record));
    const auto now = pool_.clock.now();
    const auto due = std::make_shared<std::optional<Timestamp>>();
    const auto work = [this, claim, kept, now, due](Transaction& tx) {
        *due = write_down(tx, *kept, now);
        claim->take(tx);
    };
    pool_.commits.submit(
        work,
        [this, claim, kept, due](const std::exception_ptr& error) {
            settle(*claim, !error);
            if (error) return record_again(*kept, error);
            if (*due) pool_.add_due(**due);
            pool_.touch(kept->task.job_id);
        },
        Flush::First, kept->task.job_id.value);
}

std::optional<Timestamp> AttemptEnds::write_down(Transaction& tx, const Record& record, Timestamp now) const {
    const auto& [task, setback, tell_step] = record;
    if (!setback.is_final) {
        const auto due =
            pool_.queue.retry_later(tx, task, setback.why, now + setback.after, setback.counts_as_attempt, now);
        if (!due) throw AttemptLost{};
        return due;
    }
    if (!pool_.queue.fail(tx, task, setback.why, now)) throw AttemptLost{};
    if (tell_step) pool_.steps.tell_failed(tx, task, setback.why);
    return std::nullopt;
}

void AttemptEnds::record_again(Record record, const std::exception_ptr& error) {
    const auto refusal = refusal_of(error);
    if (refusal == Refusal::Lost) return look_();
    const std::string why = pool_.setbacks.of(record.task, error).why;
    if (refusal == Refusal::Lasting && record.setback.is_final && std::exchange(record.tell_step, false)) {
        // The step's own on_failed broke: the failure is recorded without it, or the task would stay for ever.
        record.setback.why += " Its end could not be noted as it should: " + why;
        return this->record(std::move(record));
    }
    if (pool_.stopping) return; // the next start, or the end of the lease, gives the task back
    pool_.report(why);
    {
        const std::lock_guard lock(mutex_);
        refused_.push_back(std::move(record));
        if (!try_again_at_) try_again_at_ = SteadyClock::now() + pool_.options.ask_again;
    }
    pool_.alarm.ring();
}

void AttemptEnds::settle(RidingClaim& claim, bool committed) {
    for (auto& unwanted : claim.settle(committed)) give_back(std::move(unwanted));
}

std::optional<AttemptEnds::Moment> AttemptEnds::try_again_at() {
    const std::lock_guard lock(mutex_);
    return try_again_at_;
}

void AttemptEnds::try_again(Moment now) {
    std::vector<Record> refused;
    std::vector<std::shared_ptr<Success>> unstored;
    {
        const std::lock_guard lock(mutex_);
        if (!try_again_at_ || *try_again_at_ > now) return;
        try_again_at_.reset();
        refused.swap(refused_);
        unstored.swap(unstored_);
    }
    for (const auto& success : unstored) complete(success->task, std::move(success->done));
    for (auto& record : refused) this->record(std::move(record));
}

} // namespace vitrine
