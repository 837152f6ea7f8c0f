#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace vitrine::test {

/// What came back over a raw connection.
struct RawAnswer {
    int status = 0;                             ///< 0: the server closed without an answer
    std::map<std::string, std::string> headers; ///< lower-case names
    std::string body;                           ///< chunks joined
};

/// One connection to a server on this machine, on which a test says what no HTTP client would. Reading stops for good
/// after 60 s without a byte, which fails the test that waits.
class RawConnection {
public:
    explicit RawConnection(std::uint16_t port);
    ~RawConnection();
    RawConnection(const RawConnection&) = delete;
    RawConnection& operator=(const RawConnection&) = delete;

    /// False when the server has closed.
    bool send(std::string_view bytes) const;

    /// Reads one whole answer; `is_head`: to a request without an answer's body.
    RawAnswer read_answer(bool is_head = false);

    /// Reads until the text was seen; what came until and with it. Empty when the server closed before.
    std::string read_until(std::string_view text);

    /// Everything until the server closes.
    std::string read_rest();

private:
    bool read_more();

    int socket_ = -1;
    std::string read_; ///< and not taken yet
};

using RawHeaders = std::vector<std::pair<std::string, std::string>>;

/// One request on a connection of its own. Content-Length is added when there is a body.
RawAnswer ask(std::uint16_t port, const std::string& method, const std::string& target, const std::string& body = {},
              const RawHeaders& headers = {});

} // namespace vitrine::test
