#pragma once

#include <chrono>
#include <ctime>

namespace vitrine {

/// A clock of the time that the calling thread has computed. Limits on work are set in it, so that a busy machine finds
/// in a picture what an idle one finds. Times of two threads cannot be compared.
struct ThreadTime {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<ThreadTime>;
    static constexpr bool is_steady = true;

    static time_point now() noexcept {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time); // cannot fail for one's own thread (POSIX.1-2017, TCT option)
        return time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
    }
};

} // namespace vitrine
