#pragma once

#include <atomic>

namespace vitrine {

/// A caller of something, counted in `callers` for as long as this lives.
class CountedCaller {
public:
    explicit CountedCaller(std::atomic<int>& callers) : callers_(callers) { ++callers_; }
    ~CountedCaller() { --callers_; }
    CountedCaller(const CountedCaller&) = delete;
    CountedCaller& operator=(const CountedCaller&) = delete;

    /// Whether there is no other now.
    [[nodiscard]] bool is_alone() const { return callers_ == 1; }

private:
    std::atomic<int>& callers_;
};

} // namespace vitrine
