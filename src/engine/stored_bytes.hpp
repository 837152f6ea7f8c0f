#pragma once

#include <exception>
#include <utility>

#include "core/standing_threads.hpp"

namespace vitrine {

/// Whether a picture's bytes were stored, which each run of the write that refers to them must ask: a write may run
/// again (Database), and a future tells of a failure only once. For one thread at a time.
class StoredBytes {
public:
    explicit StoredBytes(Awaited<void> stored) : stored_(std::move(stored)) {}

    /// Waits; throws what the storing threw, each time.
    void expect() {
        if (stored_.valid()) {
            try {
                stored_.get();
            } catch (...) {
                failure_ = std::current_exception();
            }
        }
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    Awaited<void> stored_; ///< not valid: the outcome is known
    std::exception_ptr failure_;
};

} // namespace vitrine
