#pragma once

#include <optional>
#include <vector>

#include <vitrine/job.hpp>

#include "jobs/pool_parts.hpp"

namespace vitrine {

/// A claim that rides in a transaction made for something else, so that the next tasks cost no commit of their own.
/// Lives as long as that transaction: `take` inside it, as often as it runs, and `settle` once after it; destroying it
/// instead is settling after a rollback.
class RidingClaim {
public:
    explicit RidingClaim(PoolParts& pool) : pool_(pool) {}
    ~RidingClaim() { release(); }
    RidingClaim(RidingClaim&& other) noexcept;
    RidingClaim& operator=(RidingClaim&&) = delete;

    /// For what the transaction is about to make: the room that there is, unless others may be due before it. Lives
    /// until `take`, which comes last.
    [[nodiscard]] DirectClaim& direct(Transaction& tx);

    /// Keeps what was taken directly, and claims what there is room for beyond it, unless it is known that there is
    /// nothing; asks when the next delayed task is due where that is not known.
    void take(Transaction& tx);

    /// Hands the tasks to the workers if the transaction was committed. What they do not want, because they are
    /// stopping.
    [[nodiscard]] std::vector<Task> settle(bool committed);

private:
    [[nodiscard]] bool would_find_nothing(const Transaction& tx) const;
    void claim(Transaction& tx);
    void leave_the_rest();
    void begin();
    [[nodiscard]] int room() const { return reserved_ - static_cast<int>(tasks_.size()); }
    void release();

    PoolParts& pool_;
    int reserved_ = 0;
    std::optional<DirectClaim> direct_; ///< between `direct` and `take`
    std::vector<Task> tasks_;

    struct Due {
        std::optional<Timestamp> moment;
        std::uint64_t doubts = 0;
    };
    std::optional<Due> due_; ///< the answer, where it was asked
};

} // namespace vitrine
