#include "storage/group_committer.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <latch>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrine {
namespace {

using testing::ElementsAre;

using Log = std::vector<std::string>;

/// Writes down what it is asked to do; its transaction is a list of words.
class LoggingSession final : public WriteSession {
public:
    explicit LoggingSession(Log& log) : log_(log) {}

    SqlSession& sql() override { throw std::logic_error("these writes use no SQL"); }
    void begin(Flush flush) override { log_.push_back(flush == Flush::First ? "begin" : "begin lightly"); }
    void check_open() override {}
    void commit() override {
        if (commits_to_refuse > 0) {
            --commits_to_refuse;
            throw std::runtime_error("disk full");
        }
        log_.push_back("commit");
    }
    void flush() noexcept override { log_.push_back("flush"); }
    void rollback() noexcept override { log_.push_back("rollback"); }
    Failure judge(const std::exception_ptr& error) const override { return {error, aftermath}; }

    int commits_to_refuse = 0;
    Aftermath aftermath = Aftermath::Refused; ///< of every failure

private:
    Log& log_;
};

class GroupCommitterTest : public testing::Test {
protected:
    /// Lets a first write hold the committing thread while `queue` fills the queue, so that one group takes it all.
    template <class F>
    void as_one_group(F queue) {
        std::latch filled(1);
        submit("first", [&] { filled.wait(); });
        started_.get_future().wait();
        queue();
        filled.count_down();
        committer_.reset(); // commits what waits
        log_.erase(log_.begin(), std::find(log_.begin(), log_.end(), "stored first") + 1);
    }
    void submit(
        const std::string& name, std::function<void()> action = [] {}, Flush flush = Flush::First) {
        committer_->submit(
            [this, name, action](Transaction& tx) {
                log_.push_back(name);
                if (name == "first") started_.set_value();
                tx.after_commit([this, name] { log_.push_back("after " + name); });
                action();
            },
            [this, name](const std::exception_ptr& error) { log_.push_back((error ? "refused " : "stored ") + name); },
            flush);
    }
    static void refuse() { throw std::runtime_error("no"); }

