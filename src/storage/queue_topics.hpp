#pragma once

/// What the processes of a shared queue tell each other (Transaction::announce).
namespace vitrine::queue_topic {

/// Tasks are ready that the process which made them does not take itself.
inline constexpr auto ready = "ready";

/// A task was made that is due later.
inline constexpr auto later = "later";

/// A job has ended, in whatever way. Detail: its id.
inline constexpr auto ended = "ended";

} // namespace vitrine::queue_topic
