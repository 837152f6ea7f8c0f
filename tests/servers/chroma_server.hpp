#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <sys/types.h>

namespace vitrine::test {

/// A real ChromaDB server on a free port of 127.0.0.1, with its data in a temporary folder. Ends with the object, and
/// with the test.
class ChromaServer {
public:
    ChromaServer(); ///< started; throws std::runtime_error with what it said when it does not start
    ~ChromaServer();
    ChromaServer(const ChromaServer&) = delete;
    ChromaServer& operator=(const ChromaServer&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string url(const std::string& path = "") const; ///< "http://127.0.0.1:PORT" + path

    void stop();            ///< at once, as a machine that loses power
    void start();           ///< again, with the same data, on the same port
    void lose_everything(); ///< while stopped: starts with nothing next time

private:
    bool try_to_start();
    [[nodiscard]] std::string said() const;

    std::filesystem::path folder_;
    std::uint16_t port_ = 0;
    pid_t process_ = -1;
};

} // namespace vitrine::test