    std::promise<void> started_;
    Log log_;
    LoggingSession* session_ = nullptr;
    std::unique_ptr<GroupCommitter> committer_ = [this] {
        auto session = std::make_unique<LoggingSession>(log_);
        session_ = session.get();
        return std::make_unique<GroupCommitter>(std::move(session));
    }();
};

TEST_F(GroupCommitterTest, WaitingWritesShareOneCommitInTheirOrder) {
    as_one_group([&] {
        for (const auto* name : {"a", "b", "c"}) submit(name);
    });
    EXPECT_THAT(log_, ElementsAre("begin", "a", "b", "c", "commit", "after a", "stored a", "after b", "stored b",
                                  "after c", "stored c"));
}

TEST_F(GroupCommitterTest, AThrowerIsRefusedAloneAndItsNeighboursAreStored) {
    as_one_group([&] {
        submit("a");
        submit("b");
        submit("bad", refuse);
        submit("c");
        submit("d");
    });
    EXPECT_THAT(log_, ElementsAre("begin", "a", "b", "bad", "rollback",                                      //
                                  "begin", "a", "b", "commit", "after a", "stored a", "after b", "stored b", //
                                  "begin", "bad", "rollback", "refused bad",                                 //
                                  "begin", "c", "d", "commit", "after c", "stored c", "after d", "stored d"));
}

TEST_F(GroupCommitterTest, AWriteThatThrowsOnlyInCompanyIsStored) {
    int runs = 0;
    as_one_group([&] {
        submit("a");
        submit("shy", [&] {
            if (++runs == 1) refuse();
        });
    });
    EXPECT_THAT(log_, testing::Contains("stored shy"));
    EXPECT_EQ(std::count(log_.begin(), log_.end(), "after shy"), 1);
}

TEST_F(GroupCommitterTest, WhenACommitFailsEachWriteIsTriedAlone) {
    bool refused = false;
    as_one_group([&] {
        submit("a", [&] { session_->commits_to_refuse = std::exchange(refused, true) ? 0 : 1; });
        submit("b");
    });
    EXPECT_THAT(log_, ElementsAre("begin", "a", "b", "rollback",                 //
                                  "begin", "a", "commit", "after a", "stored a", //
                                  "begin", "b", "commit", "after b", "stored b"));
}

TEST_F(GroupCommitterTest, AWriteWhoseCommitFailsAloneIsRefused) {
    as_one_group([&] { submit("a", [&] { session_->commits_to_refuse = 1; }); });
    EXPECT_THAT(log_, ElementsAre("begin", "a", "rollback", "refused a"));
}

TEST_F(GroupCommitterTest, AWriteThatMayBeFlushedSoonIsToldOfFirstAndFlushedWithoutAnotherWrite) {
    as_one_group([&] {
        submit(
            "a", [] {}, Flush::Soon);
    });
    EXPECT_THAT(log_, ElementsAre("begin lightly", "a", "commit", "after a", "stored a", "flush"));
}

TEST_F(GroupCommitterTest, AGroupIsOnTheDiskBeforeItIsSeenWhereOneOfItsWritesAsksForIt) {
    as_one_group([&] {
        submit(
            "a", [] {}, Flush::Soon);
        submit("b");
    });
    EXPECT_THAT(log_, ElementsAre("begin", "a", "b", "commit", "after a", "stored a", "after b", "stored b"));
}

TEST_F(GroupCommitterTest, AWriteThatSomebodyIsToldOfMustAskForTheDiskFirst) {
    std::promise<void> told;
    committer_->submit([](Transaction& tx) { tx.expect_flush_first(); },
                       [&](const std::exception_ptr& error) {
                           EXPECT_TRUE(error);
                           told.set_value();
                       },
                       Flush::Soon);
    told.get_future().wait();
}

TEST_F(GroupCommitterTest, AWriteThatNobodyIsToBlameForRunsAgainUntilItPasses) {
    session_->aftermath = WriteSession::Aftermath::Again;
    session_->commits_to_refuse = 3;
    submit("a");
    committer_.reset();
    EXPECT_EQ(std::ranges::count(log_, "a"), 4);
    EXPECT_EQ(log_.back(), "stored a");
}

TEST_F(GroupCommitterTest, AWriteThatNeverPassesIsRefusedAtLast) {
    session_->aftermath = WriteSession::Aftermath::Again;
    session_->commits_to_refuse = 1'000;
    submit("a");
    committer_.reset();
    EXPECT_EQ(log_.back(), "refused a");
    EXPECT_EQ(std::ranges::count(log_, "a"), GroupLimits{}.tries_max);
}

TEST_F(GroupCommitterTest, WhenItIsOverNothingOfTheGroupRunsAgain) {
    as_one_group([&] {
        submit("a", [this] {
            session_->aftermath = WriteSession::Aftermath::Over;
            session_->commits_to_refuse = 1;
        });
        submit("b");
    });
    EXPECT_THAT(log_, ElementsAre("begin", "a", "b", "rollback", "refused a", "refused b"));
}

TEST_F(GroupCommitterTest, DestroyingItCommitsWhatWaits) {
    std::atomic<int> stored = 0;
    for (int i = 0; i < 100; ++i) {
        committer_->submit([](Transaction&) {}, [&](const std::exception_ptr& error) { stored += error ? 0 : 1; });
    }
    committer_.reset();
    EXPECT_EQ(stored, 100);
}

TEST_F(GroupCommitterTest, WhatIsDoneMaySubmitMoreHoweverFullTheQueueIs) {
    Log log;
    std::latch stored(4);
    GroupCommitter committer(std::make_unique<LoggingSession>(log), {.waiting_max = 1, .group_max = 1});
    const auto count = [&](const std::exception_ptr&) { stored.count_down(); };
    committer.submit([](Transaction&) {},
                     [&](const std::exception_ptr&) {
                         for (int i = 0; i < 4; ++i) committer.submit([](Transaction&) {}, count);
                     });
    stored.wait();
}

TEST_F(GroupCommitterTest, ManyThreadsGetPastAFullQueue) {
    Log log;
    std::atomic<int> stored = 0;
    {
        GroupCommitter committer(std::make_unique<LoggingSession>(log), {.waiting_max = 2, .group_max = 3});
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 100; ++i) {
                    committer.submit([](Transaction&) {},
                                     [&](const std::exception_ptr& error) { stored += error ? 0 : 1; });
                }
            });
        }
        threads.clear();
    }
    EXPECT_EQ(stored, 400);
}

