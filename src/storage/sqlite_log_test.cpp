#include "storage/sqlite_log.hpp"

#include <csignal>
#include <filesystem>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include "storage/counted_writes.hpp"

namespace vitrine {
namespace {

namespace fs = std::filesystem;

/// A connection as the product's writer has it, or with SQLite's own VFS, as its readers and other programs have.
class Connection {
public:
    Connection(const fs::path& file, const char* vfs) {
        EXPECT_EQ(SQLITE_OK, sqlite_api::sqlite3_open_v2(file.c_str(), &connection_,
                                                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs));
        run("PRAGMA journal_mode = WAL");
        run("PRAGMA synchronous = NORMAL"); // no flush tells the VFS that a transaction ends
        run("PRAGMA wal_autocheckpoint = 0");
    }
    ~Connection() { sqlite_api::sqlite3_close(connection_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int try_to_run(const std::string& statement) {
        return sqlite_api::sqlite3_exec(connection_, statement.c_str(), nullptr, nullptr, nullptr);
    }
    void run(const std::string& statement) {
        EXPECT_EQ(SQLITE_OK, try_to_run(statement)) << statement << ": " << sqlite_api::sqlite3_errmsg(connection_);
    }
    int try_to_commit() {
        const GatheredCommit gathered(connection_);
        return try_to_run("COMMIT");
    }
    void commit() { EXPECT_EQ(SQLITE_OK, try_to_commit()) << sqlite_api::sqlite3_errmsg(connection_); }

    std::string answer(const std::string& question) {
        std::string text;
        const auto keep = [](void* kept, int, char** values, char**) {
            *static_cast<std::string*>(kept) = values[0] == nullptr ? "" : values[0];
            return 0;
        };
        EXPECT_EQ(SQLITE_OK, sqlite_api::sqlite3_exec(connection_, question.c_str(), keep, &text, nullptr));
        return text;
    }

private:
    sqlite_api::sqlite3* connection_ = nullptr;
};

class SqliteLogTest : public testing::Test {
protected:
    SqliteLogTest() {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = fs::temp_directory_path() / fmt::format("vitrine_{}_{}", test->name(), getpid());
        fs::create_directories(folder_);
    }
    ~SqliteLogTest() override { fs::remove_all(folder_); }

    [[nodiscard]] fs::path file() const { return folder_ / "vitrine.db"; }

    /// Rows of about a page each.
    static std::string insert(int rows) {
        return fmt::format("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
                           "INSERT INTO pages (bytes) SELECT randomblob(3900) FROM n",
                           rows);
    }
    static void begin_with(Connection& connection, int rows) {
        connection.run("BEGIN IMMEDIATE");
        connection.run(insert(rows));
    }

    /// How many rows a program sees that opens what is on the disk now, as after a kill; -1 where it is damaged.
    [[nodiscard]] int rows_after_a_kill() const {
        const fs::path copy = folder_ / "copy";
        fs::remove_all(copy);
        fs::create_directories(copy);
        fs::copy_file(file(), copy / "vitrine.db");
        fs::copy_file(file().string() + "-wal", copy / "vitrine.db-wal");
        Connection connection(copy / "vitrine.db", nullptr);
        if (connection.answer("PRAGMA integrity_check") != "ok") return -1;
        return std::stoi(connection.answer("SELECT COUNT(*) FROM pages"));
    }

    fs::path folder_;
};

/// While it lives, no file of this process may grow beyond so many bytes.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) {
        EXPECT_EQ(0, getrlimit(RLIMIT_FSIZE, &before_));
        const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
        EXPECT_EQ(0, setrlimit(RLIMIT_FSIZE, &limit));
    }
    ~FileSizeLimit() {
        setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, signal_before_);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
    void (*const signal_before_)(int) = std::signal(SIGXFSZ, SIG_IGN);
    rlimit before_{};
};

TEST_F(SqliteLogTest, TransactionOfManyPagesIsWrittenInFewCalls) {
    if (!writes_of_this_process()) GTEST_SKIP() << "this system does not count a process's writes";
    Connection writer(file(), gathering_vfs());
    writer.run("CREATE TABLE pages (bytes BLOB)");
    begin_with(writer, 25);
    const long before = *writes_of_this_process();
    writer.commit();
    EXPECT_LE(*writes_of_this_process() - before, 2); // the pages and the last one's mark; the last one
    EXPECT_EQ(rows_after_a_kill(), 25);
}

TEST_F(SqliteLogTest, AfterACommitThatWasRefusedPagesAreWrittenAsTheyLeaveTheCache) {
    if (!writes_of_this_process()) GTEST_SKIP() << "this system does not count a process's writes";
    Connection writer(file(), gathering_vfs());
    writer.run("PRAGMA foreign_keys = ON");
    writer.run("PRAGMA cache_size = 10");
    writer.run("CREATE TABLE pages (id INTEGER PRIMARY KEY, bytes BLOB)");
    writer.run("CREATE TABLE marks (page INTEGER REFERENCES pages (id) DEFERRABLE INITIALLY DEFERRED)");
    writer.run("BEGIN IMMEDIATE");
    writer.run("INSERT INTO marks (page) VALUES (100)");
    EXPECT_NE(writer.try_to_commit(), SQLITE_OK); // there is no such page yet; the transaction stays open
    const long before = *writes_of_this_process();
    writer.run(insert(100));
    EXPECT_GE(*writes_of_this_process() - before, 2 * 80);
    writer.commit();
    EXPECT_EQ(rows_after_a_kill(), 100);
}

TEST_F(SqliteLogTest, LogThatBeginsAnewAndAnothersCommitsBetweenKeepEveryRow) {
    Connection writer(file(), gathering_vfs());
    Connection other(file(), nullptr);
    writer.run("PRAGMA synchronous = FULL");
    writer.run("PRAGMA wal_autocheckpoint = 20"); // within the COMMIT
    writer.run("CREATE TABLE pages (bytes BLOB)");
    int rows = 0;
    for (int round = 1; round <= 30; ++round) {
        begin_with(writer, round);
        writer.commit();
        begin_with(other, 1);
        other.run("COMMIT");
        rows += round + 1;
        ASSERT_EQ(other.answer("SELECT COUNT(*) FROM pages"), std::to_string(rows));
    }
    EXPECT_LT(fs::file_size(file().string() + "-wal"), 30u * 31u / 2u * 4096u); // it did begin anew
    EXPECT_EQ(rows_after_a_kill(), rows);
}

TEST_F(SqliteLogTest, LogIsGoneAfterTheLastConnection) {
    {
        Connection writer(file(), gathering_vfs());
        writer.run("CREATE TABLE pages (bytes BLOB)");
        begin_with(writer, 30);
        writer.commit();
    }
    EXPECT_FALSE(fs::exists(file().string() + "-wal"));
    EXPECT_EQ(Connection(file(), nullptr).answer("SELECT COUNT(*) FROM pages"), "30");
}

TEST_F(SqliteLogTest, TransactionLargerThanOneWriteIsWhole) {
    Connection writer(file(), gathering_vfs());
    writer.run("CREATE TABLE pages (bytes BLOB)");
    begin_with(writer, 2'000);
    writer.commit();
    EXPECT_EQ(rows_after_a_kill(), 2'000);
}

TEST_F(SqliteLogTest, AnotherConnectionSeesACommitAtOnce) {
    Connection writer(file(), gathering_vfs());
    writer.run("CREATE TABLE pages (bytes BLOB)");
    Connection reader(file(), nullptr);
    for (int rows = 1; rows <= 40; ++rows) {
        begin_with(writer, 1);
        writer.commit();
        ASSERT_EQ(reader.answer("SELECT COUNT(*) FROM pages"), std::to_string(rows));
    }
    EXPECT_EQ(rows_after_a_kill(), 40);
}

TEST_F(SqliteLogTest, PagesThatLeftTheCacheBeforeTheCommitAreWhole) {
    Connection writer(file(), gathering_vfs());
    writer.run("PRAGMA cache_size = 10");
    writer.run("CREATE TABLE pages (bytes BLOB)");
    begin_with(writer, 300);
    writer.run("UPDATE pages SET bytes = randomblob(3900)"); // written again: checksums of the log are made anew
    writer.commit();
    EXPECT_EQ(rows_after_a_kill(), 300);
    EXPECT_EQ(writer.answer("SELECT COUNT(*) FROM pages"), "300");
}

TEST_F(SqliteLogTest, CommitThatTheDiskRefusesLeavesNothingThatHarmsAnothersCommit) {
    Connection writer(file(), gathering_vfs());
    writer.run("CREATE TABLE pages (bytes BLOB)");
    begin_with(writer, 20);
    {
        const FileSizeLimit no_more(fs::file_size(file().string() + "-wal") + 6'000);
        EXPECT_NE(writer.try_to_commit(), SQLITE_OK);
        writer.try_to_run("ROLLBACK");
    }
    Connection other(file(), nullptr);
    begin_with(other, 5);
    other.run("COMMIT");
    EXPECT_EQ(writer.answer("SELECT COUNT(*) FROM pages"), "5");
    EXPECT_EQ(rows_after_a_kill(), 5);
    begin_with(writer, 7);
    writer.commit();
    EXPECT_EQ(rows_after_a_kill(), 12);
}

TEST_F(SqliteLogTest, DoesNothingForAConnectionOfAnotherVfs) {
    Connection writer(file(), nullptr);
    writer.run("CREATE TABLE pages (bytes BLOB)");
    begin_with(writer, 30);
    writer.commit();
    EXPECT_EQ(rows_after_a_kill(), 30);
}

} // namespace
} // namespace vitrine
