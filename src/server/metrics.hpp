#pragma once

#include <functional>
#include <memory>
#include <string>

#include <vitrine/engine.hpp>

#include "server/http_server.hpp"

namespace vitrine::server {

/// What Prometheus is told. Of HTTP: this process. Of jobs, tasks and stored things: the database, whoever worked; of
/// jobs' durations those that ended since this process started. Safe from any thread.
class Metrics {
public:
    explicit Metrics(Engine& engine);
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    /// Counts one exchange. Cheap; for one thread alone.
    void count(const Exchange& exchange);

    /// How many there are now, asked at each `text`.
    struct Now {
        std::size_t connections = 0;
        std::size_t requests_waiting = 0;
        std::size_t event_followers = 0;
    };

    /// The text exposition format 0.0.4. Asks the database; throws Error(Unavailable).
    [[nodiscard]] std::string text(const Now& now);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace vitrine::server
