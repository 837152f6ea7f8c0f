#pragma once

#include "jobs/pool_parts.hpp"
#include "jobs/queue.hpp"

namespace vitrine {

/// Of the tasks that `direct` has just taken for one job, runs those whose steps can ride in `tx` (Step::ride), then
/// those that follow from them; the others stay taken. JobOver where the job ended with one of them. What ends the job
/// rides only in a transaction that is on the disk before anybody hears of it (`flush`).
///
/// Sets `rode` before the first effects run: what is thrown after that may not be the doing of the step that the
/// transaction was made for, which must then be tried without riders. Throws what the effects and the database throw.
Completion let_steps_ride(PoolParts& pool, Transaction& tx, DirectClaim& direct, Flush flush, bool& rode);

} // namespace vitrine
