#include "jobs/setback.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/not_its_turn.hpp"

namespace vitrine {

Setback Setbacks::of(const Task& task, const Retry& retry) {
    const auto after = retry.after ? *retry.after : backoff(task.attempts, std::nullopt);
    return {.is_final = retry.counts_as_attempt && task.attempts >= task.max_attempts,
            .why = retry.why,
            .after = std::max(after, Milliseconds{0}),
            .counts_as_attempt = retry.counts_as_attempt};
}

Setback Setbacks::of(const Task& task, const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const NotItsTurn& failure) {
        return of(task, Retry{.after = failure.retry_after(), .why = failure.what(), .counts_as_attempt = false});
    } catch (const Error& failure) {
        if (!failure.retryable()) return {.is_final = true, .why = failure.what()};
        return of(task, Retry{.after = backoff(task.attempts, failure.retry_after()), .why = failure.what()});
    } catch (const std::exception& failure) {
        return {.is_final = true, .why = fmt::format("The step '{}' broke: {}", task.kind, failure.what())};
    } catch (...) {
        return {.is_final = true,
                .why = fmt::format("The step '{}' broke with something that is no error.", task.kind)};
    }
}

Milliseconds Setbacks::backoff(int attempts, std::optional<Milliseconds> asked) {
    const std::lock_guard lock(mutex_);
    return policy_.backoff(attempts, asked, random_);
}

} // namespace vitrine
