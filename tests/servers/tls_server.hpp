#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace vitrine::test {

/// A TLS server on a free port of 127.0.0.1 whose certificate no authority has signed; it answers every connection with
/// "200 OK" and nothing, if a client goes on that far.
class TlsServer {
public:
    TlsServer();
    ~TlsServer();
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept;
    [[nodiscard]] std::string url() const; ///< "https://127.0.0.1:PORT"

    /// How many clients have spoken to it in spite of its certificate.
    [[nodiscard]] int answered() const;

private:
    class Impl;
    const std::unique_ptr<Impl> impl_;
};

} // namespace vitrine::test
