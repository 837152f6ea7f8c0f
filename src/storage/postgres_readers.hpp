#pragma once

#include "storage/postgres_connector.hpp"
#include "storage/reader_pool.hpp"

namespace vitrine {

/// A bounded set of reading connections, opened when first needed; who finds none free waits. Safe from any thread.
class PostgresReaders {
public:
    PostgresReaders(PostgresConnector& connector, int most) : connector_(connector), pool_(most) {}

    /// As Database::run_read. A connection that broke since its last use is made anew first; one that breaks while
    /// `work` runs ends it with Error(Unavailable), since work that was half done must not run twice.
    void run(const Database::Work& work);

    /// As Database::run_look. A connection that broke since its last use is made anew, and `work` runs again.
    void look(const Database::Work& work);

private:
    [[nodiscard]] PostgresSession& in_snapshot(std::unique_ptr<PostgresSession>& session);

    PostgresConnector& connector_;
    ReaderPool<PostgresSession> pool_;
};

} // namespace vitrine
