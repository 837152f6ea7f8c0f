#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <vitrine/time.hpp>

#include "engine/spooled_file.hpp"
#include "server/scope.hpp"

// What comes in and what goes out, free of any HTTP library, so that every handler can be called by a test.

namespace vitrine::server {

/// Names and values in the order in which they came; a name may come twice.
using Fields = std::vector<std::pair<std::string, std::string>>;

/// One request, whole. Texts of `segments` and `query` are decoded, valid UTF-8 and without NUL.
struct Request {
    std::string method;                ///< "GET"; a HEAD comes as GET, and its answer's body is not sent
    std::string target;                ///< as it came: "/v1/products?limit=20"
    std::vector<std::string> segments; ///< of the path: {"v1", "products"}
    Fields query;
    std::map<std::string, std::string, std::less<>> headers; ///< lower-case names; of several, joined by ", "
    std::string body;
    std::shared_ptr<const SpooledFile> spooled; ///< in place of `body`, of a route that spools it
    std::string address;                        ///< of the client, without its port

    // Filled in on the way to the handler.
    std::vector<std::string> captured; ///< what stands in the places of the route's {…}, in their order
    Caller caller;
    std::string request_key; ///< Idempotency-Key; empty: none

    /// The body, wherever it is kept.
    [[nodiscard]] std::string_view body_bytes() const { return spooled ? spooled->bytes() : std::string_view(body); }

    /// A header's value; empty when it is not there. `name` in lower case.
    [[nodiscard]] std::string_view header(std::string_view name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string_view() : std::string_view(found->second);
    }
};

/// One answer. Content-Length and Date are added where it is sent.
struct Response {
    int status = 200;
    Fields headers;
    std::string body;
    std::shared_ptr<const std::string> shared_body = nullptr; ///< in place of `body`, for bytes that are kept elsewhere

    [[nodiscard]] const std::string& bytes() const { return shared_body ? *shared_body : body; }
};

/// Why nobody waits for an answer any more.
enum class Ending {
    ClientGone,
    Stopping, ///< the server stops: an answer now still arrives
};

/// One request that is not answered yet and holds no thread. Safe from any thread; what comes after the end has no
/// effect. Its functions are called on a thread that must not be blocked.
class Answering {
public:
    virtual ~Answering() = default;

    /// The answer, whole.
    virtual void answer(Response response) = 0;

    /// The beginning of an answer without a known end: its body's pieces follow. A client that does not read them is
    /// cut off.
    virtual void open_stream(Response head) = 0;
    virtual void send(std::string piece) = 0;
    virtual void end_stream() = 0;

    /// Calls `ended` once if the client goes away or the server stops before the end.
    virtual void when_ending(std::function<void(Ending)> ended) = 0;

    /// Calls `due` after that time unless the end comes first; a second call replaces the first.
    virtual void after(Milliseconds delay, std::function<void()> due) = 0;
};

/// An answer that is not there yet: is called with who waits for it.
using Later = std::function<void(const std::shared_ptr<Answering>&)>;

/// What a handler gives.
using Reply = std::variant<Response, Later>;

} // namespace vitrine::server
