#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include <vitrine/time.hpp>

namespace vitrine {

/// When the next task of the queue is due, as far as one pool knows, which has claimed all that was due before. It asks
/// the database only after it was rung, and keeps up with the delayed tasks that its own steps make. Safe from any
/// thread.
class DueTimer {
public:
    /// Whether the database need not be asked.
    [[nodiscard]] bool known() {
        const std::lock_guard lock(mutex_);
        return known_;
    }

    /// Whether it is known that nothing is due before `now`, delayed or not.
    [[nodiscard]] bool nothing_is_due(Timestamp now) {
        const std::lock_guard lock(mutex_);
        return known_ && (!due_ || *due_ > now);
    }

    /// There may be tasks that nobody knows of here, or some that there was no room for.
    void forget() {
        const std::lock_guard lock(mutex_);
        known_ = false;
        ++doubts_;
    }

    /// What the database said, and how many `doubts` there were when it was asked: an answer that is older than the
    /// last of them settles nothing.
    void learn(std::optional<Timestamp> due, std::uint64_t doubts) {
        const std::lock_guard lock(mutex_);
        if (doubts == doubts_) {
            due_ = due;
            known_ = true;
        } else if (due && (!due_ || *due < *due_)) {
            due_ = due;
        }
    }

    [[nodiscard]] std::uint64_t doubts() {
        const std::lock_guard lock(mutex_);
        return doubts_;
    }

    /// One more delayed task was committed.
    void add(Timestamp due) {
        const std::lock_guard lock(mutex_);
        if (!due_ || due < *due_) due_ = due;
    }

    [[nodiscard]] std::optional<Timestamp> due() {
        const std::lock_guard lock(mutex_);
        return due_;
    }

    /// Whether it has rung: then it must be set anew.
    bool ring(Timestamp now) {
        const std::lock_guard lock(mutex_);
        if (!due_ || *due_ > now) return false;
        due_.reset();
        known_ = false;
        ++doubts_;
        return true;
    }

private:
    std::mutex mutex_;
    std::optional<Timestamp> due_;
    bool known_ = false;
    std::uint64_t doubts_ = 0;
};

} // namespace vitrine
