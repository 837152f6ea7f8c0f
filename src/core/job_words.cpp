#include <array>
#include <utility>

#include <vitrine/job.hpp>

namespace vitrine {
namespace {

template <class State, std::size_t N>
using Names = std::array<std::pair<State, std::string_view>, N>;

constexpr Names<JobState, 6> job_states{{
    {JobState::Queued, "queued"},
    {JobState::Running, "running"},
    {JobState::Succeeded, "succeeded"},
    {JobState::PartiallySucceeded, "partially_succeeded"},
    {JobState::Failed, "failed"},
    {JobState::Cancelled, "cancelled"},
}};

constexpr Names<TaskState, 5> task_states{{
    {TaskState::Ready, "ready"},
    {TaskState::Running, "running"},
    {TaskState::Succeeded, "succeeded"},
    {TaskState::Failed, "failed"},
    {TaskState::Cancelled, "cancelled"},
}};

template <class State, std::size_t N>
std::string_view name_of(const Names<State, N>& names, State state) noexcept {
    for (const auto& [known, name] : names) {
        if (known == state) return name;
    }
    return "unknown";
}

template <class State, std::size_t N>
std::optional<State> state_of(const Names<State, N>& names, std::string_view text) noexcept {
    for (const auto& [state, name] : names) {
        if (name == text) return state;
    }
    return std::nullopt;
}

} // namespace

std::string_view to_string(JobState state) noexcept {
    return name_of(job_states, state);
}
std::string_view to_string(TaskState state) noexcept {
    return name_of(task_states, state);
}

std::optional<JobState> job_state_from(std::string_view name) noexcept {
    return state_of(job_states, name);
}
std::optional<TaskState> task_state_from(std::string_view name) noexcept {
    return state_of(task_states, name);
}

} // namespace vitrine
