#include "jobs/queue_watch.hpp"

#include <memory>
#include <utility>

#include <vitrine/error.hpp>

#include "storage/job_repository.hpp"

namespace vitrine {

namespace {

bool is_passing(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const Error& failure) {
        return failure.retryable();
    } catch (...) {
        return false;
    }
}

} // namespace

struct QueueWatch::Look {
    explicit Look(PoolParts& pool) : claim(pool) {}

    RidingClaim claim;
    int recovery = 0;   ///< which of the wanted recoveries this look sees
    bool waits = false; ///< it leaves what others hold to them
    std::vector<HeldTask> held;
    std::vector<JobId> ended_jobs;
};

void QueueWatch::look() {
    {
        const std::lock_guard lock(mutex_);
        once_more_ = looking_;
        if (std::exchange(looking_, true)) return;
    }
    submit_look();
}

void QueueWatch::submit_look() {
    const auto look = std::make_shared<Look>(pool_);
    pool_.commits.submit([this, look](Transaction& tx) { read(tx, *look); },
                         [this, look](const std::exception_ptr& error) { looked(*look, error); }, Flush::First, 0);
}

void QueueWatch::read(Transaction& tx, Look& look) {
    look.ended_jobs.clear();
    look.recovery = recoveries_wanted_;
    if (look.recovery != recoveries_done_) recover(tx, look);
    look.held = pool_.queue.held_by(tx, pool_.options.name);
    if (const auto oldest = pool_.waiters.oldest()) {
        for (const JobId job : job_repository::cancelled_since(tx, *oldest)) look.ended_jobs.push_back(job);
    }
    pool_.due.forget();
    look.claim.take(tx);
}

void QueueWatch::recover(Transaction& tx, Look& look) const {
    const auto now = pool_.clock.now();
    const bool first = recoveries_done_ == 0;
    if (!pool_.options.sole_owner) {
        // A lease that cannot be extended is not held any more, which held_by tells.
        for (const auto& task : pool_.held.all()) pool_.queue.extend(tx, task, now + pool_.options.lease);
    }
    look.waits = was_cut_off();
    if (look.waits) return;
    for (const auto& task : pool_.queue.recover(tx, now, pool_.options.sole_owner && first).failed) {
        if (tell_steps_) pool_.steps.tell_failed(tx, task, task.error);
        look.ended_jobs.push_back(task.job_id);
    }
}

/// After the database was away for long, everybody's leases have run out, and everybody else is about to extend theirs
/// as we just did: nothing is taken from them this once.
bool QueueWatch::was_cut_off() const {
    if (pool_.options.sole_owner || recoveries_done_ == 0 || waited_) return false;
    return std::chrono::steady_clock::now() - beat_ > pool_.options.lease;
}

void QueueWatch::looked(Look& look, const std::exception_ptr& error) {
    std::vector<JobId> let_go;
    if (!error) {
        if (look.recovery != recoveries_done_) {
            beat_ = std::chrono::steady_clock::now();
            waited_ = look.waits;
        }
        recoveries_done_ = look.recovery;
        pool_.recovered = true;
        let_go = pool_.held.keep_only(look.held);
        for (const JobId job : let_go) pool_.touch(job);
        for (const JobId job : look.ended_jobs) pool_.touch(job);
    } else {
        tell_steps_ = is_passing(error);
        pool_.report(pool_.setbacks.of({}, error).why);
    }
    ends_.settle(look.claim, !error);
    bool again = false;
    {
        const std::lock_guard lock(mutex_);
        looking_ = false;
        if (error && !pool_.stopping) look_again_at_ = std::chrono::steady_clock::now() + pool_.options.ask_again;
        // For the room of what was let go of there is now: this look may have left something for want of it.
        again = (std::exchange(once_more_, false) || !let_go.empty()) && !error;
    }
    if (again) this->look();
    if (error) pool_.alarm.ring();
}

std::optional<QueueWatch::Moment> QueueWatch::look_again_at() {
    const std::lock_guard lock(mutex_);
    return look_again_at_;
}

void QueueWatch::look_again(Moment now) {
    {
        const std::lock_guard lock(mutex_);
        if (!look_again_at_ || *look_again_at_ > now) return;
        look_again_at_.reset();
    }
    look();
}

} // namespace vitrine
