#include "storage/postgres_listener.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

constexpr int measure_again_ms = 30'000;

struct FreeNotify {
    void operator()(PGnotify* notify) const noexcept { PQfreemem(notify); }
};
struct ClearResult {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ClearResult>;

int opened(int file) {
    if (file >= 0) return file;
    throw Error(ErrorCode::Unavailable,
                "The database cannot be listened to: " + std::generic_category().message(errno) + ".");
}

} // namespace

/// A connection of libpq's own: SOCI has no notifications.
class PostgresListener::Connection {
public:
    Connection(const PostgresUrl& url, PostgresWatch& watch) : connection_(PQconnectdb(url.secret().c_str())) {
        if (PQstatus(connection_.get()) != CONNECTION_OK) throw lost(url);
        watched_.emplace(watch, PQsocket(connection_.get()));
        PQsetNoticeProcessor(
            connection_.get(), [](void*, const char*) {}, nullptr); // else they go to stderr
        run("LISTEN vitrine");
    }

    [[nodiscard]] int socket() const { return PQsocket(connection_.get()); }

    [[nodiscard]] Timestamp server_time() {
        const Result result = run("SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)");
        const std::string_view text = PQntuples(result.get()) == 1 ? PQgetvalue(result.get(), 0, 0) : "";
        std::int64_t milliseconds = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
        if (error != std::errc{}) throw Error(ErrorCode::Unavailable, "The database did not tell its time.");
        return Timestamp{Milliseconds{milliseconds}};
    }

    /// Calls `each` with what has arrived. Throws when the connection is gone.
    template <class Each>
    void for_each_arrived(Each each) {
        if (PQconsumeInput(connection_.get()) == 0) throw gone();
        while (const std::unique_ptr<PGnotify, FreeNotify> notify{PQnotifies(connection_.get())}) each(notify->extra);
        if (PQstatus(connection_.get()) != CONNECTION_OK) throw gone();
    }

private:
    struct Finish {
        void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
    };

    [[nodiscard]] Error lost(const PostgresUrl& url) const {
        std::string reason = url.without_password(PQerrorMessage(connection_.get()));
        reason.erase(std::min(reason.find('\n'), reason.size()));
        return {ErrorCode::Unavailable,
                fmt::format("The database {} cannot be reached now ({}).", url.shown(), reason)};
    }
    [[nodiscard]] static Error gone() {
        return {ErrorCode::Unavailable, "The connection that listens to the database is gone."};
    }

    Result run(const char* statement) {
        const RunningStatement running(&*watched_);
        Result result(PQexec(connection_.get(), statement));
        const auto status = PQresultStatus(result.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) throw gone();
        return result;
    }

    std::unique_ptr<PGconn, Finish> connection_;
    std::optional<PostgresWatch::Connection> watched_; ///< ends before the connection
};

class PostgresListener::Registration final : public Listening {
public:
    Registration(PostgresListener& owner, Database::Hear hear) : owner_(owner) {
        const std::lock_guard lock(owner_.mutex_);
        at_ = owner_.hears_.insert(owner_.hears_.end(), std::move(hear));
    }
    ~Registration() override {
        const std::lock_guard lock(owner_.mutex_); // a call that is under way holds it
        owner_.hears_.erase(at_);
    }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

private:
    PostgresListener& owner_;
    std::list<Database::Hear>::iterator at_;
};

PostgresListener::PostgresListener(PostgresConnector& connector, std::string own_name)
    : connector_(connector), own_name_(std::move(own_name)), stop_(opened(::eventfd(0, EFD_CLOEXEC))) {
    try {
        thread_ = std::jthread([this, first = connector_.open_patiently([this] { return connect(); })]() mutable {
            run(std::move(first));
        });
    } catch (...) {
        ::close(stop_);
        throw;
    }
}

PostgresListener::~PostgresListener() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(stop_, &one, sizeof one); // an empty eventfd always takes 1
    connector_.close();
    thread_.join();
    ::close(stop_);
}

std::unique_ptr<Listening> PostgresListener::listen(Database::Hear hear) {
    return std::make_unique<Registration>(*this, std::move(hear));
}

std::string PostgresListener::in_words(const std::string& name, const std::string& topic, const std::string& detail) {
    return fmt::format("{} {} {}", name, topic, detail);
}

std::unique_ptr<PostgresListener::Connection> PostgresListener::connect() {
    auto connection = std::make_unique<Connection>(connector_.url(), connector_.watch());
    clock_.measure([&connection] { return connection->server_time(); });
    return connection;
}

std::unique_ptr<PostgresListener::Connection> PostgresListener::connect_again() {
    for (int attempt = 1; connector_.sleep_before_next(attempt); ++attempt) {
        try {
            return connect();
        } catch (const Error&) {
            // The database's other connections tell of it to whoever asks something; this one only keeps trying.
        }
    }
    return nullptr;
}

void PostgresListener::run(std::unique_ptr<Connection> connection) {
    while (connection) {
        try {
            std::array<pollfd, 2> files{{{connection->socket(), POLLIN, 0}, {stop_, POLLIN, 0}}};
            const int ready = ::poll(files.data(), files.size(), measure_again_ms);
            if (files[1].revents != 0) return;
            if (ready == 0) clock_.measure([&connection] { return connection->server_time(); });
            connection->for_each_arrived([this](const char* words) { pass_on(words); });
        } catch (const Error&) {
            connection = connect_again();
            if (connection) tell(Database::missed, "");
        }
    }
}

void PostgresListener::pass_on(const std::string& words) {
    const auto first = words.find(' ');
    const auto second = words.find(' ', first + 1);
    if (first == std::string::npos || second == std::string::npos) return; // nothing of ours
    if (words.compare(0, first, own_name_) == 0) return;
    tell(words.substr(first + 1, second - first - 1), words.substr(second + 1));
}

void PostgresListener::tell(const std::string& topic, const std::string& detail) {
    const std::lock_guard lock(mutex_);
    for (const auto& hear : hears_) hear(topic, detail);
}

} // namespace vitrine
