#pragma once

#include <string>

#include "storage/group_committer.hpp"
#include "storage/postgres_connector.hpp"

namespace vitrine {

/// The connection that commits, as GroupCommitter uses it; it is made anew whenever it breaks. For one thread.
class PostgresWriteSession final : public WriteSession {
public:
    /// `name` tells this process's announcements from others'. `connector` outlives it.
    PostgresWriteSession(PostgresConnector& connector, std::string name)
        : connector_(connector), name_(std::move(name)) {
        connect();
    }

    SqlSession& sql() override { return session_->sql(); }
    void begin(Flush flush) override;
    void check_open() override;
    void settle() override;
    void commit() override;
    void rollback() noexcept override;

    /// PostgreSQL's own log writer does it, 0.6 s after the commit at the latest (its setting wal_writer_delay).
    void flush() noexcept override {}
    [[nodiscard]] Failure judge(const std::exception_ptr& error) const override;

private:
    void connect();
    void announce();
    [[nodiscard]] bool was_committed();
    [[nodiscard]] std::string status();

    PostgresConnector& connector_;
    const std::string name_;
    std::unique_ptr<PostgresSession> session_; ///< nullptr after it broke
    std::string life_of_server_;               ///< in which session_ was made

    // What names the open transaction for good: its number, and which life of the server gave it. After a crash a
    // server gives the numbers of transactions that it lost a second time.
    std::string number_;
    std::string life_;
};

} // namespace vitrine
