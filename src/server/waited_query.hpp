#pragma once

#include <chrono>

#include "server/api.hpp"

namespace vitrine::server {

/// The answer to a query as it is now: the result when its job has ended, else 202 with the job. Throws Error(NotFound)
/// when there is no such query.
Response query_response(Engine& engine, JobId job);

/// The same once the job has ended or `wait` has passed, whichever comes first. Holds no thread. The job goes on
/// whatever becomes of who waits.
Later query_response_within(const ApiParts& parts, JobId job, std::chrono::seconds wait);

} // namespace vitrine::server
