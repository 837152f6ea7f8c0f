#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <vitrine/time.hpp>

namespace vitrine::test {

/// A TCP proxy on a free port of 127.0.0.1, in front of a real server on another, that loses, delays and restores
/// connections. The server may be down and come back; its port may change. All members are safe from any thread.
class FaultProxy {
public:
    explicit FaultProxy(std::uint16_t server_port);
    ~FaultProxy();
    FaultProxy(const FaultProxy&) = delete;
    FaultProxy& operator=(const FaultProxy&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept;
    [[nodiscard]] std::string url(const std::string& path = "") const; ///< "http://127.0.0.1:PORT" + path

    void lead_to(std::uint16_t server_port); ///< for connections from now on

    void drop_connections();           ///< resets every open one; new ones are still taken
    void cut();                        ///< resets every open one and refuses new ones
    void freeze();                     ///< takes connections and bytes, and passes on none: a network that swallows
    void delay(Milliseconds each_way); ///< before every piece of bytes that is passed on from now on
    void cut_answers_after(
        std::uint64_t bytes); ///< each connection from now on is reset after so many bytes from the server
    void restore();           ///< undoes all of the above for new connections; frozen ones are reset

    [[nodiscard]] int connections() const; ///< taken up to now

private:
    class Impl;
    const std::unique_ptr<Impl> impl_;
};

} // namespace vitrine::test
