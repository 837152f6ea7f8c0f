#include "storage/postgres_database.hpp"

#include <random>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "storage/group_committer.hpp"
#include "storage/postgres_connector.hpp"
#include "storage/postgres_listener.hpp"
#include "storage/postgres_readers.hpp"
#include "storage/postgres_write_session.hpp"
#include "storage/schema.hpp"
#include "storage/sql.hpp"

namespace vitrine {
namespace {

/// Each write is several round trips: a larger group would hold its rows for longer than others wait for them.
constexpr GroupLimits limits{.group_max = 64, .in_order_of_about = true};

std::string random_name() {
    std::random_device random;
    return fmt::format("{:08x}{:08x}", random(), random());
}

void update_schema(PostgresConnector& connector, const Clock& clock) {
    const auto session = connector.connect(PostgresUse::Writing);
    try {
        session->allow_silence(std::chrono::minutes(10)); // another process may be at it, which takes its time
        session->sql().run("SET lock_timeout = 0");
        const RunningStatement migrations(session->sql().watch());
        bring_schema_up_to_date(session->sql(), embedded_migrations(), clock.now());
    } catch (...) {
        std::rethrow_exception(session->judge(std::current_exception()).error);
    }
}

class PostgresDatabase final : public Database {
public:
    explicit PostgresDatabase(const PostgresOptions& options)
        : connector_(PostgresUrl(options.url), options.durability, options.patience, options.silence_max),
          name_(random_name()), writer_(std::make_unique<PostgresWriteSession>(connector_, name_)),
          listener_(connector_, name_), readers_(connector_, options.readers) {
        update_schema(connector_, listener_.clock());
        committer_ = std::make_unique<GroupCommitter>(std::move(writer_), limits);
    }

    ~PostgresDatabase() override {
        committer_.reset(); // commits what waits, for which it may have to connect: before the listener ends all waits
    }

    void submit(Work work, Done done, Flush flush, About about) override {
        committer_->submit(std::move(work), std::move(done), flush, about);
    }
    void run_write(const Work& work, Flush flush) override {
        if (!committer_->write_at_once(work, flush)) Database::run_write(work, flush);
    }
    void run_read(const Work& work) override { readers_.run(work); }
    void run_look(const Work& work) override { readers_.look(work); }
    [[nodiscard]] bool is_shared() const noexcept override { return true; }
    [[nodiscard]] const Clock& clock() const noexcept override { return listener_.clock(); }
    [[nodiscard]] std::unique_ptr<Listening> listen(Hear hear) override { return listener_.listen(std::move(hear)); }

private:
    PostgresConnector connector_;
    const std::string name_;
    std::unique_ptr<PostgresWriteSession> writer_; ///< the committer's, once the schema is there
    PostgresListener listener_;
    PostgresReaders readers_;
    std::unique_ptr<GroupCommitter> committer_;
};

} // namespace

std::unique_ptr<Database> open_postgres(const PostgresOptions& options) {
    if (options.readers < 1) throw Error(ErrorCode::BadInput, "A database needs at least one reader.");
    return std::make_unique<PostgresDatabase>(options);
}

} // namespace vitrine