/// A write of the calling thread's own, which must be alone.
class OwnWriteTest : public GroupCommitterTest {
protected:
    bool write_at_once(
        const std::string& name, const std::function<void()>& action = [] {}) {
        return committer_->write_at_once(
            [&](Transaction& tx) {
                log_.push_back(name);
                ran_on_ = std::this_thread::get_id();
                tx.after_commit([this, name] { log_.push_back("after " + name); });
                action();
            },
            Flush::First);
    }

    std::thread::id ran_on_;
};

TEST_F(OwnWriteTest, WhoComesWhenNobodyCommitsDoesSoHimself) {
    EXPECT_TRUE(write_at_once("own"));
    EXPECT_EQ(ran_on_, std::this_thread::get_id());
    EXPECT_THAT(log_, ElementsAre("begin", "own", "commit", "after own"));
}

TEST_F(OwnWriteTest, WhoComesWhileAnotherCommitsDoesNot) {
    std::latch filled(1);
    submit("first", [&] { filled.wait(); });
    started_.get_future().wait();
    EXPECT_FALSE(write_at_once("own"));
    filled.count_down();
    committer_.reset();
    EXPECT_THAT(log_, ElementsAre("begin", "first", "commit", "after first", "stored first"));
}

TEST_F(OwnWriteTest, WhatItThrowsIsItsCallersAndNothingIsStored) {
    EXPECT_THROW(static_cast<void>(write_at_once("bad", refuse)), std::runtime_error);
    session_->commits_to_refuse = 1;
    EXPECT_THROW(static_cast<void>(write_at_once("unlucky")), std::runtime_error);
    EXPECT_TRUE(write_at_once("good")) << "the turn was given back";
    EXPECT_THAT(log_, ElementsAre("begin", "bad", "rollback", "begin", "unlucky", "rollback", "begin", "good", "commit",
                                  "after good"));
}

TEST_F(OwnWriteTest, WhatIsSubmittedMeanwhileIsCommittedAfterIt) {
    EXPECT_TRUE(write_at_once("own", [&] { submit("next"); }));
    committer_.reset();
    EXPECT_THAT(log_, ElementsAre("begin", "own", "commit", "after own", "begin", "next", "commit", "after next",
                                  "stored next"));
}

TEST_F(OwnWriteTest, OneThatFlushesForOthersLeavesTheThreadAlive) {
    for (int i = 0; i < 30; ++i) {
        std::promise<void> stored;
        committer_->submit([](Transaction&) {}, [&](const std::exception_ptr&) { stored.set_value(); }, Flush::Soon);
        stored.get_future().wait();
        std::this_thread::sleep_for(std::chrono::microseconds(100 * i)); // around the moment at which it is flushed
        static_cast<void>(committer_->write_at_once([](Transaction&) {}, Flush::First));
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
        std::promise<void> answered;
        committer_->submit([](Transaction&) {}, [&](const std::exception_ptr&) { answered.set_value(); });
        ASSERT_EQ(answered.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready) << i;
    }
}

TEST_F(OwnWriteTest, ManyThreadsCommitByThemselvesAndTogether) {
    std::atomic<int> stored = 0;
    int under_way = 0; // by whoever has the turn
    const auto work = [&under_way](Transaction& tx) {
        EXPECT_EQ(++under_way, 1);
        --under_way;
        tx.after_commit([&under_way] { EXPECT_EQ(under_way, 0); });
    };
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&, t] {
                for (int i = 0; i < 500; ++i) {
                    const Flush flush = (i + t) % 3 == 0 ? Flush::Soon : Flush::First;
                    if (committer_->write_at_once(work, flush)) {
                        ++stored;
                    } else {
                        committer_->submit(
                            work, [&](const std::exception_ptr&) { ++stored; }, flush);
                    }
                }
            });
        }
    }
    committer_.reset();
    EXPECT_EQ(stored, 2'000);
}

} // namespace
} // namespace vitrine
