#include "storage/request_key_repository.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../queue/temporary_database.hpp"
#include "storage/test_database.hpp"

namespace vitrine::request_key_repository {
namespace {

constexpr Timestamp now{Milliseconds(1'000'000)};
constexpr Timestamp later = now + Milliseconds(60'000);
const KeyedRequest request{.caller = "write 12ab", .key = "k", .request_hash = "h"};
const KeptAnswer answer{.status = 202, .headers = {{"Location", "/v1/jobs/7"}}, .body = "{\"job\":\"é\"}"};

class RequestKeys : public ::testing::Test {
protected:
    [[nodiscard]] Claim claim_at(Timestamp moment, const KeyedRequest& which = request) {
        return database_->write(
            [&](Transaction& tx) { return claim(tx, which, moment, moment + Milliseconds(60'000)); });
    }
    void keep_answer() {
        database_->write([&](Transaction& tx) { keep(tx, request, answer); });
    }

    const testing_support::TemporaryFolder folder_;
    const std::unique_ptr<Database> database_ = testing_support::open_test_database(folder_.path());
};

TEST_F(RequestKeys, AreClaimedOnceAndThenAnswerWithWhatWasKept) {
    EXPECT_TRUE(std::holds_alternative<Claimed>(claim_at(now)));
    EXPECT_TRUE(std::holds_alternative<UnderWay>(claim_at(now)));
    keep_answer();
    const auto kept = std::get<KeptAnswer>(claim_at(now));
    EXPECT_EQ(kept.status, answer.status);
    EXPECT_EQ(kept.headers, answer.headers);
    EXPECT_EQ(kept.body, answer.body);
}

TEST_F(RequestKeys, TellAnotherRequestUnderTheSameKeyAndAnotherCallersKey) {
    EXPECT_TRUE(std::holds_alternative<Claimed>(claim_at(now)));
    auto other = request;
    other.request_hash = "i";
    EXPECT_TRUE(std::holds_alternative<OtherRequest>(claim_at(now, other)));
    EXPECT_TRUE(std::holds_alternative<OtherRequest>(claim_at(later, other))) << "also after the claim has ended";
    other.caller = "write 34cd";
    EXPECT_TRUE(std::holds_alternative<Claimed>(claim_at(now, other)));
}

TEST_F(RequestKeys, WhoseProcessDiedAreClaimedAnewWhenTheClaimHasEnded) {
    EXPECT_TRUE(std::holds_alternative<Claimed>(claim_at(now)));
    EXPECT_TRUE(std::holds_alternative<UnderWay>(claim_at(later - Milliseconds(1))));
    EXPECT_TRUE(std::holds_alternative<Claimed>(claim_at(later)));
}

TEST_F(RequestKeys, OfADeadProcessMayRunAgainAtOnceAndAnswersStay) {
    EXPECT_TRUE(std::holds_alternative<Claimed>(claim_at(now)));
    keep_answer();
    auto unanswered = request;
    unanswered.key = "l";
    EXPECT_TRUE(std::holds_alternative<Claimed>(claim_at(now, unanswered)));
    database_->write([](Transaction& tx) { release_all(tx); });
    EXPECT_TRUE(std::holds_alternative<Claimed>(claim_at(now, unanswered)));
    EXPECT_TRUE(std::holds_alternative<KeptAnswer>(claim_at(now)));
}

TEST_F(RequestKeys, ThatAreReleasedMayRunAgainButNoAnswerIsForgotten) {
    EXPECT_TRUE(std::holds_alternative<Claimed>(claim_at(now)));
    database_->write([](Transaction& tx) { release(tx, request); });
    EXPECT_TRUE(std::holds_alternative<Claimed>(claim_at(now)));
    keep_answer();
    database_->write([](Transaction& tx) { release(tx, request); });
    EXPECT_TRUE(std::holds_alternative<KeptAnswer>(claim_at(now)));
}

TEST_F(RequestKeys, AreForgottenByAge) {
    EXPECT_TRUE(std::holds_alternative<Claimed>(claim_at(now)));
    keep_answer();
    database_->write([](Transaction& tx) { remove_before(tx, now); });
    EXPECT_TRUE(std::holds_alternative<KeptAnswer>(claim_at(now)));
    database_->write([](Transaction& tx) { remove_before(tx, now + Milliseconds(1)); });
    EXPECT_TRUE(std::holds_alternative<Claimed>(claim_at(now)));
}

} // namespace
} // namespace vitrine::request_key_repository
