#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "jobs/pool_parts.hpp"
#include "jobs/riding_claim.hpp"

namespace vitrine {

/// Brings the ends of attempts into the database: each in one transaction with all that belongs to it, and with a claim
/// of the next tasks riding along. Nothing here waits for a commit.
///
/// An end that the database refuses is not lost while the process lives: a passing fault is tried again when the keeper
/// asks, the work of the step with it, and effects that cannot be stored become the attempt's setback. If the process
/// dies first, the task is still running in the database and comes back with the next recovery. Safe from any thread.
class AttemptEnds {
public:
    using Moment = std::chrono::steady_clock::time_point;

    /// `look` is called when an attempt turns out not to be ours any more: somebody should look what else was taken.
    AttemptEnds(PoolParts& pool, std::function<void()> look) : pool_(pool), look_(std::move(look)) {}

    /// The step did its work: its effects, its completion and what follows.
    void complete(const Task& task, Done done);

    /// The step did not: the task is tried again later, or has failed and its step is told.
    void set_back(const Task& task, Setback setback);

    /// Back to the queue as if the task had never been claimed.
    void give_back(Task task);

    /// After the transaction in which `claim` rode.
    void settle(RidingClaim& claim, bool committed);

    /// When to call `try_again`; nothing when nothing was refused.
    [[nodiscard]] std::optional<Moment> try_again_at();

    /// Submits what was refused, if it is time.
    void try_again(Moment now);

private:
    struct Success;

    struct Record {
        Task task;
        Setback setback;
        bool tell_step = true; ///< of a final failure: Step::on_failed
    };

    void submit(const std::shared_ptr<Success>& success);
    void completed(const std::shared_ptr<Success>& success, const std::exception_ptr& error);
    [[nodiscard]] static Next run_effects(Success& success, Transaction& tx);
    void keep_for_later(const std::shared_ptr<Success>& success, const std::exception_ptr& error);
    void record(Record record);
    /// When the task is due again; nothing when it has failed for good.
    std::optional<Timestamp> write_down(Transaction& tx, const Record& record, Timestamp now) const;
    void record_again(Record record, const std::exception_ptr& error);

    PoolParts& pool_;
    const std::function<void()> look_;
    std::mutex mutex_;
    std::vector<Record> refused_;                    ///< guarded by mutex_
    std::vector<std::shared_ptr<Success>> unstored_; ///< guarded by mutex_
    std::optional<Moment> try_again_at_;             ///< guarded by mutex_
};

} // namespace vitrine
