#include "jobs/setback.hpp"

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine {

Setback setback_of(const Task& task, const Retry& retry, const RetryPolicy& policy, std::mt19937_64& random) {
    const auto after = retry.after ? *retry.after : policy.backoff(task.attempts, std::nullopt, random);
    return {.is_final = retry.counts_as_attempt && task.attempts >= task.max_attempts,
            .why = retry.why,
            .after = std::max(after, Milliseconds{0}),
            .counts_as_attempt = retry.counts_as_attempt};
}

Setback setback_of(const Task& task, const std::exception_ptr& error, const RetryPolicy& policy,
                   std::mt19937_64& random) {
    try {
        std::rethrow_exception(error);
    } catch (const Error& failure) {
        if (!failure.retryable()) return {.is_final = true, .why = failure.what()};
        const auto after = policy.backoff(task.attempts, failure.retry_after(), random);
        return setback_of(task, Retry{.after = after, .why = failure.what()}, policy, random);
    } catch (const std::exception& failure) {
        return {.is_final = true, .why = fmt::format("The step '{}' broke: {}", task.kind, failure.what())};
    } catch (...) {
        return {.is_final = true,
                .why = fmt::format("The step '{}' broke with something that is no error.", task.kind)};
    }
}

} // namespace vitrine
