#include "storage/postgres_database.hpp"

#include <atomic>
#include <functional>
#include <future>
#include <latch>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "storage/bytes_column.hpp"
#include "storage/job_repository.hpp"
#include "storage/postgres_test_server.hpp"
#include "storage/postgres_url.hpp"
#include "storage/sql.hpp"

namespace vitrine {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing_support::PostgresServer;

void insert(Transaction& tx, const std::string& name) {
    sql(tx) << "INSERT INTO products (external_id, name, created_at, updated_at) VALUES (:id, :name, 1, 1)",
        soci::use(name, "id"), soci::use(name, "name");
}

long long count(Transaction& tx) {
    long long rows = 0;
    sql(tx) << "SELECT COUNT(*) FROM products", soci::into(rows);
    return rows;
}

std::pair<ErrorCode, std::string> error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return {error.code(), error.what()};
    }
    ADD_FAILURE() << "no Error was thrown";
    return {ErrorCode::Internal, ""};
}

class PostgresDatabaseTest : public testing::Test {
protected:
    std::unique_ptr<Database> open(Milliseconds patience = 10s) const {
        return open_postgres({.url = url_, .patience = patience});
    }
    static ErrorCode code_of(const std::function<void()>& action) { return error_of(action).first; }
    std::string ask(const std::string& query) const { return PostgresServer::run(url_, query); }

    PostgresServer& server_ = PostgresServer::of_this_program();
    const std::string url_ = server_.new_database();
};

TEST_F(PostgresDatabaseTest, WhatWasWrittenIsThereAfterReopening) {
    open()->write([](Transaction& tx) { insert(tx, "cup"); });
    EXPECT_EQ(open()->read(count), 1);
}

TEST_F(PostgresDatabaseTest, AWriteThatThrowsStoresNothing) {
    const auto database = open();
    EXPECT_THROW(database->write([](Transaction& tx) {
        insert(tx, "cup");
        throw std::runtime_error("no");
    }),
                 std::runtime_error);
    EXPECT_EQ(database->read(count), 0);
}

TEST_F(PostgresDatabaseTest, ABrokenConstraintIsAConflictAndTheSessionGoesOn) {
    const auto database = open();
    database->write([](Transaction& tx) { insert(tx, "cup"); });
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(code_of([&] { database->write([](Transaction& tx) { insert(tx, "cup"); }); }), ErrorCode::Conflict);
    }
    database->write([](Transaction& tx) { insert(tx, "mug"); });
    EXPECT_EQ(database->read(count), 2);
}

TEST_F(PostgresDatabaseTest, BrokenSqlIsInternalAndTextThatCannotBeStoredBadInput) {
    const auto database = open();
    EXPECT_EQ(code_of([&] { database->write([](Transaction& tx) { sql(tx) << "SELEKT 1"; }); }), ErrorCode::Internal);
    EXPECT_EQ(code_of([&] { database->write([](Transaction& tx) { insert(tx, "\xff\xfe"); }); }), ErrorCode::BadInput);
}

TEST_F(PostgresDatabaseTest, AStatementThatFailedUnseenStopsItsTransaction) {
    const auto database = open();
    const auto hides = [](Transaction& tx) {
        try {
            sql(tx) << "SELECT 1 / 0";
        } catch (const soci::soci_error&) {
            insert(tx, "cup"); // refused as well: the transaction has ended
        }
    };
    EXPECT_THROW(database->write(hides), Error);
    EXPECT_EQ(database->read(count), 0);
}

TEST_F(PostgresDatabaseTest, AReadSeesOneSnapshotWhateverIsCommittedMeanwhile) {
    const auto database = open();
    database->read([&](Transaction& snapshot) {
        EXPECT_EQ(count(snapshot), 0);
        database->write([](Transaction& tx) { insert(tx, "cup"); });
        EXPECT_EQ(count(snapshot), 0);
    });
    EXPECT_EQ(database->read(count), 1);
}

TEST_F(PostgresDatabaseTest, AReadCannotWrite) {
    const auto database = open();
    EXPECT_EQ(code_of([&] { database->read([](Transaction& tx) { insert(tx, "cup"); }); }), ErrorCode::Unavailable);
    EXPECT_EQ(database->read(count), 0);
}

