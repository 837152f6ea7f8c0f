#pragma once

#include <functional>

namespace vitrine {

/// What each call to a model server passes: limits on how many and how often, and a record of how calls end. Safe from
/// any thread.
class CallGate {
public:
    virtual ~CallGate() = default;

    /// Waits for the call's turn and runs `exchange`, which sends the finished request and takes the answer; then, when
    /// the next call may be under way already, `read`, which makes sense of it. Throws what they throw, and NotItsTurn
    /// where the call was not made or was turned away.
    virtual void pass(const std::function<void()>& exchange, const std::function<void()>& read) = 0;
};

} // namespace vitrine
