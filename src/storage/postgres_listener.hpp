#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "storage/database.hpp"
#include "storage/postgres_connector.hpp"
#include "storage/server_clock.hpp"

namespace vitrine {

/// The connection of a process on which nothing is asked but the time: it hears what other processes announce with
/// their commits (LISTEN on the channel `vitrine`) and keeps the server's clock. When it breaks it is made anew, and
/// all listeners are told that something may have been missed. Safe from any thread.
class PostgresListener {
public:
    /// Connects and measures the clock before it returns. Announcements of `own_name` are not heard. Throws as
    /// PostgresConnector. `connector` outlives it.
    PostgresListener(PostgresConnector& connector, std::string own_name);
    ~PostgresListener();
    PostgresListener(const PostgresListener&) = delete;
    PostgresListener& operator=(const PostgresListener&) = delete;

    /// As Database::listen.
    [[nodiscard]] std::unique_ptr<Listening> listen(Database::Hear hear);

    [[nodiscard]] const Clock& clock() const noexcept { return clock_; }

    /// How an announcement stands in a notification: "name topic detail".
    [[nodiscard]] static std::string in_words(const std::string& name, const std::string& topic,
                                              const std::string& detail);

private:
    class Connection;
    class Registration;

    void run(std::unique_ptr<Connection> connection);
    [[nodiscard]] std::unique_ptr<Connection> connect();
    [[nodiscard]] std::unique_ptr<Connection> connect_again();
    void pass_on(const std::string& words);
    void tell(const std::string& topic, const std::string& detail);

    PostgresConnector& connector_;
    const std::string own_name_;
    ServerClock clock_;
    const int stop_; ///< an eventfd: readable once the thread is to end

    std::mutex mutex_;
    std::list<Database::Hear> hears_; ///< guarded by mutex_

    std::jthread thread_; ///< last: starts when all else is there
};

} // namespace vitrine
