#include "jobs/riding_steps.hpp"

#include <algorithm>
#include <exception>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

/// Enough for the longest chain of steps that ask only the database; a chain that never ended would stop the queue.
constexpr int rides_max = 4;

std::optional<Done> ride(PoolParts& pool, Transaction& tx, const Task& task) {
    Step* const step = pool.steps.find(task.kind);
    if (step == nullptr) return std::nullopt;
    try {
        return step->ride(tx, task);
    } catch (const std::exception&) {
        return std::nullopt; // a worker will come upon the same, and say it of the task
    }
}

} // namespace

Completion let_steps_ride(PoolParts& pool, Transaction& tx, DirectClaim& direct, Flush flush, bool& rode) {
    std::size_t at = 0;
    for (int rides = 0; rides < rides_max && at < direct.taken.size();) {
        auto done = ride(pool, tx, direct.taken[at]);
        if (!done || (done->ends_job && flush != Flush::First)) {
            ++at;
            continue;
        }
        const Task task = std::move(direct.taken[at]);
        direct.taken.erase(direct.taken.begin() + static_cast<std::ptrdiff_t>(at));
        ++direct.room;
        ++rides;
        rode = true;
        const Next next = done->effects ? done->effects(tx) : Next{};
        switch (pool.queue.complete(tx, task, next, pool.clock.now(), direct)) {
        case Completion::JobOver:
            direct.room += static_cast<int>(direct.taken.size()); // cancelled with it
            direct.taken.clear();
            return Completion::JobOver;
        case Completion::GoesOn: break;
        case Completion::Lost:
            throw Error(ErrorCode::Internal, "A task was taken away in the transaction that made it.");
        }
    }
    return Completion::GoesOn;
}

} // namespace vitrine
