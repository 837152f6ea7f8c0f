// What the durable queue promises, run against every database that carries it.

#include <functional>
#include <future>
#include <map>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "jobs/queue.hpp"
#include "storage/job_repository.hpp"
#include "storage/postgres_database.hpp"
#include "storage/postgres_test_server.hpp"
#include "storage/task_repository.hpp"
#include "temporary_database.hpp"

namespace vitrine {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

/// A kind of database to run the suite on: its name, and how to open an empty one in a folder.
struct Backend {
    std::string name;
    std::function<std::unique_ptr<Database>(const std::filesystem::path& folder)> open;

    /// Without this GoogleTest would print the bytes, addresses among them, and a test's name would change from run to
    /// run.
    friend void PrintTo(const Backend& backend, std::ostream* out) { *out << backend.name; }
};

const Backend sqlite_backend{"Sqlite", [](const std::filesystem::path& folder) {
                                 return open_sqlite({.file = folder / "queue.db", .durability = Durability::Normal});
                             }};

const Backend postgres_backend{"Postgres", [](const std::filesystem::path&) {
                                   auto& server = testing_support::PostgresServer::of_this_program();
                                   return open_postgres({.url = server.new_database()});
                               }};

constexpr Timestamp start{1'700'000'000'000ms};
constexpr Milliseconds lease{30'000};

class QueueTest : public testing::TestWithParam<Backend> {
protected:
    template <class F>
    auto write(F work) {
        return database_->write(std::move(work));
    }
    JobId accept(const std::string& subject = "a", int priority = 0, Timestamp now = start) {
        return write([&](Transaction& tx) {
            return queue_->accept(
                tx, {.kind = "index", .subject = "{}", .priority = priority, .first = {"crop", subject}}, now);
        });
    }
    std::vector<Task> claim(int limit = 100, Timestamp now = start, const std::string& worker = "w1") {
        return write([&](Transaction& tx) { return queue_->claim(tx, worker, limit, now, lease); });
    }
    Task claim_one(Timestamp now = start, const std::string& worker = "w1") {
        auto tasks = claim(1, now, worker);
        EXPECT_THAT(tasks, SizeIs(1));
        return tasks.empty() ? Task{} : tasks.front();
    }
    bool complete(const Task& task, const Next& next = {}, Timestamp now = start) {
        return write([&](Transaction& tx) { return queue_->complete(tx, task, next, now); });
    }
    bool fail(const Task& task, const std::string& why = "broken", Timestamp now = start) {
        return write([&](Transaction& tx) { return queue_->fail(tx, task, why, now); });
    }
    bool retry_later(const Task& task, Timestamp run_after, bool counts = true) {
        return write([&](Transaction& tx) { return queue_->retry_later(tx, task, "busy", run_after, counts, start); })
            .has_value();
    }
    Recovered recover(Timestamp now, bool all = false) {
        return write([&](Transaction& tx) { return queue_->recover(tx, now, all); });
    }
    bool cancel(JobId job) {
        return write([&](Transaction& tx) { return queue_->cancel(tx, job, "Nobody wants it.", start); });
    }
    Job job(JobId id) {
        return *database_->read([&](Transaction& tx) { return job_repository::find(tx, id); });
    }
    std::vector<Task> tasks(JobId id) {
        return database_->read([&](Transaction& tx) { return task_repository::tasks_of(tx, id); });
    }
    Task task(JobId id, const std::string& kind, const std::string& subject) {
        for (auto& found : tasks(id)) {
            if (found.kind == kind && found.subject == subject) return found;
        }
        ADD_FAILURE() << "no task " << kind << " " << subject;
        return {};
    }
    std::vector<std::string> kinds(JobId id) {
        std::vector<std::string> names;
        for (const auto& found : tasks(id)) names.push_back(found.kind);
        return names;
    }
    static Next label_all(const std::vector<std::string>& crops) {
        FanOut fan_out{.children = {}, .then = {"finish", ""}};
        for (const auto& crop : crops) fan_out.children.push_back({"label", crop});
        return {.tasks = {}, .fan_out = fan_out};
    }
    static std::vector<std::string> subjects(const std::vector<Task>& tasks) {
        std::vector<std::string> names;
        for (const auto& task : tasks) names.push_back(task.subject);
        return names;
    }
    /// As the table holds it.
    static void expect_same(const Task& taken, const Task& stored) {
        EXPECT_EQ(taken.id, stored.id);
        EXPECT_EQ(taken.job_id, stored.job_id);
        EXPECT_EQ(taken.job_attempt, stored.job_attempt);
        EXPECT_EQ(taken.kind, stored.kind);
        EXPECT_EQ(taken.subject, stored.subject);
        EXPECT_EQ(taken.state, stored.state);
        EXPECT_EQ(taken.priority, stored.priority);
        EXPECT_EQ(taken.attempts, stored.attempts);
        EXPECT_EQ(taken.max_attempts, stored.max_attempts);
        EXPECT_EQ(taken.run_after, stored.run_after);
        EXPECT_EQ(taken.lease_owner, stored.lease_owner);
        EXPECT_EQ(taken.lease_until, stored.lease_until);
        EXPECT_EQ(taken.created_at, stored.created_at);
        EXPECT_EQ(taken.started_at, stored.started_at);
    }
    void finish_job(JobId id, JobState state) {
        write([&](Transaction& tx) { EXPECT_TRUE(job_repository::finish(tx, id, state, start)); });
    }

    testing_support::TemporaryFolder folder_;
    std::unique_ptr<Database> database_ = GetParam().open(folder_.path());
    std::unique_ptr<Queue> queue_ = make_sql_queue({.usual = 3, .by_kind = {{"once", 1}}});
};

INSTANTIATE_TEST_SUITE_P(Databases, QueueTest, testing::Values(sqlite_backend, postgres_backend),
                         [](const auto& backend) { return backend.param.name; });

// --- Accepting and claiming
// -------------------------------------------------------------------------------------------

TEST_P(QueueTest, AnAcceptedJobIsQueuedWithItsFirstTaskReady) {
    const JobId id = accept("photo");
    EXPECT_EQ(job(id).state, JobState::Queued);
    EXPECT_EQ(job(id).created_at, start);
    EXPECT_EQ(job(id).started_at, std::nullopt);
    const Task first = task(id, "crop", "photo");
    EXPECT_EQ(first.state, TaskState::Ready);
    EXPECT_EQ(first.attempts, 0);
    EXPECT_EQ(first.max_attempts, 3);
}

TEST_P(QueueTest, TheFirstClaimStartsTheJob) {
    const JobId id = accept();
    const Task claimed = claim_one(start + 5s);
    EXPECT_EQ(job(id).state, JobState::Running);
    EXPECT_EQ(job(id).started_at, start + 5s);
    EXPECT_EQ(claimed.state, TaskState::Running);
    EXPECT_EQ(claimed.attempts, 1);
    EXPECT_EQ(claimed.lease_owner, "w1");
    EXPECT_EQ(claimed.lease_until, start + 5s + lease);
}

TEST_P(QueueTest, ALaterClaimDoesNotStartTheJobAgain) {
    const JobId id = accept();
    retry_later(claim_one(), start + 1s);
    claim_one(start + 9s);
    EXPECT_EQ(job(id).started_at, start);
}

TEST_P(QueueTest, ATaskIsClaimedOnce) {
    accept();
    EXPECT_THAT(claim(), SizeIs(1));
    EXPECT_THAT(claim(100, start, "w2"), IsEmpty());
}

TEST_P(QueueTest, AnEmptyQueueGivesNothing) {
    EXPECT_THAT(claim(), IsEmpty());
}

TEST_P(QueueTest, HigherPriorityGoesFirstThenWhatWasDueFirst) {
    accept("bulk 1", 0, start);
    accept("bulk 2", 0, start + 1s);
    accept("person", 10, start + 2s);
    accept("nightly", -5, start);
    EXPECT_THAT(subjects(claim(100, start + 3s)), ElementsAre("person", "bulk 1", "bulk 2", "nightly"));
}

TEST_P(QueueTest, WhoMakesWayCanTellWhetherSomethingOfHigherPriorityIsThere) {
    const auto is_any_due = [&](int priority, Timestamp now) {
        return database_->read([&](Transaction& tx) { return task_repository::is_any_due(tx, priority, now); });
    };
    accept("person", 10, start + 2s);
    EXPECT_FALSE(is_any_due(10, start + 1s)) << "it is due later";
    EXPECT_TRUE(is_any_due(10, start + 2s));
    EXPECT_FALSE(is_any_due(11, start + 2s));
    const Task task = claim_one(start + 2s);
    EXPECT_TRUE(is_any_due(10, start + 2s)) << "it runs";
    ASSERT_TRUE(complete(task));
    EXPECT_FALSE(is_any_due(10, start + 3s)) << "it is done";
}

TEST_P(QueueTest, EqualTasksGoInTheOrderTheyWereMade) {
    for (const auto* name : {"a", "b", "c", "d"}) accept(name);
    EXPECT_THAT(subjects(claim(2)), ElementsAre("a", "b"));
    EXPECT_THAT(subjects(claim(2)), ElementsAre("c", "d"));
}

TEST_P(QueueTest, NoMoreThanTheLimitIsClaimed) {
    for (int i = 0; i < 5; ++i) accept(std::to_string(i), i % 2);
    EXPECT_THAT(claim(3), SizeIs(3));
    EXPECT_THAT(claim(0), IsEmpty());
    EXPECT_THAT(claim(3), SizeIs(2));
}

TEST_P(QueueTest, ATaskThatIsDueLaterIsNotClaimedEarlier) {
    accept();
    ASSERT_TRUE(retry_later(claim_one(), start + 10s));
    EXPECT_THAT(claim(1, start + 9999ms), IsEmpty());
    EXPECT_THAT(claim(1, start + 10s), SizeIs(1));
}

TEST_P(QueueTest, AHurriedTaskIsDueAtOnceAndNoOtherIs) {
    const JobId id = accept();
    Next next;
    next.tasks = {{.kind = "finalize", .subject = "1", .priority = {}, .run_after = start + 1h},
                  {.kind = "other", .subject = "2", .priority = {}, .run_after = start + 1h}};
    ASSERT_TRUE(complete(claim_one(), next));
    ASSERT_THAT(claim(9), IsEmpty());
    write([&](Transaction& tx) {
        queue_->hurry(tx, id, "finalize", start);
        queue_->hurry(tx, JobId{id.value + 1}, "other", start); // another job's
    });
    const auto claimed = claim(9);
    ASSERT_EQ(claimed.size(), 1U);
    EXPECT_EQ(claimed[0].kind, "finalize");
    write([&](Transaction& tx) { queue_->hurry(tx, id, "finalize", start); }); // it runs
    EXPECT_THAT(claim(9), IsEmpty());
}

TEST_P(QueueTest, ATaskThatWasHurriedWhileItRanIsNotPutOff) {
    const JobId id = accept();
    const Task running = claim_one();
    write([&](Transaction& tx) {
        queue_->hurry(tx, id, "crop", start);
        const auto due = queue_->retry_later(tx, running, "not there yet", start + 1h, false, start);
        ASSERT_TRUE(due.has_value());
        EXPECT_LE(*due, start + 1ms);
    });
    const Task again = claim_one(start + 1ms);
    EXPECT_EQ(again.id, running.id);
    write([&](Transaction& tx) { // and it is a thing of that run alone
        EXPECT_EQ(queue_->retry_later(tx, again, "busy", start + 1h, false, start + 2ms), start + 1h);
    });
}

TEST_P(QueueTest, ADelayedTaskOfHighPriorityDoesNotHoldUpADueOne) {
    accept("urgent", 10);
    ASSERT_TRUE(retry_later(claim_one(), start + 60s));
    accept("bulk");
    EXPECT_THAT(subjects(claim()), ElementsAre("bulk"));
}

TEST_P(QueueTest, ManyWorkersClaimEveryTaskOnceBetweenThem) {
    constexpr int jobs = 200;
    for (int i = 0; i < jobs; ++i) accept(std::to_string(i));
    std::mutex mutex;
    std::multiset<std::int64_t> claimed;
    {
        std::vector<std::jthread> workers;
        for (int w = 0; w < 4; ++w) {
            workers.emplace_back([&, name = "w" + std::to_string(w)] {
                for (auto got = claim(7, start, name); !got.empty(); got = claim(7, start, name)) {
                    const std::lock_guard lock(mutex);
                    for (const auto& task : got) claimed.insert(task.id.value);
                }
            });
        }
    }
    EXPECT_EQ(claimed.size(), jobs);
    EXPECT_EQ(std::set<std::int64_t>(claimed.begin(), claimed.end()).size(), jobs);
}

TEST_P(QueueTest, NextDueIsTheEarliestOfAllPriorities) {
    const auto next_due = [&] { return database_->read([&](Transaction& tx) { return queue_->next_due(tx); }); };
    EXPECT_EQ(next_due(), std::nullopt);
    accept("late", 10);
    retry_later(claim_one(), start + 60s);
    accept("early", 0);
    retry_later(claim_one(), start + 20s);
    EXPECT_EQ(next_due(), start + 20s);
}

// --- Idempotency ---------------------------------------------------------------------------------------------------

TEST_P(QueueTest, TheSameIdempotencyKeyIsTheSameJob) {
    const NewJob order{
        .kind = "query", .subject = "{}", .priority = 0, .first = {"crop", "a"}, .idempotency_key = "k1"};
    const auto first = write([&](Transaction& tx) { return queue_->accept(tx, order, start); });
    const auto again = write([&](Transaction& tx) { return queue_->accept(tx, order, start + 1s); });
    EXPECT_EQ(first, again);
    EXPECT_THAT(tasks(first), SizeIs(1));
}

TEST_P(QueueTest, AnIdempotencyKeyCountsWithinItsKindOnly) {
    const auto accept_kind = [&](const std::string& kind, const std::string& key) {
        return write([&](Transaction& tx) {
            return queue_->accept(
                tx, {.kind = kind, .subject = "{}", .priority = 0, .first = {"crop", "a"}, .idempotency_key = key},
                start);
        });
    };
    EXPECT_NE(accept_kind("query", "k1"), accept_kind("index", "k1"));
    EXPECT_NE(accept_kind("query", ""), accept_kind("query", ""));
}

// --- Tasks that are taken as they are made
// ------------------------------------------------------------------------------

TEST_P(QueueTest, AJobWhoseFirstTaskIsTakenAtOnceRunsFromTheStart) {
    DirectClaim direct{.worker = "w1", .lease = lease, .room = 2, .taken = {}};
    const NewJob order{.kind = "index", .subject = "{}", .priority = 7, .first = {"crop", "photo"}};
    const JobId id = write([&](Transaction& tx) { return queue_->accept(tx, order, start, direct); });
    EXPECT_EQ(direct.room, 1);
    ASSERT_THAT(direct.taken, SizeIs(1));
    EXPECT_EQ(job(id).state, JobState::Running);
    EXPECT_EQ(job(id).started_at, start);
    expect_same(direct.taken.front(), task(id, "crop", "photo"));
    EXPECT_EQ(direct.taken.front().attempts, 1);
    EXPECT_EQ(direct.taken.front().lease_until, start + lease);
    EXPECT_THAT(claim(), IsEmpty());
    EXPECT_TRUE(complete(direct.taken.front()));
}

TEST_P(QueueTest, ADelayedFirstTaskIsNotTaken) {
    DirectClaim direct{.worker = "w1", .lease = lease, .room = 1, .taken = {}};
    const NewJob order{
        .kind = "index", .subject = "{}", .first = {.kind = "crop", .subject = "", .run_after = start + 1s}};
    const JobId id = write([&](Transaction& tx) { return queue_->accept(tx, order, start, direct); });
    EXPECT_THAT(direct.taken, IsEmpty());
    EXPECT_EQ(job(id).state, JobState::Queued);
}

TEST_P(QueueTest, TheSameIdempotencyKeyTakesNothing) {
    const NewJob order{.kind = "index", .subject = "{}", .first = {"crop", "a"}, .idempotency_key = "k"};
    const JobId first = write([&](Transaction& tx) { return queue_->accept(tx, order, start); });
    DirectClaim direct{.worker = "w1", .lease = lease, .room = 1, .taken = {}};
    EXPECT_EQ(write([&](Transaction& tx) { return queue_->accept(tx, order, start, direct); }), first);
    EXPECT_THAT(direct.taken, IsEmpty());
    EXPECT_EQ(job(first).state, JobState::Queued);
}

TEST_P(QueueTest, OfWhatFollowsAsMuchIsTakenAsThereIsRoomFor) {
    const JobId id = accept();
    DirectClaim direct{.worker = "w1", .lease = lease, .room = 2, .taken = {}};
    const Task crop = claim_one();
    write([&](Transaction& tx) {
        direct.room = 2;
        direct.taken.clear();
        EXPECT_EQ(queue_->complete(tx, crop, label_all({"1", "2", "1", "3"}), start, direct), Completion::goes_on());
    });
    EXPECT_THAT(subjects(direct.taken), ElementsAre("1", "2"));
    EXPECT_EQ(direct.room, 0);
    for (const Task& taken : direct.taken) expect_same(taken, task(id, "label", taken.subject));
    const auto rest = claim();
    EXPECT_THAT(subjects(rest), ElementsAre("3"));
    // The last of them brings the join, and takes it.
    EXPECT_TRUE(complete(direct.taken[0]));
    EXPECT_TRUE(complete(rest.front()));
    const Task last = direct.taken[1];
    write([&](Transaction& tx) {
        direct.room = 5;
        direct.taken.clear();
        EXPECT_EQ(queue_->complete(tx, last, {}, start, direct), Completion::goes_on());
    });
    ASSERT_THAT(direct.taken, SizeIs(1));
    EXPECT_EQ(direct.taken.front().kind, "finish");
    expect_same(direct.taken.front(), task(id, "finish", ""));
}

TEST_P(QueueTest, WhatIsTakenDirectlyIsRecoveredLikeAnyTask) {
    accept();
    DirectClaim direct{.worker = "w1", .lease = lease, .room = 1, .taken = {}};
    const Task crop = claim_one();
    write([&](Transaction& tx) { queue_->complete(tx, crop, {.tasks = {{"label", "1"}}}, start, direct); });
    EXPECT_EQ(recover(start + lease).given_back, 1);
    EXPECT_FALSE(complete(direct.taken.front())) << "the attempt is lost";
    EXPECT_EQ(claim_one(start + lease, "w2").attempts, 2);
}

TEST_P(QueueTest, ACompletionSaysWhetherTheJobIsOver) {
    const JobId id = accept();
    const Task crop = claim_one();
    DirectClaim direct{.worker = "w1", .lease = lease, .room = 1, .taken = {}};
    write([&](Transaction& tx) {
        job_repository::finish(tx, id, JobState::Succeeded, start);
        EXPECT_EQ(queue_->complete(tx, crop, {.tasks = {{"label", "1"}}}, start, direct),
                  Completion::job_over(JobState::Succeeded));
    });
    EXPECT_THAT(direct.taken, IsEmpty());
    write([&](Transaction& tx) { EXPECT_EQ(queue_->complete(tx, crop, {}, start, direct), Completion::lost()); });
}

// --- Riding ----------------------------------------------------------------------------------------------------------

/// Does the tasks of the kinds it is told of, in the transaction that makes them.
class ScriptedRiders final : public Riders {
public:
    explicit ScriptedRiders(std::map<std::string, Done> by_kind) : by_kind_(std::move(by_kind)) {}

    std::optional<Done> ride(Transaction&, const Task& task, const HeadStart& head_start) override {
        const auto found = by_kind_.find(task.kind);
        if (found == by_kind_.end()) return std::nullopt;
        seen.push_back(task);
        head_starts.push_back(head_start);
        return found->second;
    }

    std::vector<Task> seen;
    std::vector<HeadStart> head_starts; ///< of each

private:
    std::map<std::string, Done> by_kind_;
};

Done followed_by(const std::string& kind) {
    return {.effects = [kind](Transaction&) { return Next{.tasks = {{kind, ""}}, .fan_out = {}}; }};
}

TEST_P(QueueTest, WhatRidesIsStoredAsEndedAndWhatFollowsItIsMade) {
    const JobId id = accept();
    const Task crop = claim_one();
    ScriptedRiders riders({{"first", followed_by("second")}});
    write([&](Transaction& tx) {
        riders.seen.clear();
        DirectClaim direct{.worker = "w1", .riders = &riders};
        EXPECT_EQ(queue_->complete(tx, crop, {.tasks = {{"first", "a"}}}, start, direct), Completion::goes_on());
    });
    ASSERT_THAT(riders.seen, SizeIs(1));
    EXPECT_EQ(riders.seen.front().job_id, id);
    EXPECT_EQ(riders.seen.front().subject, "a");
    const Task rode = task(id, "first", "a");
    EXPECT_EQ(rode.state, TaskState::Succeeded);
    EXPECT_EQ(rode.attempts, 1);
    EXPECT_EQ(rode.finished_at, start);
    EXPECT_EQ(claim_one().kind, "second") << "it rides nowhere, and is ready";
}

TEST_P(QueueTest, AFirstTaskWithAHeadStartRidesWithoutRoomAndAnotherDoesNot) {
    ScriptedRiders riders({{"first", followed_by("second")}});
    const auto accept_with = [&](HeadStart head_start, std::optional<Timestamp> begun_at) {
        return write([&](Transaction& tx) {
            DirectClaim direct{.worker = "w1", .riders = &riders};
            NewJob job{.kind = "index", .subject = "{}", .first = {.kind = "first", .subject = "a"}};
            job.first.head_start = std::move(head_start);
            job.begun_at = begun_at;
            return queue_->accept(tx, job, start, direct);
        });
    };
    const JobId waits = accept_with({}, std::nullopt);
    EXPECT_EQ(job(waits).state, JobState::Queued);
    EXPECT_EQ(task(waits, "first", "a").state, TaskState::Ready);

    const JobId rides = accept_with(std::string("done already"), start - Milliseconds(30));
    EXPECT_EQ(job(rides).state, JobState::Running);
    EXPECT_EQ(job(rides).created_at, start - Milliseconds(30)) << "when work on it began";
    EXPECT_EQ(job(rides).started_at, start - Milliseconds(30));
    EXPECT_EQ(task(rides, "first", "a").state, TaskState::Succeeded);
    EXPECT_EQ(task(rides, "second", "").state, TaskState::Ready) << "there is no room for it";
    ASSERT_FALSE(riders.head_starts.empty());
    EXPECT_EQ(std::any_cast<std::string>(riders.head_starts.back()), "done already");
}

TEST_P(QueueTest, AJobThatEndsWhileItIsAcceptedSaysSoAndHasARowOfEachTaskThatRode) {
    ScriptedRiders riders({{"first", followed_by("second")},
                           {"second", followed_by("last")},
                           {"last",
                            {.effects =
                                 [](Transaction& tx) {
                                     const auto newest = job_repository::list(tx, {.limit = 1}).front().id;
                                     job_repository::finish(tx, newest, JobState::Succeeded, start);
                                     return Next{.tasks = {}, .fan_out = {}, .ended_as = JobState::Succeeded};
                                 },
                             .ends_job = true}}});
    const JobId id = write([&](Transaction& tx) {
        DirectClaim direct{.worker = "w1", .lease = lease, .room = 2, .taken = {}, .riders = &riders};
        const JobId accepted = queue_->accept(
            tx, {.kind = "index", .subject = "{}", .first = {.kind = "first", .subject = "a"}}, start, direct);
        EXPECT_EQ(direct.job_ended_as, JobState::Succeeded);
        return accepted;
    });
    EXPECT_EQ(job(id).state, JobState::Succeeded);
    for (const char* kind : {"second", "last"}) EXPECT_EQ(task(id, kind, "").state, TaskState::Succeeded) << kind;
    EXPECT_EQ(task(id, "first", "a").finished_at, start);
    EXPECT_THAT(claim(), IsEmpty());
}

TEST_P(QueueTest, WhatRodeInANewJobIsNotMadeAgainByWhatFollowsIt) {
    const Done makes_it_again{.effects = [](Transaction&) {
        return Next{.tasks = {{"first", "a"}, {"ready", ""}, {"first", "a"}}, .fan_out = {}};
    }};
    ScriptedRiders riders({{"first", makes_it_again}});
    const JobId id = write([&](Transaction& tx) {
        DirectClaim direct{.worker = "w1", .riders = &riders};
        NewJob job{.kind = "index", .subject = "{}", .first = {.kind = "first", .subject = "a"}};
        job.first.head_start = std::string("done already");
        return queue_->accept(tx, job, start, direct);
    });
    EXPECT_EQ(task(id, "first", "a").state, TaskState::Succeeded);
    EXPECT_EQ(claim_one().kind, "ready");
    EXPECT_THAT(claim(), IsEmpty());
}

TEST_P(QueueTest, ARiderMayEndTheJobAndNothingOfItIsLeft) {
    const JobId id = accept();
    const Task crop = claim_one();
    ScriptedRiders riders({{"last",
                            {.effects =
                                 [&](Transaction& tx) {
                                     job_repository::finish(tx, id, JobState::Succeeded, start);
                                     return Next{};
                                 },
                             .ends_job = true}}});
    write([&](Transaction& tx) {
        DirectClaim direct{.worker = "w1", .lease = lease, .room = 2, .taken = {}, .riders = &riders};
        const Next next{.tasks = {{"label", "1"}, {"last", ""}, {"never", ""}}};
        EXPECT_EQ(queue_->complete(tx, crop, next, start, direct), Completion::job_over(JobState::Succeeded));
        EXPECT_THAT(direct.taken, IsEmpty());
        EXPECT_EQ(direct.room, 2);
    });
    EXPECT_EQ(job(id).state, JobState::Succeeded);
    EXPECT_EQ(task(id, "label", "1").state, TaskState::Cancelled);
    EXPECT_EQ(task(id, "last", "").state, TaskState::Succeeded);
    EXPECT_THAT(claim(), IsEmpty());
}

TEST_P(QueueTest, ATaskThatTheRunHasAlreadyDoesNotRideASecondTime) {
    const JobId id = accept();
    const Task crop = claim_one();
    int effects = 0;
    ScriptedRiders riders({{"once", {.effects = [&](Transaction&) {
                                ++effects;
                                return Next{};
                            }}}});
    write([&](Transaction& tx) {
        effects = 0;
        DirectClaim direct{.worker = "w1", .riders = &riders};
        const Next next{.tasks = {{"once", ""}, {"once", ""}}};
        EXPECT_EQ(queue_->complete(tx, crop, next, start, direct), Completion::goes_on());
    });
    EXPECT_EQ(effects, 1);
    EXPECT_EQ(task(id, "once", "").state, TaskState::Succeeded);
}

TEST_P(QueueTest, ADelayedTaskAndAJobThatDoesNotBeginAtOnceDoNotRide) {
    ScriptedRiders riders({{"crop", followed_by("next")}, {"later", followed_by("next")}});
    const JobId id = write([&](Transaction& tx) {
        DirectClaim no_room{.worker = "w1", .riders = &riders};
        return queue_->accept(tx, {.kind = "index", .subject = "{}", .first = {"crop", "a"}}, start, no_room);
    });
    EXPECT_EQ(job(id).state, JobState::Queued);
    const Task crop = claim_one();
    write([&](Transaction& tx) {
        DirectClaim direct{.worker = "w1", .riders = &riders};
        const Next next{.tasks = {{"later", "", {}, start + 1s}}};
        EXPECT_EQ(queue_->complete(tx, crop, next, start, direct), Completion::goes_on());
    });
    EXPECT_THAT(riders.seen, IsEmpty());
}

// --- Completing and fencing ----------------------------------------------------------------------------------------

TEST_P(QueueTest, CompletingAddsWhatFollows) {
    const JobId id = accept();
    ASSERT_TRUE(complete(claim_one(), {.tasks = {{"label", "1"}, {"label", "2"}}, .fan_out = {}}));
    EXPECT_EQ(task(id, "crop", "a").state, TaskState::Succeeded);
    EXPECT_THAT(subjects(claim()), ElementsAre("1", "2"));
}

TEST_P(QueueTest, WhatFollowsHasTheJobsPriorityUnlessItSaysAnother) {
    const JobId id = accept("a", 7);
    ASSERT_TRUE(complete(claim_one(), {.tasks = {{"label", "1"}, {"label", "2", 9, {}}}, .fan_out = {}}));
    EXPECT_EQ(task(id, "label", "1").priority, 7);
    EXPECT_EQ(task(id, "label", "2").priority, 9);
}

TEST_P(QueueTest, WhatFollowsMayBeDueLater) {
    accept();
    ASSERT_TRUE(complete(claim_one(), {.tasks = {{"label", "1", {}, start + 30s}}, .fan_out = {}}));
    EXPECT_THAT(claim(1, start + 29s), IsEmpty());
    EXPECT_THAT(claim(1, start + 30s), SizeIs(1));
}

TEST_P(QueueTest, TheSameStepOfTheSameRunIsMadeOnce) {
    const JobId id = accept();
    ASSERT_TRUE(complete(claim_one(), {.tasks = {{"label", "1"}, {"label", "1"}, {"crop", "a"}}, .fan_out = {}}));
    EXPECT_THAT(kinds(id), ElementsAre("crop", "label"));
}

TEST_P(QueueTest, ATaskIsCompletedOnce) {
    const JobId id = accept();
    const Task held = claim_one();
    ASSERT_TRUE(complete(held));
    EXPECT_FALSE(complete(held, {.tasks = {{"label", "1"}}, .fan_out = {}}));
    EXPECT_THAT(kinds(id), ElementsAre("crop"));
}

TEST_P(QueueTest, OfAFanOutsChildrenOnlySoManyRunAtOneTimeAsWasAskedFor) {
    const JobId id = accept();
    auto next = label_all({"1", "2", "3", "4"});
    next.fan_out->at_once = 2;
    ASSERT_TRUE(complete(claim_one(), next));
    const auto first = claim(9);
    ASSERT_EQ(first.size(), 2U);
    EXPECT_THAT(claim(9), IsEmpty());
    ASSERT_TRUE(complete(first[1]));
    const auto third = claim(9);
    ASSERT_EQ(third.size(), 1U);
    EXPECT_EQ(third[0].subject, "3");
    ASSERT_TRUE(retry_later(third[0], start)); // a task that is tried again keeps its place
    EXPECT_EQ(claim_one().subject, "3");
    ASSERT_TRUE(fail(first[0]));
    const auto fourth = claim(9);
    ASSERT_EQ(fourth.size(), 1U);
    EXPECT_EQ(fourth[0].subject, "4");
    ASSERT_TRUE(complete(fourth[0]));
    EXPECT_THAT(claim(9), IsEmpty());
    ASSERT_TRUE(complete(task(id, "label", "3")));
    EXPECT_EQ(claim_one().kind, "finish");
}

TEST_P(QueueTest, AJobThatIsCancelledAndRetriedStartsItsHeldBackChildrenAnew) {
    const JobId id = accept();
    auto next = label_all({"1", "2"});
    next.fan_out->at_once = 1;
    ASSERT_TRUE(complete(claim_one(), next));
    write([&](Transaction& tx) {
        queue_->cancel(tx, id, "enough", start);
        queue_->retry(tx, id, start);
    });
    ASSERT_TRUE(complete(claim_one(), next));
    ASSERT_TRUE(complete(claim_one()));
    ASSERT_TRUE(complete(claim_one()));
    EXPECT_EQ(claim_one().kind, "finish");
}

TEST_P(QueueTest, AnAttemptWhoseLeaseRanOutIsFencedOff) {
    const JobId id = accept();
    const Task stale = claim_one(start, "slow");
    EXPECT_EQ(recover(start + lease).given_back, 1);
    const Task fresh = claim_one(start + lease, "fast");
    EXPECT_FALSE(complete(stale, {.tasks = {{"label", "stale"}}, .fan_out = {}}));
    EXPECT_FALSE(fail(stale));
    EXPECT_FALSE(retry_later(stale, start));
    EXPECT_FALSE(write([&](Transaction& tx) { return queue_->extend(tx, stale, start + 1h); }));
    EXPECT_TRUE(complete(fresh, {.tasks = {{"label", "fresh"}}, .fan_out = {}}));
    EXPECT_EQ(tasks(id).back().subject, "fresh");
}

TEST_P(QueueTest, TheSameWorkersEarlierAttemptIsFencedOffToo) {
    accept();
    const Task stale = claim_one();
    recover(start + lease);
    const Task fresh = claim_one(start + lease);
    EXPECT_FALSE(complete(stale));
    EXPECT_TRUE(complete(fresh));
}

TEST_P(QueueTest, AnAttemptThatDoesNotCountLeavesNoNumberToBeUsedAgain) {
    accept();
    const Task first = claim_one();
    ASSERT_TRUE(retry_later(first, start, false));
    const Task second = claim_one();
    EXPECT_GT(second.attempts, first.attempts);
    EXPECT_EQ(second.max_attempts - second.attempts, first.max_attempts - first.attempts);
    EXPECT_FALSE(complete(first));
}

TEST_P(QueueTest, WaitingAndWorkingAreCountedOverAllAttempts) {
    const JobId id = accept();
    Task first = claim_one(start + 100ms);
    first.started_at = start + 150ms; // it lay in its worker's hands for 50 ms
    ASSERT_TRUE(write([&](Transaction& tx) {
        return queue_->retry_later(tx, first, "busy", start + 1s, true, start + 350ms).has_value();
    }));
    EXPECT_EQ(task(id, "crop", "a").waited, 150ms);
    EXPECT_EQ(task(id, "crop", "a").worked, 200ms);
    const Task second = claim_one(start + 1200ms);
    ASSERT_TRUE(complete(second, {}, start + 1700ms));
    EXPECT_EQ(task(id, "crop", "a").waited, 350ms);
    EXPECT_EQ(task(id, "crop", "a").worked, 700ms);
}

TEST_P(QueueTest, AClockThatWasSetBackDoesNotBreakTheTimings) {
    const JobId id = accept();
    ASSERT_TRUE(complete(claim_one(), {}, start - 1h));
    EXPECT_EQ(task(id, "crop", "a").worked, 0ms);
}

TEST_P(QueueTest, EffectsLandWithTheCompletionOrNotAtAll) {
    const JobId id = accept();
    const Task held = claim_one();
    EXPECT_THROW(write([&](Transaction& tx) {
                     EXPECT_TRUE(queue_->complete(tx, held, {.tasks = {{"label", "1"}}, .fan_out = {}}, start));
                     throw std::runtime_error("no");
                 }),
                 std::runtime_error);
    EXPECT_EQ(task(id, "crop", "a").state, TaskState::Running);
    EXPECT_THAT(tasks(id), SizeIs(1));
    EXPECT_TRUE(complete(held));
}

TEST_P(QueueTest, AHugeOrBrokenErrorTextIsStoredBoundedAndClean) {
    const JobId id = accept();
    fail(claim_one(), std::string("bad \xff byte, a \0 and ", 20) + std::string(1'000'000, 'x'));
    const std::string error = task(id, "crop", "a").error;
    EXPECT_LE(error.size(), 1'100U);
    EXPECT_EQ(error.find('\0'), std::string::npos);
    EXPECT_THAT(job(id).errors, ElementsAre(error));
}

// --- Fan-out and join ------------------------------------------------------------------------------------------------

TEST_P(QueueTest, TheJoinComesWithTheLastChild) {
    const JobId id = accept();
    ASSERT_TRUE(complete(claim_one(), label_all({"1", "2", "3"})));
    auto children = claim();
    ASSERT_THAT(subjects(children), ElementsAre("1", "2", "3"));
    complete(children[2]);
    complete(children[0]);
    EXPECT_THAT(claim(), IsEmpty());
    complete(children[1]);
    const auto join = claim();
    ASSERT_THAT(join, SizeIs(1));
    EXPECT_EQ(join.front().kind, "finish");
    EXPECT_EQ(job(id).state, JobState::Running);
}

TEST_P(QueueTest, AFailedChildCountsTowardTheJoinAndTheJobGoesOn) {
    const JobId id = accept();
    complete(claim_one(), label_all({"1", "2"}));
    const auto children = claim();
    fail(children[0], "too dark");
    complete(children[1]);
    EXPECT_EQ(job(id).state, JobState::Running);
    EXPECT_EQ(claim_one().kind, "finish");
}

TEST_P(QueueTest, WhenAllChildrenFailTheJoinStillComes) {
    accept();
    complete(claim_one(), label_all({"1", "2"}));
    for (const auto& child : claim()) fail(child);
    EXPECT_EQ(claim_one().kind, "finish");
}

TEST_P(QueueTest, ARetriedChildIsWaitedFor) {
    accept();
    complete(claim_one(), label_all({"1", "2"}));
    const auto children = claim();
    complete(children[0]);
    retry_later(children[1], start + 5s);
    EXPECT_THAT(claim(), IsEmpty());
    complete(claim_one(start + 5s));
    EXPECT_EQ(claim_one().kind, "finish");
}

TEST_P(QueueTest, ALateDuplicateOfAChildDoesNotCountTwice) {
    accept();
    complete(claim_one(), label_all({"1", "2"}));
    const auto children = claim(2, start, "slow");
    recover(start + lease);
    const auto again = claim(2, start + lease, "fast");
    ASSERT_THAT(again, SizeIs(2));
    EXPECT_TRUE(complete(again[0]));
    EXPECT_FALSE(complete(children[0]));
    EXPECT_FALSE(fail(children[0]));
    EXPECT_THAT(claim(), IsEmpty());
    EXPECT_TRUE(complete(again[1]));
    EXPECT_EQ(claim_one().kind, "finish");
}

TEST_P(QueueTest, AFanOutWithoutChildrenJoinsAtOnce) {
    accept();
    complete(claim_one(), label_all({}));
    EXPECT_EQ(claim_one().kind, "finish");
}

TEST_P(QueueTest, AChildNamedTwiceIsWaitedForOnce) {
    const JobId id = accept();
    complete(claim_one(), label_all({"1", "1", "2", "1"}));
    const auto children = claim();
    ASSERT_THAT(subjects(children), ElementsAre("1", "2"));
    complete(children[0]);
    EXPECT_THAT(claim(), IsEmpty());
    complete(children[1]);
    EXPECT_EQ(claim_one().kind, "finish");
    EXPECT_THAT(tasks(id), SizeIs(4));
}

TEST_P(QueueTest, AFanOutOfNothingButKnownTasksJoinsAtOnce) {
    accept();
    complete(claim_one(), {.tasks = {{"label", "1"}}, .fan_out = label_all({"1"}).fan_out});
    std::set<std::string> kinds;
    for (const auto& task : claim()) kinds.insert(task.kind);
    EXPECT_THAT(kinds, UnorderedElementsAre("label", "finish"));
}

TEST_P(QueueTest, FanOutsMayFollowOneAnother) {
    accept();
    complete(claim_one(), label_all({"1"}));
    complete(claim_one());
    FanOut second{.children = {{"match", "1"}, {"match", "2"}}, .then = {"report", ""}};
    const Task join = claim_one();
    ASSERT_EQ(join.kind, "finish");
    complete(join, {.tasks = {}, .fan_out = second});
    for (const auto& child : claim()) complete(child);
    EXPECT_EQ(claim_one().kind, "report");
}

TEST_P(QueueTest, RacingChildrenMakeOneJoin) {
    constexpr int children = 64;
    const JobId id = accept();
    std::vector<std::string> names;
    for (int i = 0; i < children; ++i) names.push_back(std::to_string(i));
    complete(claim_one(), label_all(names));
    const auto claimed = claim(children);
    {
        std::vector<std::jthread> workers;
        for (int w = 0; w < 4; ++w) {
            workers.emplace_back([&, w] {
                // Every child is ended by two workers, in opposite ways; one of them is refused.
                for (int i = w / 2; i < children; i += 2) {
                    w % 2 == 0 ? complete(claimed[static_cast<std::size_t>(i)])
                               : fail(claimed[static_cast<std::size_t>(i)]);
                }
            });
        }
    }
    const auto all = kinds(id);
    EXPECT_EQ(std::count(all.begin(), all.end(), "finish"), 1);
}

// --- Failing ---------------------------------------------------------------------------------------------------------

TEST_P(QueueTest, AFailedStepEndsItsJobAndCancelsTheRest) {
    const JobId id = accept();
    complete(claim_one(), {.tasks = {{"label", "1"}, {"label", "2"}, {"label", "3"}}, .fan_out = {}});
    const auto running = claim(2);
    ASSERT_TRUE(fail(running[0], "The photo is empty."));
    EXPECT_EQ(job(id).state, JobState::Failed);
    EXPECT_THAT(job(id).errors, ElementsAre("The photo is empty."));
    EXPECT_EQ(job(id).finished_at, start);
    EXPECT_EQ(task(id, "label", "1").state, TaskState::Failed);
    EXPECT_EQ(task(id, "label", "2").state, TaskState::Cancelled);
    EXPECT_EQ(task(id, "label", "3").state, TaskState::Cancelled);
    EXPECT_FALSE(complete(running[1], {.tasks = {{"finish", ""}}, .fan_out = {}}));
    EXPECT_THAT(claim(), IsEmpty());
}

TEST_P(QueueTest, ATaskOfAnEndedJobCompletesWithoutSuccessors) {
    const JobId id = accept();
    complete(claim_one(), {.tasks = {{"label", "1"}, {"label", "2"}}, .fan_out = {}});
    const auto held = claim(2);
    write([&](Transaction& tx) {
        job_repository::finish(tx, id, JobState::Succeeded, start);
        EXPECT_TRUE(queue_->complete(tx, held[0], {.tasks = {{"finish", ""}}, .fan_out = {}}, start));
    });
    EXPECT_THAT(kinds(id), ElementsAre("crop", "label", "label"));
    EXPECT_EQ(task(id, "label", "2").state, TaskState::Cancelled);
}

TEST_P(QueueTest, APoisonTaskEndsFailedAfterItsAttempts) {
    const JobId id = accept();
    Timestamp now = start;
    for (int crash = 0; crash < 3; ++crash) {
        ASSERT_THAT(claim(1, now += 1h), SizeIs(1)) << "crash " << crash;
        const auto recovered = recover(now += 1h, true);
        EXPECT_EQ(recovered.failed.size(), crash == 2 ? 1U : 0U);
    }
    EXPECT_EQ(job(id).state, JobState::Failed);
    EXPECT_THAT(job(id).errors, SizeIs(1));
    EXPECT_THAT(claim(1, now + 1h), IsEmpty());
}

TEST_P(QueueTest, APoisonChildEndsAloneAndItsJobGoesOn) {
    auto queue = make_sql_queue({.usual = 3, .by_kind = {{"label", 1}}});
    const JobId id = accept();
    const Task first = claim_one();
    write([&](Transaction& tx) { EXPECT_TRUE(queue->complete(tx, first, label_all({"1"}), start)); });
    claim_one();
    EXPECT_THAT(recover(start, true).failed, SizeIs(1));
    EXPECT_EQ(job(id).state, JobState::Running);
    EXPECT_EQ(claim_one().kind, "finish");
}

// --- Recovering ------------------------------------------------------------------------------------------------------

TEST_P(QueueTest, OnlyLeasesThatRanOutAreRecovered) {
    accept("a");
    accept("b");
    claim_one(start);
    claim_one(start + 10s);
    EXPECT_EQ(recover(start + lease - 1ms).given_back, 0);
    EXPECT_EQ(recover(start + lease).given_back, 1);
    EXPECT_THAT(subjects(claim(10, start + lease)), ElementsAre("a"));
}

TEST_P(QueueTest, AnExtendedLeaseIsNotRecovered) {
    accept();
    const Task held = claim_one();
    ASSERT_TRUE(write([&](Transaction& tx) { return queue_->extend(tx, held, start + 2 * lease); }));
    EXPECT_EQ(recover(start + lease).given_back, 0);
    EXPECT_EQ(recover(start + 2 * lease).given_back, 1);
}

TEST_P(QueueTest, AfterARestartEverythingThatRanComesBackAtOnce) {
    for (const auto* name : {"a", "b", "c"}) accept(name);
    claim(2);
    EXPECT_EQ(recover(start, true).given_back, 2);
    EXPECT_THAT(claim(), SizeIs(3));
}

TEST_P(QueueTest, WhatWasAbandonedTwiceComesBackOneByOne) {
    for (const auto* name : {"a", "b", "c"}) accept(name);
    claim();
    recover(start, true);
    claim();
    EXPECT_EQ(recover(start, true).given_back, 3);
    EXPECT_THAT(claim(), SizeIs(1));
    EXPECT_THAT(claim(10, start + 10s), SizeIs(2));
}

TEST_P(QueueTest, HeldTasksAreThoseOfTheWorkerThatRun) {
    for (const auto* name : {"a", "b", "c"}) accept(name);
    const auto mine = claim(2, start, "w1");
    claim(1, start, "w2");
    complete(mine[0]);
    const auto held = database_->read([&](Transaction& tx) { return queue_->held_by(tx, "w1"); });
    EXPECT_THAT(held, ElementsAre(HeldTask{mine[1].id, 1}));
}

// --- Cancelling and starting again -----------------------------------------------------------------------------------

TEST_P(QueueTest, CancellingEndsTheJobAndItsTasks) {
    const JobId id = accept();
    complete(claim_one(), label_all({"1", "2"}));
    const Task running = claim_one();
    EXPECT_TRUE(cancel(id));
    EXPECT_EQ(job(id).state, JobState::Cancelled);
    EXPECT_THAT(job(id).errors, ElementsAre("Nobody wants it."));
    EXPECT_FALSE(complete(running));
    EXPECT_FALSE(retry_later(running, start));
    EXPECT_THAT(claim(), IsEmpty());
    EXPECT_THAT(kinds(id), ElementsAre("crop", "label", "label"));
}

TEST_P(QueueTest, AnEndedJobCannotBeCancelled) {
    const JobId id = accept();
    finish_job(id, JobState::Succeeded);
    EXPECT_FALSE(cancel(id));
    EXPECT_EQ(job(id).state, JobState::Succeeded);
    EXPECT_THAT(job(id).errors, IsEmpty());
}

TEST_P(QueueTest, CancellingOrRetryingWhatDoesNotExistIsNotFound) {
    const auto code = [](const std::function<void()>& action) {
        try {
            action();
        } catch (const Error& error) {
            return error.code();
        }
        return ErrorCode::Internal;
    };
    EXPECT_EQ(code([&] { cancel(JobId{404}); }), ErrorCode::NotFound);
    EXPECT_EQ(code([&] { write([&](Transaction& tx) { queue_->retry(tx, JobId{404}, start); }); }),
              ErrorCode::NotFound);
}

TEST_P(QueueTest, AFailedJobStartsAgainFromItsFirstTaskWithEverythingAnew) {
    const JobId id = accept();
    complete(claim_one(), label_all({"1", "2"}));
    write([&](Transaction& tx) {
        job_repository::set_crops(tx, id, {.total = 2});
        job_repository::count_crop_failed(tx, id, "too dark");
    });
    cancel(id);
    write([&](Transaction& tx) { queue_->retry(tx, id, start + 1h); });
    const Job again = job(id);
    EXPECT_EQ(again.state, JobState::Queued);
    EXPECT_EQ(again.attempts, 2);
    EXPECT_EQ(again.crops_total, 0);
    EXPECT_EQ(again.crops_failed, 0);
    EXPECT_THAT(again.errors, IsEmpty());
    EXPECT_EQ(again.started_at, std::nullopt);
    EXPECT_EQ(again.finished_at, std::nullopt);
    const Task first = claim_one(start + 1h);
    EXPECT_EQ(first.kind, "crop");
    EXPECT_EQ(first.job_attempt, 2);
    complete(first, label_all({"1", "2"}));
    for (const auto& child : claim(10, start + 1h)) complete(child);
    EXPECT_EQ(claim_one(start + 1h).kind, "finish");
}

TEST_P(QueueTest, ATaskOfAnEarlierRunCannotTouchTheNext) {
    const JobId id = accept();
    const Task stale = claim_one();
    cancel(id);
    write([&](Transaction& tx) { queue_->retry(tx, id, start); });
    EXPECT_FALSE(complete(stale, label_all({"1"})));
    EXPECT_EQ(claim_one().job_attempt, 2);
}

TEST_P(QueueTest, OnlyAJobThatEndedWithoutSuccessStartsAgain) {
    const auto refused = [&](JobId id) {
        try {
            write([&](Transaction& tx) { queue_->retry(tx, id, start); });
        } catch (const Error& error) {
            return error.code() == ErrorCode::Conflict;
        }
        return false;
    };
    const JobId queued = accept("a");
    EXPECT_TRUE(refused(queued));
    finish_job(queued, JobState::Succeeded);
    EXPECT_TRUE(refused(queued));
    const JobId partial = accept("b");
    finish_job(partial, JobState::PartiallySucceeded);
    EXPECT_FALSE(refused(partial));
    EXPECT_TRUE(refused(partial));
}

// --- Grouped commits -------------------------------------------------------------------------------------------------

TEST_P(QueueTest, AWriteThatThrowsDoesNotHarmItsNeighbours) {
    constexpr int writes = 60;
    std::vector<std::future<bool>> outcomes;
    for (int i = 0; i < writes; ++i) {
        auto stored = std::make_shared<std::promise<bool>>();
        outcomes.push_back(stored->get_future());
        database_->submit(
            [&, i](Transaction& tx) {
                queue_->accept(
                    tx, {.kind = "index", .subject = "{}", .priority = 0, .first = {"crop", std::to_string(i)}}, start);
                if (i % 7 == 3) throw std::runtime_error("no");
            },
            [stored](const std::exception_ptr& error) { stored->set_value(error == nullptr); });
    }
    for (int i = 0; i < writes; ++i) EXPECT_EQ(outcomes[static_cast<std::size_t>(i)].get(), i % 7 != 3) << i;
    const auto claimed = subjects(claim(writes));
    const std::set<std::string> stored(claimed.begin(), claimed.end());
    EXPECT_EQ(claimed.size(), stored.size());
    for (int i = 0; i < writes; ++i) EXPECT_EQ(stored.contains(std::to_string(i)), i % 7 != 3) << i;
}

TEST_P(QueueTest, AnActionAfterCommitSeesWhatWasCommitted) {
    std::optional<JobState> seen;
    const JobId id = write([&](Transaction& tx) {
        const JobId made =
            queue_->accept(tx, {.kind = "index", .subject = "{}", .priority = 0, .first = {"crop", "a"}}, start);
        tx.after_commit([&, made] {
            seen = database_->read([&](Transaction& snapshot) { return job_repository::state_of(snapshot, made); });
        });
        return made;
    });
    EXPECT_EQ(seen, JobState::Queued);
    EXPECT_EQ(job(id).state, JobState::Queued);
}

TEST_P(QueueTest, AnActionOfARolledBackWriteNeverRuns) {
    bool ran = false;
    EXPECT_THROW(write([&](Transaction& tx) {
                     tx.after_commit([&] { ran = true; });
                     throw std::runtime_error("no");
                 }),
                 std::runtime_error);
    EXPECT_FALSE(ran);
}

// --- Jobs as rows ----------------------------------------------------------------------------------------------------

TEST_P(QueueTest, AStageIsNotedWhenItFirstBegins) {
    const JobId id = accept();
    claim_one();
    write([&](Transaction& tx) { job_repository::set_stage(tx, id, "labelling", start + 1s); });
    write([&](Transaction& tx) { job_repository::set_stage(tx, id, "finishing", start + 2s); });
    write([&](Transaction& tx) { job_repository::set_stage(tx, id, "labelling", start + 3s); });
    EXPECT_EQ(job(id).stage, "labelling");
    EXPECT_EQ(job(id).labelling_at, start + 1s);
    EXPECT_EQ(job(id).finishing_at, start + 2s);
    finish_job(id, JobState::Succeeded);
    EXPECT_EQ(job(id).stage, "");
}

TEST_P(QueueTest, CropsCannotBeCountedBeyondTheirTotal) {
    const JobId id = accept();
    write([&](Transaction& tx) { job_repository::set_crops(tx, id, {.total = 2}); });
    write([&](Transaction& tx) { job_repository::count_crop_done(tx, id); });
    write([&](Transaction& tx) { job_repository::count_crop_failed(tx, id, "too dark"); });
    EXPECT_THROW(write([&](Transaction& tx) { job_repository::count_crop_done(tx, id); }), Error);
    EXPECT_EQ(job(id).crops_done, 1);
    EXPECT_EQ(job(id).crops_failed, 1);
    EXPECT_THAT(job(id).errors, ElementsAre("too dark"));
}

TEST_P(QueueTest, TheErrorsOfAJobAreBounded) {
    const JobId id = accept();
    write([&](Transaction& tx) {
        for (int i = 0; i < 150; ++i) job_repository::add_error(tx, id, "error " + std::to_string(i));
    });
    ASSERT_THAT(job(id).errors, SizeIs(100));
    EXPECT_EQ(job(id).errors.front(), "error 50");
    EXPECT_EQ(job(id).errors.back(), "error 149");
}

TEST_P(QueueTest, JobsAreListedNewestFirstByStateAndKindAndPage) {
    std::vector<JobId> ids;
    for (int i = 0; i < 4; ++i) ids.push_back(accept(std::to_string(i)));
    finish_job(ids[1], JobState::Failed);
    const auto list = [&](const job_repository::Filter& filter) {
        std::vector<JobId> found;
        for (const auto& job : database_->read([&](Transaction& tx) { return job_repository::list(tx, filter); })) {
            found.push_back(job.id);
        }
        return found;
    };
    EXPECT_THAT(list({}), ElementsAre(ids[3], ids[2], ids[1], ids[0]));
    EXPECT_THAT(list({.state = {}, .kind = {}, .before = ids[2], .limit = 1}), ElementsAre(ids[1]));
    EXPECT_THAT(list({.state = JobState::Failed, .kind = {}, .before = {}}), ElementsAre(ids[1]));
    EXPECT_THAT(list({.state = JobState::Failed, .kind = "query", .before = {}}), IsEmpty());
    EXPECT_THAT(list({.state = {}, .kind = "index", .before = ids[1]}), ElementsAre(ids[0]));
}

TEST_P(QueueTest, JobsAndTasksAreCountedByState) {
    const JobId failed = accept("a");
    accept("b");
    fail(claim_one());
    using Jobs = std::map<JobState, std::int64_t>;
    using Tasks = std::map<TaskState, std::int64_t>;
    EXPECT_EQ(job(failed).state, JobState::Failed);
    EXPECT_EQ(database_->read([](Transaction& tx) { return job_repository::count_by_state(tx); }),
              (Jobs{{JobState::Queued, 1}, {JobState::Failed, 1}}));
    EXPECT_EQ(database_->read([](Transaction& tx) { return task_repository::count_by_state(tx); }),
              (Tasks{{TaskState::Ready, 1}, {TaskState::Failed, 1}}));
}

} // namespace
} // namespace vitrine
