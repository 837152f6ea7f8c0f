// A database that an earlier version made is brought up to date when it is opened, from every schema that there was,
// and keeps what it held; one that a later version made is refused.

#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <vitrine/error.hpp>

#include "pipeline/pipeline_house.hpp"
#include "storage/image_reference_repository.hpp"
#include "storage/image_repository.hpp"
#include "storage/job_repository.hpp"
#include "storage/postgres_database.hpp"
#include "storage/postgres_test_server.hpp"
#include "storage/postgres_url.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/schema.hpp"
#include "storage/sql.hpp"
#include "storage/sqlite_database.hpp"

namespace vitrine::testing {
namespace {

constexpr Timestamp then{Milliseconds{1'700'000'000'000}};

/// What the first version's program had written: a product with its picture, link and vector, and a query.
void fill_as_the_first_version(soci::session& session) {
    session << "INSERT INTO images (sha256, media_type, bytes, width, height, crop_model, created_at) "
               "VALUES ('aa', 'image/png', 9, 8, 8, 'c', 1)";
    session << "INSERT INTO images (sha256, media_type, bytes, width, height, crop_model, created_at) "
               "VALUES ('bb', 'image/png', 9, 8, 8, 'c', 1)";
    session << "INSERT INTO images (original_id, box_x, box_y, box_w, box_h, width, height, crop_model, created_at) "
               "VALUES (1, 0, 0, 8, 8, 8, 8, 'c', 1)";
    session << "INSERT INTO products (external_id, name, image_id, job_id, created_at, updated_at) "
               "VALUES ('P1', 'thing', 1, 1, 1, 1)";
    session << "INSERT INTO jobs (kind, subject, state, first_kind, first_subject, created_at, finished_at) VALUES "
               "('index', '{\"image_id\":1,\"product_id\":1}', 'succeeded', 'crop', "
               "'{\"image_id\":1,\"then\":\"select_and_save_primary_crop\"}', 1, 2)";
    session << "INSERT INTO jobs (kind, subject, state, first_kind, first_subject, created_at, finished_at) VALUES "
               "('query', '{\"category\":\"a,b\",\"image_id\":2,\"top\":10}', 'succeeded', 'crop', "
               "'{\"image_id\":2,\"then\":\"query_all_crops\"}', 1, 2)";
    session << "INSERT INTO product_images (product_id, image_id, is_primary_crop, job_id, created_at) "
               "VALUES (1, 3, 1, 1, 1)";
}

void make_as(soci::session& session, SqlSession::Dialect dialect, std::span<const Migration> migrations) {
    SqlSession sql(session, dialect);
    bring_schema_up_to_date(sql, migrations.first(1), then);
    fill_as_the_first_version(session);
    bring_schema_up_to_date(sql, migrations, then);
}

void expect_kept(Database& database, const std::string& from) {
    database.read([&](Transaction& tx) {
        const auto product = product_repository::find_by_external_id(tx, "P1");
        ASSERT_TRUE(product.has_value()) << from;
        const auto primary = product_image_repository::primary_of(tx, product->product.id);
        ASSERT_TRUE(primary.has_value()) << from;
        EXPECT_EQ(primary->image_id, ImageId{3}) << from;
        EXPECT_EQ(image_reference_repository::image_of(tx, JobId{1}), ImageId{1}) << from;
        EXPECT_EQ(image_reference_repository::image_of(tx, JobId{2}), ImageId{2}) << from;
        EXPECT_TRUE(image_reference_repository::is_queried(tx, ImageId{2})) << from;
        EXPECT_FALSE(image_reference_repository::is_queried(tx, ImageId{1})) << from;
        EXPECT_EQ(image_reference_repository::use_of(tx, ImageId{1}), image_reference_repository::Use::Kept) << from;
    });
}

TEST(Upgrade, ASqliteDatabaseOfEverySchemaIsBroughtUpToDateAndKeepsWhatItHeld) {
    const auto all = embedded_migrations();
    for (std::size_t known = 1; known <= all.size(); ++known) {
        const TemporaryFolder folder;
        const auto file = folder.path() / "vitrine.db";
        {
            soci::session session(soci::sqlite3, file.string());
            make_as(session, SqlSession::Dialect::Sqlite, all.first(known));
        }
        const auto database = open_sqlite({.file = file, .durability = Durability::Normal});
        expect_kept(*database, std::string(all[known - 1].name));
    }
}

TEST(Upgrade, APostgresDatabaseOfEverySchemaIsBroughtUpToDateAndKeepsWhatItHeld) {
    const auto all = embedded_migrations();
    for (std::size_t known = 1; known <= all.size(); ++known) {
        const std::string url = testing_support::PostgresServer::of_this_program().new_database();
        {
            soci::session session(soci::postgresql, PostgresUrl(url).secret());
            make_as(session, SqlSession::Dialect::Postgres, all.first(known));
        }
        const auto database = open_postgres({.url = url});
        expect_kept(*database, std::string(all[known - 1].name));
    }
}

void make_as_a_later_version(soci::session& session, SqlSession::Dialect dialect) {
    SqlSession sql(session, dialect);
    bring_schema_up_to_date(sql, embedded_migrations(), then);
    session << "INSERT INTO schema_migrations (version, name, applied_at) VALUES (9999, 'later', 1)";
}

template <class Open>
void expect_refusal(Open open) {
    try {
        const auto database = open();
        FAIL() << "it was opened";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Conflict);
        EXPECT_THAT(error.what(), ::testing::HasSubstr("newer (version 9999)"));
    }
}

TEST(Upgrade, ASqliteDatabaseOfALaterVersionIsRefusedWithASentence) {
    const TemporaryFolder folder;
    const auto file = folder.path() / "vitrine.db";
    {
        soci::session session(soci::sqlite3, file.string());
        make_as_a_later_version(session, SqlSession::Dialect::Sqlite);
    }
    expect_refusal([&] { return open_sqlite({.file = file, .durability = Durability::Normal}); });
}

TEST(Upgrade, APostgresDatabaseOfALaterVersionIsRefusedWithASentence) {
    const std::string url = testing_support::PostgresServer::of_this_program().new_database();
    {
        soci::session session(soci::postgresql, PostgresUrl(url).secret());
        make_as_a_later_version(session, SqlSession::Dialect::Postgres);
    }
    expect_refusal([&] { return open_postgres({.url = url}); });
}

} // namespace
} // namespace vitrine::testing
