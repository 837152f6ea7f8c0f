#pragma once

#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace vitrine::test {

/// A server of a test's own in a process of its own, from its first line until the object ends. Its standard input is a
/// pipe from the test, so that a server which watches it also ends when the test dies.
class ServerProcess {
public:
    struct Command {
        std::vector<std::string> words; ///< the program, found as a shell would, and its arguments
        std::vector<std::pair<std::string, std::string>> variables; ///< besides the test's own
        std::string ready; ///< what the line on standard output that says "ready" starts with
    };

    /// Blocks until the server is ready; throws std::runtime_error with what it said when it ends before.
    explicit ServerProcess(const Command& command);
    ~ServerProcess(); ///< ends it at once
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    /// The rest of the line that said "ready".
    [[nodiscard]] const std::string& ready_line() const noexcept { return ready_line_; }

private:
    pid_t process_ = -1;
    int input_ = -1;  ///< the writing end of its standard input
    int output_ = -1; ///< the reading end of its standard output
    std::string ready_line_;
};

} // namespace vitrine::test
