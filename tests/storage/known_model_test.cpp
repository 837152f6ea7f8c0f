#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "../queue/temporary_database.hpp"
#include "pipeline/stored_model_memory.hpp"
#include "storage/known_model_repository.hpp"
#include "storage/test_database.hpp"

namespace vitrine {
namespace {

using known_model_repository::KnownModel;

class KnownModels : public testing::Test {
protected:
    void save(const std::string& name, const KnownModel& model, int at = 1'000) {
        database_->write(
            [&](Transaction& tx) { known_model_repository::save(tx, name, model, Timestamp{Milliseconds{at}}); });
    }
    std::optional<KnownModel> find(const std::string& name) {
        return database_->read([&](Transaction& tx) { return known_model_repository::find(tx, name); });
    }

    const testing_support::TemporaryFolder folder_;
    std::unique_ptr<Database> database_ = testing_support::open_test_database(folder_.path());
};

TEST_F(KnownModels, WhatAServerAnsweredWithIsFoundUnderItsNameAlone) {
    EXPECT_FALSE(find("http label 127.0.0.1:9000"));
    save("http label 127.0.0.1:9000", {.version = "clip-b 2", .dimensions = 512});
    save("http crop 127.0.0.1:9000", {.version = "yolo ' ü 1", .dimensions = 0});
    const auto label = find("http label 127.0.0.1:9000").value();
    EXPECT_EQ(label.version, "clip-b 2");
    EXPECT_EQ(label.dimensions, 512);
    const auto crop = find("http crop 127.0.0.1:9000").value();
    EXPECT_EQ(crop.version, "yolo ' ü 1");
    EXPECT_EQ(crop.dimensions, 0);
    EXPECT_FALSE(find("http label 127.0.0.1:9001"));
}

TEST_F(KnownModels, ANewAnswerTakesThePlaceOfTheOldOne) {
    save("http label a", {.version = "clip-b 2", .dimensions = 512});
    save("http label a", {.version = "clip-b 3", .dimensions = 768}, 2'000);
    const auto now = find("http label a").value();
    EXPECT_EQ(now.version, "clip-b 3");
    EXPECT_EQ(now.dimensions, 768);
}

TEST_F(KnownModels, AnUndoneTransactionRemembersNothing) {
    save("http label a", {.version = "clip-b 2", .dimensions = 512});
    EXPECT_THROW(database_->write([&](Transaction& tx) {
        known_model_repository::save(tx, "http label a", {.version = "lost", .dimensions = 1}, Timestamp{});
        throw Error(ErrorCode::Internal, "Undo this.");
    }),
                 Error);
    EXPECT_EQ(find("http label a").value().version, "clip-b 2");
}

TEST_F(KnownModels, AreStillKnownWhenTheProgramStartsAgain) {
    make_stored_model_memory(*database_)->remember("http label a", {.version = "clip-b 2", .dimensions = 512});
    database_.reset();
    database_ = testing_support::open_test_database(folder_.path());
    const auto memory = make_stored_model_memory(*database_);
    const auto recalled = memory->recall("http label a").value();
    EXPECT_EQ(recalled.version, "clip-b 2");
    EXPECT_EQ(recalled.dimensions, 512);
    EXPECT_FALSE(memory->recall("http label b"));
}

} // namespace
} // namespace vitrine