TEST_F(PostgresDatabaseTest, ManyMoreReadersThanConnectionsAllGetTheirTurn) {
    const auto database = open_postgres({.url = url_, .readers = 2});
    std::atomic<int> right = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 16; ++i) threads.emplace_back([&] { right += database->read(count) == 0 ? 1 : 0; });
    }
    EXPECT_EQ(right, 16);
    // those two, one that commits, one that listens
    EXPECT_EQ(ask("SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
                  "pg_backend_pid()"),
              "4");
}

TEST_F(PostgresDatabaseTest, BytesComeBackAsTheyWentIn) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
    const std::string back = open()->write([&](Transaction& tx) {
        std::string hex = to_hex(bytes);
        sql(tx) << "INSERT INTO images (sha256, width, height, features, created_at) "
                   "VALUES ('ab', 1, 1, decode(:features, 'hex'), 1)",
            soci::use(hex);
        sql(tx) << "SELECT encode(features, 'hex') FROM images", soci::into(hex);
        return from_hex(hex);
    });
    EXPECT_EQ(back, bytes);
}

TEST_F(PostgresDatabaseTest, SeveralProcessesMayMakeTheSchemaAtOnce) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i) threads.emplace_back([&] { EXPECT_NO_THROW(open()); });
}

TEST_F(PostgresDatabaseTest, ANewerSchemaIsRefusedWithASentence) {
    open();
    ask("INSERT INTO schema_migrations (version, name, applied_at) VALUES (9999, '9999_later', 1)");
    const auto [code, sentence] = error_of([&] { open(); });
    EXPECT_EQ(code, ErrorCode::Conflict);
    EXPECT_THAT(sentence, HasSubstr("newer (version 9999)"));
}

TEST_F(PostgresDatabaseTest, AnotherProgramsDatabaseIsRefusedAndLeftAlone) {
    ask("CREATE TABLE bookmarks (url TEXT)");
    EXPECT_EQ(code_of([&] { open(); }), ErrorCode::Conflict);
    EXPECT_EQ(ask("SELECT COUNT(*) FROM pg_tables WHERE tablename = 'schema_migrations'"), "0");
}

TEST_F(PostgresDatabaseTest, NormalDurabilityDoesNotWaitForTheDisk) {
    const auto setting = [&](Durability durability) {
        return open_postgres({.url = url_, .durability = durability})->write([](Transaction& tx) {
            std::string value;
            sql(tx) << "SHOW synchronous_commit", soci::into(value);
            return value;
        });
    };
    EXPECT_EQ(setting(Durability::Full), "on");
    EXPECT_EQ(setting(Durability::Normal), "off");
}

// --- Who is let in

TEST_F(PostgresDatabaseTest, AWrongPasswordIsOneSentenceWithoutThePassword) {
    const auto [code, sentence] = error_of([&] { open_postgres({.url = server_.url("postgres", "gues%20sed")}); });
    EXPECT_EQ(code, ErrorCode::Configuration);
    EXPECT_THAT(sentence, AllOf(HasSubstr("refuses the password"), HasSubstr("database.url"), Not(HasSubstr("gues"))));
}

TEST_F(PostgresDatabaseTest, AMissingDatabaseIsNamed) {
    const auto [code, sentence] = error_of([&] { open_postgres({.url = server_.url("nowhere")}); });
    EXPECT_EQ(code, ErrorCode::Configuration);
    EXPECT_THAT(sentence,
                AllOf(HasSubstr("nowhere at 127.0.0.1"), HasSubstr("does not exist"), Not(HasSubstr("secret"))));
}

TEST_F(PostgresDatabaseTest, AServerThatIsNotThereIsUnavailableAfterThePatience) {
    const auto [code, sentence] =
        error_of([&] { open_postgres({.url = "postgresql://vitrine:secret@127.0.0.1:1/shop", .patience = 100ms}); });
    EXPECT_EQ(code, ErrorCode::Unavailable);
    EXPECT_THAT(sentence, AllOf(HasSubstr("shop at 127.0.0.1:1 as vitrine"), HasSubstr("cannot be reached"),
                                Not(HasSubstr("secret"))));
}

