#include "storage/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <vitrine/error.hpp>

#include "storage/sql.hpp"

namespace vitrine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Timestamp now{Milliseconds{5}};
constexpr Migration first{1, "0001_cups", "-- why\nCREATE TABLE cups (id {id}, size {real}, photo {bytes});"};
constexpr Migration second{2, "0002_plates", "CREATE TABLE plates (id {id}); INSERT INTO plates (id) VALUES (7);"};
constexpr Migration broken{2, "0002_broken", "CREATE TABLE plates (id {id}); CREATE TABLE cups (id {id});"};

class SchemaTest : public testing::Test {
protected:
    int migrate(std::vector<Migration> migrations) { return bring_schema_up_to_date(sql_, migrations, now); }
    long long number(const std::string& query) {
        long long value = 0;
        session_ << query, soci::into(value);
        return value;
    }
    ErrorCode refused(std::vector<Migration> migrations) {
        try {
            migrate(std::move(migrations));
        } catch (const Error& error) {
            return error.code();
        }
        return ErrorCode::Internal;
    }

    soci::session session_{soci::sqlite3, ":memory:"};
    SqlSession sql_{session_, SqlSession::Dialect::Sqlite};
};

TEST_F(SchemaTest, EachMigrationIsAppliedOnceInOrder) {
    EXPECT_EQ(migrate({first}), 1);
    EXPECT_EQ(migrate({first, second}), 1);
    EXPECT_EQ(migrate({first, second}), 0);
    EXPECT_EQ(number("SELECT COUNT(*) FROM plates"), 1);
    EXPECT_EQ(number("SELECT COUNT(*) FROM schema_migrations WHERE applied_at = 5"), 2);
}

TEST_F(SchemaTest, AMigrationThatFailsLeavesNothingBehind) {
    EXPECT_THROW(migrate({first, broken}), soci::soci_error);
    EXPECT_EQ(number("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'plates'"), 0);
    EXPECT_EQ(migrate({first, second}), 1);
}

TEST_F(SchemaTest, WhatIsForPostgresAloneIsLeftOut) {
    EXPECT_EQ(
        migrate({first, {2, "0002_spoons", "{postgres} CREATE TABLE spoons (id {id}); CREATE TABLE forks (id {id});"}}),
        2);
    EXPECT_EQ(number("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'spoons'"), 0);
    EXPECT_EQ(number("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'forks'"), 1);
}

TEST_F(SchemaTest, ANewerSchemaIsRefused) {
    migrate({first, second});
    EXPECT_EQ(refused({first}), ErrorCode::Conflict);
}

TEST_F(SchemaTest, AnotherProgramsDatabaseIsRefusedAndLeftAlone) {
    session_ << "CREATE TABLE bookmarks (url TEXT)";
    EXPECT_EQ(refused({first}), ErrorCode::Conflict);
    EXPECT_EQ(number("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'schema_migrations'"), 0);
}

TEST_F(SchemaTest, TheEmbeddedMigrationsBeginWithOneAndEachNumberIsUsedOnce) {
    int last = 0; // numbers that nobody used are no harm: what a database lacks is told by each number
    for (const auto& migration : embedded_migrations()) {
        EXPECT_GT(migration.version, last) << migration.name;
        last = migration.version;
    }
    ASSERT_FALSE(embedded_migrations().empty());
    EXPECT_EQ(embedded_migrations().front().version, 1);
}

TEST_F(SchemaTest, TheEmbeddedMigrationsMakeASchemaFromNothing) {
    const auto all = embedded_migrations();
    EXPECT_EQ(bring_schema_up_to_date(sql_, all, now), static_cast<int>(all.size()));
}

TEST(SplitStatementsTest, SemicolonsAndCommentMarksInQuotesAreText) {
    EXPECT_THAT(split_statements("SELECT ';--'; SELECT \"a;b\" -- the end; really\n;"),
                ElementsAre("SELECT ';--'", " SELECT \"a;b\" \n"));
}

TEST(SplitStatementsTest, ADoubledQuoteStaysInsideItsText) {
    EXPECT_THAT(split_statements("SELECT 'it''s; fine'"), ElementsAre("SELECT 'it''s; fine'"));
}

TEST(SplitStatementsTest, NothingButCommentsIsNothing) {
    EXPECT_THAT(split_statements("-- only this; \n ; ;"), IsEmpty());
}

TEST(SplitStatementsTest, ACommentWithoutALineEndIsDropped) {
    EXPECT_THAT(split_statements("-- only this"), IsEmpty());
}

} // namespace
} // namespace vitrine
