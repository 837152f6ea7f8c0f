#include "jobs/step.hpp"

namespace vitrine {

// Most steps leave nothing behind that a failure must undo: nothing of a failed attempt was stored.
std::optional<Done> Step::ride(Transaction&, const Task&, const HeadStart&) {
    return std::nullopt;
}

void Step::on_failed(Transaction&, const Task&, const std::string&) {}

} // namespace vitrine
