#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "server_process.hpp"

namespace vitrine::test {

/// A real S3 server with one bucket in a temporary folder (s3_server.cjs); every request must be signed with these
/// keys.
class S3Server {
public:
    static constexpr auto bucket = "shop";
    static constexpr auto region = "eu-central-1";
    static constexpr auto access_key = "ACCESSKEY";
    static constexpr auto secret_key = "secret/key+with=signs";

    S3Server();
    ~S3Server();
    S3Server(const S3Server&) = delete;
    S3Server& operator=(const S3Server&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string endpoint() const; ///< "http://127.0.0.1:PORT"

    /// Where it keeps its objects.
    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

    void stop();  ///< at once, as a machine that loses power
    void start(); ///< again, with the same objects and keys, on another port

private:
    std::filesystem::path folder_;
    std::unique_ptr<ServerProcess> process_;
    std::uint16_t port_ = 0;
};

} // namespace vitrine::test
