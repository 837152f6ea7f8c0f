#include "jobs/riding_steps.hpp"

#include <exception>

namespace vitrine {
namespace {

/// Enough for the longest chain of steps that ask only the database; a chain that never ended would stop the queue.
constexpr int rides_max = 4;

} // namespace

std::optional<Done> RidingSteps::ride(Transaction& tx, const Task& task, const HeadStart& head_start) {
    Step* const step = pool_.steps.find(task.kind);
    if (step == nullptr || rides_ >= rides_max) return std::nullopt;
    try {
        auto done = step->ride(tx, task, head_start);
        if (!done || (done->ends_job && flush_ != Flush::First)) return std::nullopt;
        ++rides_;
        return done;
    } catch (const std::exception&) {
        return std::nullopt; // a worker will come upon the same, and say it of the task
    }
}

} // namespace vitrine
