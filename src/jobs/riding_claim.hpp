#pragma once

#include <optional>
#include <string>
#include <vector>

#include <vitrine/job.hpp>

#include "jobs/due_timer.hpp"
#include "jobs/held_tasks.hpp"
#include "jobs/queue.hpp"

namespace vitrine {

/// Whose claims they are.
struct Claimant {
    Queue& queue;
    const Clock& clock;
    HeldTasks& held;
    DueTimer& due;
    std::string worker;
    Milliseconds lease;
};

/// A claim that rides in a transaction made for something else, so that the next tasks cost no commit of their own.
/// Lives as long as that transaction: `take` inside it, as often as it runs, and `settle` once after it.
class RidingClaim {
public:
    explicit RidingClaim(Claimant& claimant) : claimant_(claimant) {}

    /// Claims what there is room for; asks when the next delayed task is due where that is not known.
    void take(Transaction& tx);

    struct Settled {
        bool due_changed = false;
        std::vector<Task> unwanted; ///< claimed, but the workers are stopping
    };

    /// Hands the tasks to the workers if the transaction was committed.
    Settled settle(bool committed);

private:
    Claimant& claimant_;
    int reserved_ = 0;
    std::vector<Task> tasks_;
    std::optional<std::optional<Timestamp>> due_; ///< the answer, where it was asked
};

} // namespace vitrine
