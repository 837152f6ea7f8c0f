#pragma once

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include <vitrine/time.hpp>

#include "storage/statement_watch.hpp"

namespace vitrine {

/// Ends connections whose server has stopped answering without closing them: a frozen machine, a network that swallows
/// what is sent. libpq would wait for such an answer for ever; its socket is shut down instead, and the call that waits
/// fails as when the server is gone. TCP's own keepalives do not help: a frozen server's system still acknowledges.
///
/// A long answer that keeps coming is no silence. A thread of its own looks four times in the longest silence allowed;
/// asking costs a clock reading and no lock. Safe from any thread.
class PostgresWatch {
public:
    /// `silence_max`: how long a statement may run without a byte from the server.
    explicit PostgresWatch(Milliseconds silence_max);
    ~PostgresWatch();
    PostgresWatch(const PostgresWatch&) = delete;
    PostgresWatch& operator=(const PostgresWatch&) = delete;

    /// One connection under watch. Destroy it before its socket is closed: the number may then be another file's.
    class Connection final : public StatementWatch {
    public:
        Connection(PostgresWatch& watch, int socket);
        ~Connection() override;
        Connection(const Connection&) = delete;
        Connection& operator=(const Connection&) = delete;

        void began() noexcept override { asked_at_ = now_ms(); }
        void ended() noexcept override { asked_at_ = 0; }

        /// For statements that take their time, such as migrations; before the first of them.
        void allow_silence(Milliseconds most) noexcept { silence_max_ = most.count(); }

        /// Whether the connection was ended because no answer came.
        [[nodiscard]] bool was_ended() const noexcept { return was_ended_; }

    private:
        friend class PostgresWatch;

        static std::int64_t now_ms() noexcept;
        void end_if_silent() noexcept;

        PostgresWatch& watch_;
        const int socket_;
        std::atomic<std::int64_t> silence_max_;
        std::atomic<std::int64_t> asked_at_ = 0; ///< 0: nothing is asked
        std::atomic<bool> was_ended_ = false;
        std::list<Connection*>::iterator at_; ///< guarded by watch_.mutex_
    };

    [[nodiscard]] Milliseconds silence_max() const noexcept { return silence_max_; }

private:
    void run(const std::stop_token& stop);

    const Milliseconds silence_max_;
    std::mutex mutex_;
    std::condition_variable_any stops_;
    std::list<Connection*> connections_; ///< guarded by mutex_, which is held while one of them is ended
    std::jthread thread_;                ///< last: starts when all else is there
};

} // namespace vitrine
