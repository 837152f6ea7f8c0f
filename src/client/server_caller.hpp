#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <vitrine/error.hpp>

#include "client/server_address.hpp"
#include "http/http_client.hpp"

namespace vitrine {

/// One thing asked of a server.
struct ServerCall {
    HttpMethod method = HttpMethod::Get;
    std::string path; ///< "/v1/jobs/7", with its query
    std::string_view body = {};
    std::string content_type = {};
    std::string request_key = {}; ///< Idempotency-Key; empty: none
    std::chrono::seconds wait{0}; ///< Prefer: wait
};

struct ServerAnswer {
    int status = 0;
    std::string body; ///< JSON, unless the status is 204
};

/// Calls a Vitrine server's HTTP API and makes of its problems the errors that an Engine of this process would have
/// thrown. Safe from any thread.
class ServerCaller {
public:
    explicit ServerCaller(ServerAddress address) : address_(std::move(address)) {}

    /// The answer, its status 2xx. A server that cannot be reached, has no time or cuts the connection is asked again,
    /// four times in all within some two seconds: every call is one that may come twice, by its method or its key.
    ///
    /// Throws the problem that the server tells, with its code and its sentence; Error(Configuration) when it wants
    /// another API key; Error(Unavailable) or Error(TimedOut) when it is away, silent, or not a Vitrine server.
    ServerAnswer ask(const ServerCall& call);

    /// The same; nothing where the server says that there is no such thing.
    std::optional<ServerAnswer> find(const ServerCall& call);

    /// Removes; false where there was nothing. One whose answer was lost counts as done when it is not there any more.
    bool remove(const std::string& path);

    /// `read` of the answer's body. What it throws as Error(BadInput), a clause, becomes Error(Unavailable): what
    /// answers there is no server of this version.
    template <class Read>
    auto read(const ServerCall& call, const Read& read) {
        const auto answer = ask(call);
        return understood(call, answer, read);
    }

    template <class Read>
    auto understood(const ServerCall& call, const ServerAnswer& answer, const Read& read) const {
        try {
            return read(answer.body);
        } catch (const Error& error) {
            refuse(call, error);
        }
    }

    [[nodiscard]] const std::string& url() const noexcept { return address_.url; }

private:
    ServerAnswer ask_once(const ServerCall& call);
    [[noreturn]] void refuse(const ServerCall& call, const Error& why) const;
    [[nodiscard]] HttpRequest request_for(const ServerCall& call) const;
    [[nodiscard]] Error error_of(const HttpRequest& request, const HttpResponse& response) const;

    const ServerAddress address_;
    HttpClient client_;
};

/// A key that no other request has: 128 random bits.
std::string new_request_key();

} // namespace vitrine