TEST(PostgresUrlTest, AUrlThatCannotBeReadIsNotRepeated) {
    for (const auto* url :
         {"postgresql://u:hid%zzden@h/db", "postgresql://[::1/hidden", "postgresql://u:hidden@h/db?no_such_word=1"}) {
        const auto [code, sentence] = error_of([&] { PostgresUrl{url}; });
        EXPECT_EQ(code, ErrorCode::Configuration) << url;
        EXPECT_THAT(sentence, AllOf(HasSubstr("database.url"), Not(HasSubstr("hid")))) << url;
    }
}

TEST(PostgresUrlTest, OddLettersInAPasswordAreKeptAndHidden) {
    const PostgresUrl url("postgresql://u:a%20%22b%27%3D%26@h:1/db");
    EXPECT_THAT(url.secret(), AllOf(HasSubstr("password=a%20%22b%27%3D%26"), Not(HasSubstr(" "))));
    EXPECT_EQ(url.shown(), "db at h:1 as u");
    EXPECT_EQ(url.without_password("u with a \"b'=& is refused"), "u with … is refused");
}

TEST_F(PostgresDatabaseTest, AnOddPasswordWorks) {
    const std::string role = "odd_" + std::to_string(getpid());
    ask("CREATE ROLE " + role + " SUPERUSER LOGIN PASSWORD 'a \"b=&%'");
    const auto at = url_.rfind('@');
    EXPECT_NO_THROW(open_postgres({.url = "postgresql://" + role + ":a%20%22b%3D%26%25" + url_.substr(at)}));
}

// --- Broken connections

constexpr auto cut_all = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity "
                         "WHERE datname = current_database() AND pid <> pg_backend_pid()";

TEST_F(PostgresDatabaseTest, BrokenConnectionsAreMadeAnewUnseen) {
    const auto database = open();
    database->read(count);
    for (int i = 0; i < 5; ++i) {
        ask(cut_all);
        database->write([&](Transaction& tx) { insert(tx, std::to_string(i)); });
        ask(cut_all);
        EXPECT_EQ(database->read(count), i + 1);
    }
}

TEST_F(PostgresDatabaseTest, AWriteWhoseConnectionBreaksInTheMiddleRunsAgain) {
    const auto database = open();
    int runs = 0;
    database->write([&](Transaction& tx) {
        insert(tx, "cup");
        if (++runs == 1) ask(cut_all);
        insert(tx, "mug");
    });
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(database->read(count), 2);
}

TEST_F(PostgresDatabaseTest, AReadWhoseConnectionBreaksInTheMiddleIsUnavailable) {
    const auto database = open();
    const auto code = code_of([&] {
        database->read([&](Transaction& tx) {
            count(tx);
            ask(cut_all);
            return count(tx);
        });
    });
    EXPECT_EQ(code, ErrorCode::Unavailable);
    EXPECT_EQ(database->read(count), 0);
}

TEST_F(PostgresDatabaseTest, ARestartOfTheServerIsSurvivedWithWritesUnderWay) {
    PostgresServer server;
    const auto database = open_postgres({.url = server.new_database(), .patience = 60s});
    std::atomic<int> stored = 0, unknown = 0;
    std::atomic<bool> enough = false;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&, t] {
                for (int i = 0; !enough; ++i) {
                    try {
                        database->write([&](Transaction& tx) { insert(tx, fmt::format("{} {}", t, i)); });
                        ++stored;
                    } catch (const Error& error) {
                        // A commit that was on its way when the server ended: the next server cannot tell of it.
                        EXPECT_THAT(error.what(), HasSubstr("cannot be asked whether it was"));
                        ++unknown;
                    }
                }
            });
        }
        for (const int signal : {SIGQUIT, SIGINT}) {
            const int before = stored;
            while (stored < before + 50) std::this_thread::yield();
            server.stop(signal);
            server.start();
        }
        const int before = stored;
        while (stored < before + 50) std::this_thread::yield();
        enough = true;
    }
    // Whatever was answered is there, and nothing twice: a second try would have met its own name.
    const auto there = database->read(count);
    EXPECT_GE(there, stored);
    EXPECT_LE(there, stored + unknown);
    EXPECT_LE(unknown, 8) << "one of each thread at each of two ends of the server";
}

