#pragma once

#include <memory>
#include <string>

#include <vitrine/time.hpp>

#include "storage/database.hpp"

namespace vitrine {

struct PostgresOptions {
    std::string url; ///< "postgresql://user:password@host:port/database"
    Durability durability = Durability::Full;
    int readers = 4; ///< connections that may read at one time; one more commits, and one listens

    /// How long a read or a write waits for a server that cannot be reached before it fails with Error(Unavailable).
    Milliseconds patience{10'000};

    /// How long a statement may run without a byte from the server before its connection is given up.
    Milliseconds silence_max{30'000};
};

/// Connects and brings the schema up to date (storage/migrations); several processes may do so at once.
///
/// Connections that break are made anew. A group of writes whose connection broke runs again; where it broke while the
/// group was being committed, the server is asked first what became of the transaction (pg_xact_status), so that no
/// write happens twice: only if the server cannot tell are the writes refused with Error(Unavailable), saying so.
/// A server that stops answering without closing its connections is one that is gone, after `silence_max`.
/// Two processes that wait for each other's rows both go on after a quarter of a second.
///
/// Throws Error(Unavailable) when the server cannot be reached for as long as the patience, Error(Configuration) when
/// the URL cannot be read or the server does not let us in, Error(Conflict) when its schema is newer than this program.
std::unique_ptr<Database> open_postgres(const PostgresOptions& options);

} // namespace vitrine
