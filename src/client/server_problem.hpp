#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <vitrine/error.hpp>
#include <vitrine/time.hpp>

// What a Vitrine server's problem (RFC 9457, docs/api.md) means to whoever asked it.

namespace vitrine {

struct ServerProblem {
    std::string code;   ///< "not_found"
    std::string detail; ///< one sentence
};

/// The problem that an answer's body tells; nothing for any other text.
std::optional<ServerProblem> problem_from(std::string_view body);

/// What stands around a problem.
struct ProblemContext {
    std::string url;        ///< of the server
    bool key_given = false; ///< an API key was sent
    std::optional<Milliseconds> retry_after = std::nullopt;
};

/// The error: the one that the server met, of the same code and with the same sentence. What only HTTP knows:
///   unauthorized, forbidden   Configuration: which key to give, and how
///   conflict with Retry-After Unavailable: the first request of this key is still under way
///   method_not_allowed        Unsupported: the server is of another version
///   any other code            Unavailable
Error error_from(const ServerProblem& problem, const ProblemContext& context);

} // namespace vitrine