TEST_F(PostgresDatabaseTest, WhenTheServerStaysAwayWritesAndReadsSaySo) {
    PostgresServer server;
    const auto database = open_postgres({.url = server.new_database(), .patience = 200ms});
    database->read(count);
    server.stop();
    EXPECT_EQ(code_of([&] { database->write([](Transaction& tx) { insert(tx, "cup"); }); }), ErrorCode::Unavailable);
    EXPECT_EQ(code_of([&] { database->read(count); }), ErrorCode::Unavailable);
    server.start();
    database->write([](Transaction& tx) { insert(tx, "cup"); });
    EXPECT_EQ(database->read(count), 1);
}

// --- Several processes

TEST_F(PostgresDatabaseTest, TwoProcessesThatWaitForEachOtherBothGoOn) {
    const auto a = open();
    const auto b = open();
    a->write([](Transaction& tx) {
        insert(tx, "cup");
        insert(tx, "mug");
    });
    const auto rename = [](Transaction& tx, const std::string& id, const std::string& name) {
        sql(tx) << "UPDATE products SET name = name || :name WHERE external_id = :id", soci::use(name, "name"),
            soci::use(id, "id");
    };
    std::latch both(2);
    std::atomic<int> runs = 0;
    const auto cross = [&](Database& database, const std::string& first, const std::string& second,
                           const std::string& mark) {
        database.write([&](Transaction& tx) {
            rename(tx, first, mark);
            if (++runs <= 2) both.arrive_and_wait();
            rename(tx, second, mark);
        });
    };
    {
        std::jthread one([&] { cross(*a, "cup", "mug", "1"); });
        std::jthread two([&] { cross(*b, "mug", "cup", "2"); });
    }
    EXPECT_EQ(ask("SELECT COUNT(*) FROM products WHERE length(name) = 5"), "2");
}

TEST_F(PostgresDatabaseTest, ErrorsAddedByTwoProcessesAreAllKept) {
    const auto a = open();
    const auto b = open();
    const JobId job = a->write([](Transaction& tx) {
        return *job_repository::insert(
            tx, {.kind = "index", .subject = "{}", .first_kind = "crop", .first_subject = ""}, Timestamp{});
    });
    {
        std::vector<std::jthread> threads;
        for (Database* database : {a.get(), b.get()}) {
            threads.emplace_back([database, job] {
                for (int i = 0; i < 40; ++i) {
                    database->write([&](Transaction& tx) { job_repository::add_error(tx, job, std::to_string(i)); });
                }
            });
        }
    }
    EXPECT_EQ(a->read([&](Transaction& tx) { return job_repository::find(tx, job)->errors.size(); }), 80U);
}

TEST_F(PostgresDatabaseTest, AnAnnouncementIsHeardByTheOthersWithItsCommitAlone) {
    const auto speaker = open();
    const auto hearer = open();
    std::promise<std::string> heard;
    const auto listening = hearer->listen([&](const std::string& topic, const std::string& detail) {
        if (topic != Database::missed) heard.set_value(topic + " " + detail);
    });
    const auto own = speaker->listen([](const std::string& topic, const std::string&) {
        EXPECT_EQ(topic, Database::missed) << "a process hears nothing of itself";
    });
    EXPECT_ANY_THROW(speaker->write([](Transaction& tx) {
        tx.announce("never", "1");
        throw std::runtime_error("no");
    }));
    speaker->write([](Transaction& tx) {
        tx.announce("ready", "17");
        tx.announce("ready", "17");
    });
    EXPECT_EQ(heard.get_future().get(), "ready 17");
}

TEST_F(PostgresDatabaseTest, AListenerWhoseConnectionBrokeIsToldThatItMayHaveMissedSomething) {
    const auto database = open();
    std::promise<void> told;
    std::atomic<bool> first = true;
    const auto listening = database->listen([&](const std::string& topic, const std::string&) {
        if (topic == Database::missed && first.exchange(false)) told.set_value();
    });
    ask(cut_all);
    EXPECT_EQ(told.get_future().wait_for(60s), std::future_status::ready);
}

TEST_F(PostgresDatabaseTest, TheClockIsTheServers) {
    const auto database = open();
    const auto difference = database->clock().now() - SystemClock{}.now(); // one machine: one clock
    EXPECT_LT(std::chrono::abs(difference), 1s);
    EXPECT_TRUE(database->is_shared());
}

} // namespace
} // namespace vitrine
