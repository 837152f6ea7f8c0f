#pragma once

#include <functional>

namespace vitrine {

/// The parts of one call to a model server.
struct GatedCall {
    /// Sends the finished request. Called when it is the call's turn, on any thread, so that nobody has to wake up
    /// first; not at all where a limit that processes share must be asked first. Must not throw or wait.
    std::function<void()> begin;
    std::function<void()> exchange; ///< sends the request unless `begin` did, and takes the answer
    std::function<void()> read;     ///< makes sense of it, when the next call may be under way already
};

/// What each call to a model server passes: limits on how many and how often, and a record of how calls end. Safe from
/// any thread.
class CallGate {
public:
    virtual ~CallGate() = default;

    /// Waits for the call's turn and runs its parts. Throws what they throw, and NotItsTurn where the call was not made
    /// or was turned away.
    virtual void pass(const GatedCall& call) = 0;
};

} // namespace vitrine
