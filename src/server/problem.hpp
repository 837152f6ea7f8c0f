#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <vitrine/error.hpp>

#include "server/message.hpp"

// What goes wrong, as clients are told: RFC 9457 problem details with a stable `code`. docs/api.md has the table.

namespace vitrine::server {

/// One kind of problem.
struct ProblemKind {
    std::string_view code; ///< stable: "bad_input"
    int status;
    std::string_view title;
};

/// Every kind: one for each ErrorCode, of the same name, and those that only HTTP knows.
const std::vector<ProblemKind>& problem_kinds();

/// The kinds that only HTTP knows.
namespace problem {
inline constexpr auto unauthorized = "unauthorized";
inline constexpr auto forbidden = "forbidden";
inline constexpr auto method_not_allowed = "method_not_allowed";
inline constexpr auto key_reused = "idempotency_key_reused";
inline constexpr auto headers_too_large = "headers_too_large";
} // namespace problem

/// The answer for the kind of this code, with a sentence for a person.
Response problem_response(std::string_view code, std::string_view detail);

/// The answer for an error; Retry-After where it has one, or is worth another try.
Response problem_response(const Error& error);

/// The answer for what is being thrown: an Error, or anything else, which is a fault of ours and is not shown.
Response problem_of_current_exception();

} // namespace vitrine::server
