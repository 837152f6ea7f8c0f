#pragma once

#include <map>
#include <set>
#include <string>

#include "storage/group_committer.hpp"
#include "storage/postgres_connector.hpp"

namespace vitrine {

/// The connection that commits, as GroupCommitter uses it; it is made anew whenever it breaks. For one thread.
class PostgresWriteSession final : public WriteSession {
public:
    /// `name` tells this process's announcements from others'. `connector` outlives it.
    PostgresWriteSession(PostgresConnector& connector, std::string name)
        : connector_(connector), name_(std::move(name)), session_(connector.connect(PostgresUse::Writing)) {}

    SqlSession& sql() override { return session_->sql(); }
    void begin(Flush flush) override;
    void announce(const std::string& topic, const std::string& detail) override;
    void withdraw(const std::string& topic) override;
    [[nodiscard]] std::optional<bool> announced(const std::string& topic) const override;
    void check_open() override;
    void commit() override;
    void rollback() noexcept override;

    /// PostgreSQL's own log writer does it, 0.6 s after the commit at the latest (its setting wal_writer_delay).
    void flush() noexcept override {}
    [[nodiscard]] Failure judge(const std::exception_ptr& error) const override;

private:
    /// What names a transaction for good: its number, which is empty where it wrote nothing, and which life of the
    /// server gave it. After a crash a server gives the numbers of transactions that it lost a second time.
    struct Named {
        std::string number;
        std::string life;
    };

    [[nodiscard]] Named tell_and_ask_name();
    [[nodiscard]] bool was_committed(const Named& transaction);
    [[nodiscard]] std::string status_of(const Named& transaction);

    PostgresConnector& connector_;
    const std::string name_;
    std::unique_ptr<PostgresSession> session_; ///< nullptr after it broke
    std::map<std::string, std::set<std::string>>
        announcements_; ///< of the open transaction: details by topic, none once withdrawn
};

} // namespace vitrine
