#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <vitrine/time.hpp>

namespace vitrine::test {

/// A request as it came in.
struct SeenRequest {
    std::string method, target;                 ///< "GET", "/path?query"
    std::map<std::string, std::string> headers; ///< lower-case names
    std::string body;
    int connection = 0; ///< the how-manyth connection brought it, from 1
};

/// What the server answers, and what goes wrong with it.
struct ScriptedAnswer {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    bool hang = false;                            ///< not a byte, until the client or the server goes away
    bool chunked = false;                         ///< without a Content-Length
    bool close = false;                           ///< Connection: close, and closed after it
    bool close_silently = false;                  ///< closed after a whole answer that did not say so
    std::optional<std::size_t> cut_after;         ///< so many bytes of the body are sent, then the connection is cut
    std::optional<std::uint64_t> announced_bytes; ///< this Content-Length, whatever the body has
    std::size_t drip_bytes = 0;                   ///< so many bytes of the body at one time, `drip_pause` apart
    Milliseconds drip_pause{5};
    std::optional<std::string> raw; ///< sent in place of all that, then closed
};

/// A real HTTP/1.1 server on a free port of 127.0.0.1 that answers as its script says; it keeps connections open
/// between requests. The script is called by one thread for each connection. Ends with the object, whatever hangs.
class FaultServer {
public:
    using Script = std::function<ScriptedAnswer(const SeenRequest&)>;

    explicit FaultServer(Script script);
    ~FaultServer();
    FaultServer(const FaultServer&) = delete;
    FaultServer& operator=(const FaultServer&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept;
    [[nodiscard]] std::string url(const std::string& path = "") const; ///< "http://127.0.0.1:PORT" + path

    [[nodiscard]] int connections() const;                   ///< accepted up to now
    [[nodiscard]] std::vector<SeenRequest> requests() const; ///< in the order in which they came

    /// Blocks until so many requests have come.
    void wait_for_requests(std::size_t count) const;

private:
    class Impl;
    const std::unique_ptr<Impl> impl_;
};

} // namespace vitrine::test
