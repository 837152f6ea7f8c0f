#pragma once

#include <string>

#include <vitrine/engine.hpp>

#include "server/message.hpp"

// The answers that several groups of endpoints give.

namespace vitrine::server {

/// 200 or another status with a JSON document.
Response json_response(std::string document, int status = 200);

/// 202 {"job":{…}} with the job's address in Location.
Response accepted_response(const Job& job);

/// The job with its tasks; throws Error(NotFound).
JobDetail require_job(Engine& engine, JobId id);

/// The segment that stands for `text` in an address.
std::string address_segment(const std::string& text);

} // namespace vitrine::server
