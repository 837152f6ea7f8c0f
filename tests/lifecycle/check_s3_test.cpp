// The consistency check over a real S3 server: what was lost, left over or damaged there, in more than one page of its
// listing.

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/content_hash.hpp"
#include "lifecycle/check_run.hpp"
#include "lifecycle/run_reports.hpp"
#include "pipeline/pipeline_house.hpp"
#include "servers/s3_server.hpp"
#include "storage/blob_key.hpp"
#include "storage/lifecycle_run_repository.hpp"
#include "storage/s3_blob_store.hpp"

namespace vitrine::testing {
namespace {

class CheckOverS3 : public ::testing::Test {
protected:
    static constexpr int products = 5;

    void SetUp() override {
        house.open_blobs = [this] {
            using test::S3Server;
            return std::make_unique<S3BlobStore>(
                S3Options{.address = parse_s3_address("s3://shop/images", server.endpoint(), S3Server::region),
                          .region = S3Server::region,
                          .access_key = S3Server::access_key,
                          .secret_key = S3Server::secret_key,
                          .page_objects_max = 2});
        };
        house.restart();
        for (int i = 0; i < products; ++i) {
            ASSERT_EQ(house.index(fmt::format("P{}", i), "thing", picture(i)), JobState::Succeeded);
        }
    }

    static std::string picture(int number) { return strips({{20 * number, 200 - 20 * number, 10 * number}}); }

    CheckReport check(bool repair, bool hash = false) {
        return check_of(house, {.repair = repair, .hash_files = hash});
    }

    /// Where the server keeps the object.
    [[nodiscard]] std::filesystem::path object_of(const std::string& sha256) const {
        return server.folder() / test::S3Server::bucket / ("images/" + blob_path(sha256) + "._S3rver_object");
    }

    /// Keys of one shelf, so that its listing has several pages.
    static std::vector<std::string> of_one_shelf(int count) {
        std::vector<std::string> contents;
        for (int i = 0; static_cast<int>(contents.size()) < count; ++i) {
            if (const std::string one = fmt::format("nobody's {}", i); sha256_hex(one).starts_with("7a")) {
                contents.push_back(one);
            }
        }
        return contents;
    }

    test::S3Server server;
    PipelineHouse house;
};

TEST_F(CheckOverS3, ACatalogueThatIsWellIsConsistent) {
    const CheckReport report = check(false, true);
    EXPECT_TRUE(report.consistent()) << to_json(report);
    EXPECT_EQ(report.files, products);
}

TEST_F(CheckOverS3, OrphansOverSeveralPagesAreToldAndThenRemoved) {
    const auto orphans = of_one_shelf(7);
    for (const auto& bytes : orphans) house.blobs->put(sha256_hex(bytes), bytes);
    EXPECT_EQ(check(false).orphan_files, 7);
    const CheckReport report = check(true);
    EXPECT_EQ(report.orphan_files, 7);
    EXPECT_TRUE(report.consistent()) << to_json(report);
    for (const auto& bytes : orphans) EXPECT_FALSE(house.blobs->exists(sha256_hex(bytes)));
    EXPECT_EQ(check(false).files, products);
}

TEST_F(CheckOverS3, AMissingFileIsToldWithWhatToDo) {
    const std::string lost = sha256_hex(picture(2));
    house.blobs->remove(lost);
    const CheckReport report = check(true);
    EXPECT_EQ(report.missing_files, 1);
    EXPECT_FALSE(report.consistent());
    ASSERT_EQ(report.examples.size(), 1U);
    EXPECT_THAT(report.examples.front(), ::testing::HasSubstr(lost));
    EXPECT_THAT(report.examples.front(), ::testing::HasSubstr("product P2"));
}

TEST_F(CheckOverS3, AnObjectThatWasCutShortIsFoundByItsSizeAndTheSamePhotoMendsIt) {
    const std::string bytes = picture(3);
    std::filesystem::resize_file(object_of(sha256_hex(bytes)), bytes.size() / 2);
    EXPECT_EQ(check(true).corrupted_files, 1);
    house.index("P3", "another name", bytes);
    EXPECT_TRUE(check(false, true).consistent());
}

TEST_F(CheckOverS3, AChangedByteIsFoundWhereFilesAreHashed) {
    const std::string bytes = picture(4);
    {
        std::fstream file(object_of(sha256_hex(bytes)), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(bytes.size() / 2));
        file.put(static_cast<char>(bytes[bytes.size() / 2] ^ 1));
    }
    EXPECT_EQ(check(false).corrupted_files, 0);
    EXPECT_EQ(check(false, true).corrupted_files, 1);
}

TEST_F(CheckOverS3, ACheckWhileTheServerIsDownEndsOtherwiseThanWell) {
    server.stop();
    const JobId job = house.database->write([&](Transaction& tx) {
        tx.after_commit([this] { house.workers->wake(); });
        return start_check(tx, house.lifecycle_parts(), {.repair = true, .hash_files = false}, false);
    });
    EXPECT_NE(house.finish(job), JobState::Succeeded);
}

} // namespace
} // namespace vitrine::testing
