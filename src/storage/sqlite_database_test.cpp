#include "storage/sqlite_database.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <latch>
#include <thread>

#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "storage/bytes_column.hpp"
#include "storage/counted_writes.hpp"
#include "storage/sql.hpp"

namespace vitrine {
namespace {

namespace fs = std::filesystem;

class SqliteDatabaseTest : public testing::Test {
protected:
    SqliteDatabaseTest() {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = fs::temp_directory_path() / (std::string("vitrine_") + test->name() + "_" + std::to_string(getpid()));
        fs::remove_all(folder_);
        fs::create_directories(folder_);
    }
    ~SqliteDatabaseTest() override { fs::remove_all(folder_); }

    std::unique_ptr<Database> open() { return open_sqlite({.file = file(), .durability = Durability::Normal}); }
    [[nodiscard]] fs::path file() const { return folder_ / "test data" / "vitrine.db"; }

    void SetUp() override { fs::create_directories(file().parent_path()); }

    static void insert(Transaction& tx, const std::string& name) {
        sql(tx) << "INSERT INTO products (external_id, name, created_at, updated_at) VALUES (:id, :name, 1, 1)",
            soci::use(name, "id"), soci::use(name, "name");
    }
    static long long count(Transaction& tx) {
        long long rows = 0;
        sql(tx) << "SELECT COUNT(*) FROM products", soci::into(rows);
        return rows;
    }
    static ErrorCode code_of(const std::function<void()>& action) {
        try {
            action();
        } catch (const Error& error) {
            return error.code();
        }
        ADD_FAILURE() << "no Error was thrown";
        return ErrorCode::Internal;
    }

    fs::path folder_;
};

// storage/sqlite_log: else each page is two calls.
TEST_F(SqliteDatabaseTest, TransactionOfManyPagesIsWrittenToTheLogInFewCalls) {
    if (!writes_of_this_process()) GTEST_SKIP() << "this system does not count a process's writes";
    const auto database = open();
    database->write([](Transaction& tx) { insert(tx, "first"); }); // the log is open now
    const long before = *writes_of_this_process();
    database->write([](Transaction& tx) {
        for (int i = 0; i < 300; ++i) insert(tx, std::to_string(i) + std::string(190, 'x'));
    });
    EXPECT_LE(*writes_of_this_process() - before, 8);
    EXPECT_EQ(database->read([](Transaction& tx) { return count(tx); }), 301);
}

TEST_F(SqliteDatabaseTest, WhatWasWrittenIsThereAfterReopening) {
    open()->write([](Transaction& tx) { insert(tx, "cup"); });
    EXPECT_EQ(open()->read([](Transaction& tx) { return count(tx); }), 1);
}

TEST_F(SqliteDatabaseTest, AWriteThatThrowsStoresNothing) {
    const auto database = open();
    EXPECT_THROW(database->write([](Transaction& tx) {
        insert(tx, "cup");
        throw std::runtime_error("no");
    }),
                 std::runtime_error);
    EXPECT_EQ(database->read([](Transaction& tx) { return count(tx); }), 0);
}

TEST_F(SqliteDatabaseTest, ABrokenConstraintIsAConflict) {
    const auto database = open();
    database->write([](Transaction& tx) { insert(tx, "cup"); });
    EXPECT_EQ(code_of([&] { database->write([](Transaction& tx) { insert(tx, "cup"); }); }), ErrorCode::Conflict);
}

TEST_F(SqliteDatabaseTest, AMissingForeignKeyIsAConflict) {
    const auto database = open();
    const auto orphan = [](Transaction& tx) {
        sql(tx) << "INSERT INTO product_barcodes (product_id, code) VALUES (99, '1')";
    };
    EXPECT_EQ(code_of([&] { database->write(orphan); }), ErrorCode::Conflict);
}

TEST_F(SqliteDatabaseTest, BrokenSqlIsInternal) {
    const auto database = open();
    EXPECT_EQ(code_of([&] { database->write([](Transaction& tx) { sql(tx) << "SELEKT 1"; }); }), ErrorCode::Internal);
}

TEST_F(SqliteDatabaseTest, AReadSeesOneSnapshotWhateverIsCommittedMeanwhile) {
    const auto database = open();
    database->read([&](Transaction& snapshot) {
        EXPECT_EQ(count(snapshot), 0);
        database->write([](Transaction& tx) { insert(tx, "cup"); });
        EXPECT_EQ(count(snapshot), 0);
    });
    EXPECT_EQ(database->read([](Transaction& tx) { return count(tx); }), 1);
}

TEST_F(SqliteDatabaseTest, AReadCannotWrite) {
    const auto database = open();
    EXPECT_EQ(code_of([&] { database->read([](Transaction& tx) { insert(tx, "cup"); }); }), ErrorCode::Unavailable);
}

TEST_F(SqliteDatabaseTest, ManyMoreReadersThanSessionsAllGetTheirTurn) {
    const auto database = open_sqlite({.file = file(), .durability = Durability::Normal, .readers = 2});
    database->write([](Transaction& tx) { insert(tx, "cup"); });
    std::atomic<int> right = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 16; ++i) {
            threads.emplace_back(
                [&] { right += database->read([](Transaction& tx) { return count(tx); }) == 1 ? 1 : 0; });
        }
    }
    EXPECT_EQ(right, 16);
}

