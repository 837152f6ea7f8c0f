#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/api.hpp"

namespace vitrine::server {

/// How far a job has come, as one number that only grows, whichever process says it: the id of its events.
std::int64_t progress_of(const Job& job);

/// A job's progress as server-sent events (HTML Living Standard, section 9.2): `event: job` with the job's JSON after
/// each change, and the end of the stream after its final state. Each event holds all there is to know, so that who
/// comes back with the id of the last event it saw is told only of what is newer. A comment every 15 s shows that both
/// still live. Holds no thread.
Later job_stream(const ApiParts& parts, JobId job, std::optional<std::int64_t> last_seen);

/// Every job's changes from now on, without ids and without an end: for who looks at a list of jobs.
Later all_jobs_stream(const ApiParts& parts);

} // namespace vitrine::server
