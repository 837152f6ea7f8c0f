#pragma once

#include "jobs/pool_parts.hpp"
#include "jobs/queue.hpp"

namespace vitrine {

/// The steps of a pool, as riders of one transaction. What ends the job rides only where the transaction is on the disk
/// before anybody hears of it (`flush`).
class RidingSteps final : public Riders {
public:
    RidingSteps(const PoolParts& pool, Flush flush) : pool_(pool), flush_(flush) {}

    [[nodiscard]] std::optional<Done> ride(Transaction& tx, const Task& task, const HeadStart& head_start) override;

    /// Whether any did: what is thrown after that may not be the doing of the step that the transaction was made for,
    /// which must then be tried without riders.
    [[nodiscard]] bool rode() const noexcept { return rides_ > 0; }

private:
    const PoolParts& pool_;
    const Flush flush_;
    int rides_ = 0;
};

} // namespace vitrine
