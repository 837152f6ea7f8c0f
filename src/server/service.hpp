#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <vitrine/engine.hpp>

namespace vitrine::server {

/// Throws what a Service of this configuration would throw for it, so that it is known before an engine is opened:
/// Error(Configuration).
void check_service(const Config& config);

/// The API over an Engine: routes, front and HTTP server put together as the engine's configuration says.
class Service {
public:
    /// Listens on server.listen. Throws Error(Configuration) for an address beyond this machine without
    /// server.api_keys, and Error(Unavailable) when the address cannot be had. `engine` outlives it.
    explicit Service(Engine& engine);

    /// As stop().
    ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    /// "http://127.0.0.1:8080", with the port that it really has.
    [[nodiscard]] std::string url() const;

    /// What tells this run of the server from every other: what GET /healthz says of it too.
    [[nodiscard]] const std::string& instance() const;

    /// Takes no more requests and lets running ones end.
    void stop();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace vitrine::server
