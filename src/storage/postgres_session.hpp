#pragma once

#include <exception>
#include <memory>
#include <string>

#include "storage/database.hpp"
#include "storage/postgres_url.hpp"
#include "storage/postgres_watch.hpp"

namespace vitrine {

/// What kind of failure one of PostgreSQL's errors is.
enum class PostgresFault {
    NotPostgres, ///< not an error of the database
    Refused,     ///< the statement's own fault, or the server's for now
    Contended,   ///< two processes were in each other's way; the same transaction may pass
    Lost,        ///< the connection is gone, and with it the transaction
};

struct PostgresFailure {
    PostgresFault fault = PostgresFault::NotPostgres;
    std::exception_ptr error; ///< as one of our errors; what is not PostgreSQL's comes back as it is
};

/// By the SQLSTATE (PostgreSQL documentation, appendix A): connections (08), shutdowns (57P) and want of resources (53)
/// become Unavailable, a broken constraint (23) Conflict, a value that cannot be stored (22) BadInput.
PostgresFailure judge_postgres_error(const std::exception_ptr& error);

enum class PostgresUse {
    Reading, ///< snapshots: repeatable read, read only
    Writing, ///< read committed, with short waits for locks: who would wait longer tries again
};

/// One PostgreSQL connection, set up as Vitrine needs it. For one thread at a time.
class PostgresSession {
public:
    /// Throws Error(Unavailable) when the server cannot be reached now, Error(Configuration) when it will not let us in
    /// (password, role, database), each with one sentence. `watch` outlives it: a statement that the server leaves
    /// without an answer ends the connection.
    PostgresSession(const PostgresUrl& url, PostgresUse use, Durability durability, PostgresWatch& watch);
    ~PostgresSession();
    PostgresSession(const PostgresSession&) = delete;
    PostgresSession& operator=(const PostgresSession&) = delete;

    [[nodiscard]] SqlSession& sql() noexcept;

    /// For statements that take their time, such as migrations.
    void allow_silence(Milliseconds most) noexcept;

    /// Whether the connection stood when it was last used.
    [[nodiscard]] bool is_connected() const noexcept;

    /// Whether a transaction is open in which statements are still accepted; of what was sent and not answered it is
    /// supposed that it succeeds.
    [[nodiscard]] bool in_transaction() const noexcept;

    /// As judge_postgres_error; says so where the connection was ended because the server did not answer.
    [[nodiscard]] PostgresFailure judge(const std::exception_ptr& error) const;

    /// Rolls back whatever is open. False when the session is of no more use.
    bool roll_back() noexcept;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace vitrine
