#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <mutex>

namespace vitrine {

/// How quickly the models, and searches of the catalogue, have answered lately. It goes by the quickest of the last
/// answers to each question: what others take longer is the machine's load, which would not be less on another thread.
/// Safe from any thread.
class ModelPace {
public:
    enum class Question { Crop, Label, Match, Search };

    /// Within this an answer is quick. Labels are asked for one after the other in a head start and several at once by
    /// steps, the others once either way (docs/decisions/head-starts.md).
    static constexpr std::chrono::microseconds quick_for(Question question) {
        return std::chrono::microseconds(question == Question::Label ? 1'500 : 5'000);
    }

    /// What `ask` answers; notes how long it took, unless it throws.
    template <class Ask>
    auto time(Question question, Ask ask) {
        const auto start = std::chrono::steady_clock::now();
        auto answer = ask();
        note(question, std::chrono::steady_clock::now() - start);
        return answer;
    }

    void note(Question question, std::chrono::nanoseconds took) {
        const std::lock_guard lock(mutex_);
        Recent& recent = recent_.at(static_cast<std::size_t>(question));
        recent.times.at(recent.next) = took;
        recent.next = (recent.next + 1) % recent.times.size();
        recent.known = std::min(recent.known + 1, recent.times.size());
    }

    /// False as long as the question was never answered.
    [[nodiscard]] bool is_quick(Question question) const {
        const std::lock_guard lock(mutex_);
        const Recent& recent = recent_.at(static_cast<std::size_t>(question));
        const auto end = recent.times.begin() + static_cast<std::ptrdiff_t>(recent.known);
        return recent.known > 0 && *std::min_element(recent.times.begin(), end) < quick_for(question);
    }

private:
    struct Recent {
        std::array<std::chrono::nanoseconds, 16> times{};
        std::size_t next = 0;
        std::size_t known = 0;
    };

    mutable std::mutex mutex_;
    std::array<Recent, 4> recent_; ///< by question; guarded by mutex_
};

} // namespace vitrine