TEST_F(SqliteDatabaseTest, BytesComeBackAsTheyWentIn) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
    const std::string back = open()->write([&](Transaction& tx) {
        std::string hex = to_hex(bytes);
        sql(tx) << "INSERT INTO images (sha256, width, height, features, created_at) "
                   "VALUES ('ab', 1, 1, decode(:features, 'hex'), 1)",
            soci::use(hex);
        std::string type;
        sql(tx) << "SELECT typeof(features), encode(features, 'hex') FROM images", soci::into(type), soci::into(hex);
        EXPECT_EQ(type, "blob");
        return from_hex(hex);
    });
    EXPECT_EQ(back, bytes);
}

TEST_F(SqliteDatabaseTest, DecodingWhatIsNotHexFailsTheStatement) {
    const auto database = open();
    const auto decode = [](Transaction& tx) {
        sql(tx) << "INSERT INTO images (sha256, width, height, features, created_at) VALUES ('ab', 1, 1, decode('zz', "
                   "'hex'), 1)";
    };
    EXPECT_EQ(code_of([&] { database->write(decode); }), ErrorCode::Internal);
}

TEST_F(SqliteDatabaseTest, AFileThatIsNotADatabaseIsCorrupted) {
    std::ofstream(file()) << std::string(8192, 'x');
    EXPECT_EQ(code_of([&] { open(); }), ErrorCode::Corrupted);
}

TEST_F(SqliteDatabaseTest, AFolderThatDoesNotExistIsUnavailable) {
    EXPECT_EQ(code_of([&] { open_sqlite({.file = folder_ / "nowhere" / "vitrine.db"}); }), ErrorCode::Unavailable);
}

TEST_F(SqliteDatabaseTest, APathWithAQuoteIsRefused) {
    EXPECT_EQ(code_of([&] { open_sqlite({.file = folder_ / "a\"b.db"}); }), ErrorCode::BadInput);
}

TEST_F(SqliteDatabaseTest, ANewerSchemaIsRefusedWithASentence) {
    open()->write([](Transaction& tx) {
        sql(tx) << "INSERT INTO schema_migrations (version, name, applied_at) VALUES (9999, '9999_later', 1)";
    });
    try {
        open();
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Conflict);
        EXPECT_NE(std::string(error.what()).find("newer (version 9999)"), std::string::npos) << error.what();
    }
}

TEST_F(SqliteDatabaseTest, TheCataloguesVersionGrowsWithAChangeOfItAndWithNoOther) {
    const auto database = open();
    const auto version = [&] { return database->catalogue_version().value(); };
    const auto grown_by = [&](const char* statement) {
        const auto before = version();
        database->write([&](Transaction& tx) { sql(tx) << statement; });
        return version() - before;
    };
    EXPECT_EQ(grown_by("INSERT INTO products (external_id, name, created_at, updated_at) VALUES ('R', 'R', 1, 1)"), 1);
    EXPECT_EQ(grown_by("INSERT INTO known_models (name, version, dimensions, seen_at) VALUES ('m', '1', 2, 1)"), 0);
    EXPECT_EQ(grown_by("UPDATE products SET name = 'Red'"), 1);
    EXPECT_EQ(grown_by("UPDATE products SET name = 'Red' WHERE id = 2"), 0) << "no row";
    EXPECT_EQ(grown_by("DELETE FROM products"), 1) << "all rows at once, too";
}

TEST_F(SqliteDatabaseTest, SeveralProcessesMayMakeTheSchemaAtOnce) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { EXPECT_NO_THROW(open()); });
}

} // namespace
} // namespace vitrine
