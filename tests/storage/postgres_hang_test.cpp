// A PostgreSQL server that stops answering and closes nothing: the server's machine is frozen, or the network swallows
// what is sent. Nobody waits for it for ever, and everything goes on when it is back.

#include <atomic>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "servers/fault_proxy.hpp"
#include "storage/postgres_database.hpp"
#include "storage/postgres_inspection.hpp"
#include "storage/postgres_test_server.hpp"
#include "storage/prepared.hpp"

namespace vitrine {
namespace {

using namespace std::chrono_literals;
using test::FaultProxy;
using testing::HasSubstr;
using testing_support::PostgresServer;

long long count(Transaction& tx) {
    long long rows = 0;
    run_prepared(tx, "SELECT COUNT(*) FROM products", soci::into(rows));
    return rows;
}

void insert(Transaction& tx, const std::string& name) {
    run_prepared(tx, "INSERT INTO products (external_id, name, created_at, updated_at) VALUES (:id, :id, 1, 1)",
                 soci::use(name, "id"));
}

Error error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {ErrorCode::Internal, ""};
}

/// How a server comes to hang, and how it goes on.
class Hang {
public:
    virtual ~Hang() = default;
    virtual std::string url() = 0; ///< of an empty database
    virtual void begin() = 0;
    virtual void end() = 0;
};

class SwallowingNetwork final : public Hang {
public:
    std::string url() override {
        std::string url = server_.new_database();
        const auto port = std::to_string(server_.port());
        return url.replace(url.rfind(port + "/"), port.size(), std::to_string(proxy_.port())) + "?connect_timeout=2";
    }
    void begin() override { proxy_.freeze(); }
    void end() override { proxy_.restore(); }

private:
    PostgresServer& server_ = PostgresServer::of_this_program();
    FaultProxy proxy_{static_cast<std::uint16_t>(server_.port())};
};

class StoppedServer final : public Hang {
public:
    std::string url() override { return server_.new_database() + "?connect_timeout=2"; }
    void begin() override { server_.freeze(); }
    void end() override { server_.thaw(); }

private:
    PostgresServer server_;
};

struct Kind {
    std::string name;
    std::function<std::unique_ptr<Hang>()> make;
};

void PrintTo(const Kind& kind, std::ostream* out) {
    *out << kind.name;
}

class PostgresHangTest : public testing::TestWithParam<Kind> {
protected:
    const std::unique_ptr<Hang> hang_ = GetParam().make();
    const std::string url_ = hang_->url();
    // Much shorter than in earnest, and longer than anything that is answered takes on a busy machine.
    const std::unique_ptr<Database> database_ = open_postgres({.url = url_, .patience = 100ms, .silence_max = 3s});
};

INSTANTIATE_TEST_SUITE_P(Hangs, PostgresHangTest,
                         testing::Values(Kind{"ANetworkThatSwallows",
                                              [] { return std::make_unique<SwallowingNetwork>(); }},
                                         Kind{"AStoppedServer", [] { return std::make_unique<StoppedServer>(); }}),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(PostgresHangTest, AReadEndsWithASentenceAndTheNextOneWorksWhenTheServerIsBack) {
    database_->read(count);
    hang_->begin();
    const Error error = error_of([&] { database_->read(count); });
    EXPECT_EQ(error.code(), ErrorCode::Unavailable);
    hang_->end();
    EXPECT_EQ(database_->read(count), 0);
}

TEST_P(PostgresHangTest, AReadThatHangsInTheMiddleSaysThatTheServerStoppedAnswering) {
    const Error error = error_of([&] {
        database_->read([&](Transaction& tx) {
            count(tx);
            hang_->begin();
            return count(tx);
        });
    });
    EXPECT_EQ(error.code(), ErrorCode::Unavailable);
    EXPECT_THAT(error.what(), HasSubstr("has stopped answering"));
    hang_->end();
    EXPECT_EQ(database_->read(count), 0);
}

TEST_P(PostgresHangTest, AWriteEndsUnavailableAndNothingOfItIsStored) {
    hang_->begin();
    EXPECT_EQ(error_of([&] { database_->write([](Transaction& tx) { insert(tx, "cup"); }); }).code(),
              ErrorCode::Unavailable);
    hang_->end();
    database_->write([](Transaction& tx) { insert(tx, "mug"); });
    EXPECT_EQ(database_->read(count), 1);
}

TEST_P(PostgresHangTest, AWriteThatHangsInTheMiddleStoresNothing) {
    std::atomic<int> runs = 0;
    const Error error = error_of([&] {
        database_->write([&](Transaction& tx) {
            insert(tx, "cup");
            if (++runs == 1) hang_->begin();
            insert(tx, "mug");
        });
    });
    EXPECT_EQ(error.code(), ErrorCode::Unavailable);
    hang_->end();
    database_->write([](Transaction& tx) {
        insert(tx, "cup");
        insert(tx, "mug");
    });
    EXPECT_EQ(database_->read(count), 2);
}

TEST_P(PostgresHangTest, TheDatabaseCanBeClosedWhileTheServerHangs) {
    const auto database = open_postgres({.url = url_, .patience = 100ms, .silence_max = 3s});
    database->read(count);
    hang_->begin();
}

TEST_P(PostgresHangTest, AStartEndsWithASentence) {
    hang_->begin();
    const Error error = error_of([&] { open_postgres({.url = url_, .patience = 100ms, .silence_max = 3s}); });
    EXPECT_EQ(error.code(), ErrorCode::Unavailable);
    EXPECT_THAT(error.what(), HasSubstr("cannot be reached now"));
    EXPECT_EQ(error_of([&] { static_cast<void>(inspect_postgres(url_)); }).code(), ErrorCode::Unavailable);
    hang_->end();
}

TEST(PostgresLongAnswerTest, AStatementThatKeepsSendingMayTakeLongerThanTheSilenceAllowed) {
    PostgresServer& server = PostgresServer::of_this_program();
    const auto database = open_postgres({.url = server.new_database(), .silence_max = 1500ms});
    const auto rows = database->read([](Transaction& tx) {
        long long sum = 0;
        std::string row;
        // 30 rows of 64 KiB, each a tenth of a second after the one before.
        for_each_row(
            tx,
            "SELECT CASE WHEN pg_sleep(0.1) IS NULL THEN '' ELSE repeat('x', 65536) END FROM generate_series(1, 30)",
            [&] { sum += static_cast<long long>(row.size()); }, soci::into(row));
        return sum;
    });
    EXPECT_EQ(rows, 30 * 65536);
}

TEST(PostgresLongAnswerTest, AStatementThatSaysNothingForLongerIsEnded) {
    PostgresServer& server = PostgresServer::of_this_program();
    const auto database = open_postgres({.url = server.new_database(), .silence_max = 300ms});
    const Error error = error_of(
        [&] { database->read([](Transaction& tx) { run_prepared(tx, "SELECT 1 WHERE pg_sleep(3600) IS NULL"); }); });
    EXPECT_THAT(error.what(), HasSubstr("has stopped answering"));
}

} // namespace
} // namespace vitrine
