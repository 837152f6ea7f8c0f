#pragma once

#include <chrono>
#include <functional>

#include "server/job_events.hpp"
#include "server/message.hpp"

namespace vitrine::server {

/// What `answer` gives once the job has ended or `wait` has passed, whichever comes first, or the server stops. Holds
/// no thread meanwhile. The job goes on whatever becomes of who waits. `answer` is called on the thread of `events`;
/// what it throws becomes a problem.
Later when_ended_or_after(JobEvents& events, JobId job, std::chrono::seconds wait, std::function<Response()> answer);

} // namespace vitrine::server
