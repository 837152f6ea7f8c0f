#include "jobs/worker_pool.hpp"

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <future>
#include <latch>
#include <mutex>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <vitrine/error.hpp>

#include "storage/job_repository.hpp"
#include "storage/task_repository.hpp"
#include "storage/test_database.hpp"

namespace vitrine {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Long enough that it passes only when something hangs.
std::chrono::steady_clock::time_point at_last() {
    return std::chrono::steady_clock::now() + 60s;
}

class TestClock final : public Clock {
public:
    [[nodiscard]] Timestamp now() const override { return Timestamp{Milliseconds{now_}}; }
    void advance(Milliseconds by) { now_ += by.count(); }

private:
    std::atomic<std::int64_t> now_ = 1'700'000'000'000;
};

/// A step made of what a test says.
struct ScriptedStep final : Step {
    using Compute = std::function<Outcome(const Task&, const StepContext&)>;
    using OnFailed = std::function<void(Transaction&, const Task&, const std::string&)>;

    ScriptedStep(std::string name, Compute script, StepLimits bounds = {}, OnFailed failed = {})
        : name_(std::move(name)), script_(std::move(script)), bounds_(bounds), failed_(std::move(failed)) {}

    std::string kind() const override { return name_; }
    StepLimits limits() const override { return bounds_; }
    Outcome compute(const Task& task, const StepContext& context) override { return script_(task, context); }
    void on_failed(Transaction& tx, const Task& task, const std::string& error) override {
        if (failed_) failed_(tx, task, error);
    }

    std::string name_;
    Compute script_;
    StepLimits bounds_;
    OnFailed failed_;
};

/// A step that rides, as `ride` says.
struct RidingStep final : Step {
    using Ride = std::function<std::optional<Done>(Transaction&, const Task&)>;

    RidingStep(std::string name, Ride ride, ScriptedStep::Compute compute)
        : name_(std::move(name)), ride_(std::move(ride)), compute_(std::move(compute)) {}

    std::string kind() const override { return name_; }
    Outcome compute(const Task& task, const StepContext& context) override { return compute_(task, context); }
    std::optional<Done> ride(Transaction& tx, const Task& task, const HeadStart&) override { return ride_(tx, task); }

    std::string name_;
    Ride ride_;
    ScriptedStep::Compute compute_;
};

Outcome followed_by(const std::string& kind, const std::string& subject = "") {
    return Done{[=](Transaction&) { return Next{.tasks = {{kind, subject}}, .fan_out = {}}; }};
}

Outcome end_job(const Task& task, const Clock& clock) {
    return Done{[job = task.job_id, &clock](Transaction& tx) {
                    job_repository::finish(tx, job, JobState::Succeeded, clock.now());
                    return Next{};
                },
                true};
}

/// Refuses writes while told to.
class MoodyDatabase final : public Database {
public:
    explicit MoodyDatabase(Database& database) : database_(database) {}

    void submit(Work work, Done done, Flush flush, About about) override {
        database_.submit(
            [this, work = std::move(work)](Transaction& tx) {
                expect_to_be_there();
                work(tx);
                expect_to_be_there();
                if (refusals_ > 0) {
                    --refusals_;
                    throw Error(ErrorCode::Unavailable, "The disk is full.");
                }
            },
            std::move(done), flush, about);
    }
    void run_read(const Work& work) override { database_.run_read(work); }
    void run_look(const Work& work) override { database_.run_look(work); }
    void refuse(int writes) { refusals_ = writes; }

    /// From now on no write is even begun.
    void go_away() { is_away_ = true; }
    void come_back() { is_away_ = false; }

private:
    void expect_to_be_there() const {
        if (is_away_) throw Error(ErrorCode::Unavailable, "The database is away.");
    }

    Database& database_;
    std::atomic<int> refusals_ = 0;
    std::atomic<bool> is_away_ = false;
};

/// The queue, with its events told after they were committed.
class WatchedQueue final : public Queue {
public:
    using Queue::accept;
    using Queue::complete;

    explicit WatchedQueue(AttemptLimits limits) : queue_(make_sql_queue(std::move(limits))) {}

    JobId accept(Transaction& tx, const NewJob& job, Timestamp now, DirectClaim& direct) override {
        return queue_->accept(tx, job, now, direct);
    }
    std::vector<Task> claim(Transaction& tx, const std::string& worker, int limit, Timestamp now,
                            Milliseconds lease) override {
        ++claims;
        return queue_->claim(tx, worker, limit, now, lease);
    }
    Completion complete(Transaction& tx, const Task& task, const Next& next, Timestamp now,
                        DirectClaim& direct) override {
        return queue_->complete(tx, task, next, now, direct);
    }
    std::optional<Timestamp> retry_later(Transaction& tx, const Task& task, const std::string& why, Timestamp run_after,
                                         bool counts, Timestamp now) override {
        if (on_retry) tx.after_commit(on_retry);
        return queue_->retry_later(tx, task, why, run_after, counts, now);
    }
    bool fail(Transaction& tx, const Task& task, const std::string& why, Timestamp now) override {
        return queue_->fail(tx, task, why, now);
    }
    bool extend(Transaction& tx, const Task& task, Timestamp until) override {
        if (on_extend) tx.after_commit(on_extend);
        return queue_->extend(tx, task, until);
    }
    void hurry(Transaction& tx, JobId job, const std::string& kind, Timestamp now) override {
        queue_->hurry(tx, job, kind, now);
    }
    Recovered recover(Transaction& tx, Timestamp now, bool all) override { return queue_->recover(tx, now, all); }
    bool cancel(Transaction& tx, JobId job, const std::string& why, Timestamp now) override {
        return queue_->cancel(tx, job, why, now);
    }
    void retry(Transaction& tx, JobId job, Timestamp now) override { queue_->retry(tx, job, now); }
    std::optional<Timestamp> next_due(Transaction& tx) override { return queue_->next_due(tx); }
    std::vector<HeldTask> held_by(Transaction& tx, const std::string& worker) override {
        return queue_->held_by(tx, worker);
    }

    std::function<void()> on_retry;
    std::function<void()> on_extend;
    std::atomic<int> claims = 0;

private:
    std::unique_ptr<Queue> queue_;
};

class WorkerPoolTest : public testing::Test {
protected:
    WorkerPoolTest() {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = std::filesystem::temp_directory_path() /
                  (std::string("vitrine.") + test->name() + std::to_string(getpid()));
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
        database_ = testing_support::open_test_database(folder_);
        moody_ = std::make_unique<MoodyDatabase>(*database_);
        options_.retry = {.initial = 1ms, .max = 2ms};
        options_.ask_again = 1ms;
    }
    ~WorkerPoolTest() override {
        pool_.reset();
        moody_.reset();
        database_.reset();
        std::filesystem::remove_all(folder_);
    }

    void add(const std::string& kind, ScriptedStep::Compute compute, StepLimits limits = {},
             ScriptedStep::OnFailed on_failed = {}) {
        steps_.push_back(std::make_unique<ScriptedStep>(kind, std::move(compute), limits, std::move(on_failed)));
    }
    /// A step that ends the job.
    void add_last(const std::string& kind = "last") {
        add(kind, [this](const Task& task, const StepContext&) { return end_job(task, clock()); });
    }
    /// A step that ends the job and rides; counts the times that it had to run by itself.
    void add_riding_last(std::atomic<int>& alone, RidingStep::Ride ride) {
        steps_.push_back(
            std::make_unique<RidingStep>("last", std::move(ride), [&](const Task& task, const StepContext&) {
                ++alone;
                return end_job(task, clock());
            }));
    }
    /// A step after which comes the one that ends the job, and rides.
    void add_first() {
        add("first", [](const Task&, const StepContext&) {
            return Done{[](Transaction&) { return Next{.tasks = {{"last", ""}}, .fan_out = {}}; }, true};
        });
    }
    /// Runs a job in a pool that has looked around: there is room for it.
    JobId run_with_room(const std::string& kind) {
        JobId id;
        for (int i = 0; i < 20; ++i) {
            id = database_->write([&](Transaction& tx) {
                return pool_->accept(tx, {.kind = "index", .subject = "{}", .first = {kind, ""}});
            });
            EXPECT_EQ(wait(id), JobState::Succeeded);
        }
        return id;
    }
    /// Ends the pool before the test's own variables, which its steps use.
    class Started {
    public:
        explicit Started(WorkerPoolTest& test) : test_(test) {}
        Started(const Started&) = delete;
        Started& operator=(const Started&) = delete;
        ~Started() { test_.pool_.reset(); }

    private:
        WorkerPoolTest& test_;
    };

    [[nodiscard]] Started start() {
        make_queue();
        pool_ = std::make_unique<WorkerPool>(*moody_, *queue_, clock(), std::move(steps_), options_);
        return Started(*this);
    }
    void make_queue() {
        queue_ = std::make_unique<WatchedQueue>(attempt_limits(steps_));
        queue_->on_retry = on_retry_;
        queue_->on_extend = on_extend_;
    }
    JobId accept(const std::string& kind, const std::string& subject = "", int priority = 0) {
        if (!queue_) make_queue();
        const JobId id = database_->write([&](Transaction& tx) {
            tx.after_commit([this] {
                if (pool_) pool_->wake();
            });
            return queue_->accept(
                tx, {.kind = "index", .subject = "{}", .priority = priority, .first = {kind, subject}}, clock().now());
        });
        return id;
    }
    std::optional<JobState> wait(JobId job) { return pool_->wait(job, at_last()); }
    Job job(JobId id) {
        return *database_->read([&](Transaction& tx) { return job_repository::find(tx, id); });
    }
    std::vector<Task> tasks(JobId id) {
        return database_->read([&](Transaction& tx) { return task_repository::tasks_of(tx, id); });
    }
    void cancel(JobId id) {
        database_->write([&](Transaction& tx) {
            queue_->cancel(tx, id, "Nobody wants it.", clock().now());
            tx.after_commit([this] { pool_->wake(); });
        });
    }
    const Clock& clock() const { return test_clock_ ? static_cast<const Clock&>(*test_clock_) : system_clock_; }

    std::filesystem::path folder_;
    SystemClock system_clock_;
    std::unique_ptr<TestClock> test_clock_; ///< set before start() by tests that move the time
    std::unique_ptr<Database> database_;
    std::unique_ptr<MoodyDatabase> moody_;
    std::unique_ptr<WatchedQueue> queue_;
    std::function<void()> on_retry_; ///< set before start(), as is the next
    std::function<void()> on_extend_;
    std::vector<std::unique_ptr<Step>> steps_;
    WorkerOptions options_;
    std::unique_ptr<WorkerPool> pool_;
};

TEST_F(WorkerPoolTest, AChainOfStepsRunsToItsEnd) {
    add("one", [](const Task&, const StepContext&) { return followed_by("two"); });
    add("two", [](const Task&, const StepContext&) { return followed_by("last"); });
    add_last();
    const auto started = start();
    const JobId id = accept("one");
    EXPECT_EQ(wait(id), JobState::Succeeded);
    ASSERT_THAT(tasks(id), SizeIs(3));
    for (const auto& task : tasks(id)) {
        EXPECT_EQ(task.state, TaskState::Succeeded) << task.kind;
        EXPECT_EQ(task.attempts, 1) << task.kind;
    }
}

TEST_F(WorkerPoolTest, JobsAcceptedBeforeTheStartAreRun) {
    add_last();
    const JobId id = accept("last");
    const auto started = start();
    EXPECT_EQ(wait(id), JobState::Succeeded);
}

TEST_F(WorkerPoolTest, AFanOutJoinsOnceAfterAllItsChildren) {
    std::atomic<int> labelled = 0;
    std::atomic<int> joined = 0;
    add("crop", [](const Task&, const StepContext&) {
        return Done{[](Transaction&) {
            FanOut fan_out{.children = {}, .then = {"finish", ""}};
            for (int i = 0; i < 40; ++i) fan_out.children.push_back({"label", std::to_string(i)});
            return Next{.tasks = {}, .fan_out = fan_out};
        }};
    });
    add("label", [&](const Task& task, const StepContext&) -> Outcome {
        ++labelled;
        if (task.subject == "7") return Fail{"too dark"};
        return Done{};
    });
    add("finish", [&](const Task& task, const StepContext&) {
        EXPECT_EQ(labelled, 40);
        ++joined;
        return end_job(task, clock());
    });
    options_.threads = 4;
    const auto started = start();
    const JobId id = accept("crop");
    EXPECT_EQ(wait(id), JobState::Succeeded);
    EXPECT_EQ(joined, 1);
    EXPECT_THAT(tasks(id), SizeIs(42));
}

TEST_F(WorkerPoolTest, ManyJobsOnManyThreadsAllEndOnce) {
    std::mutex mutex;
    std::multiset<std::string> ended;
    add("one", [](const Task& task, const StepContext&) { return followed_by("last", task.subject); });
    add("last", [&](const Task& task, const StepContext&) {
        const std::lock_guard lock(mutex);
        ended.insert(task.subject);
        return end_job(task, clock());
    });
    options_.threads = 8;
    const auto started = start();
    std::vector<JobId> ids;
    for (int i = 0; i < 300; ++i) ids.push_back(accept("one", std::to_string(i)));
    for (const JobId id : ids) EXPECT_EQ(wait(id), JobState::Succeeded);
    EXPECT_EQ(ended.size(), 300U);
    EXPECT_EQ(std::set<std::string>(ended.begin(), ended.end()).size(), 300U);
}

TEST_F(WorkerPoolTest, APassingErrorIsTriedAgainUntilItPasses) {
    std::atomic<int> tries = 0;
    add("call", [&](const Task& task, const StepContext&) {
        if (++tries < 3) throw Error(ErrorCode::Unavailable, "The model is down.");
        return end_job(task, clock());
    });
    const auto started = start();
    const JobId id = accept("call");
    EXPECT_EQ(wait(id), JobState::Succeeded);
    EXPECT_EQ(tries, 3);
    EXPECT_EQ(tasks(id).front().attempts, 3);
}

TEST_F(WorkerPoolTest, AfterTheLastAttemptTheTaskFailsAndItsStepIsToldInTheSameTransaction) {
    add(
        "call",
        [](const Task&, const StepContext&) -> Outcome { return Retry{.after = 0ms, .why = "The model is down."}; },
        {.max_attempts = 3},
        [&](Transaction& tx, const Task& task, const std::string& error) {
            EXPECT_EQ(job_repository::state_of(tx, task.job_id), JobState::Failed);
            job_repository::add_error(tx, task.job_id, "told: " + error);
        });
    const auto started = start();
    const JobId id = accept("call");
    EXPECT_EQ(wait(id), JobState::Failed);
    EXPECT_EQ(tasks(id).front().attempts, 3);
    EXPECT_THAT(job(id).errors, ElementsAre("The model is down.", "told: The model is down."));
}

TEST_F(WorkerPoolTest, ARetryThatDoesNotCountUsesNoAttempt) {
    std::atomic<int> tries = 0;
    add("call",
        [&](const Task& task, const StepContext&) -> Outcome {
            if (++tries < 5) return Retry{.after = 0ms, .why = "The circuit is open.", .counts_as_attempt = false};
            return end_job(task, clock());
        },
        {.max_attempts = 1});
    const auto started = start();
    EXPECT_EQ(wait(accept("call")), JobState::Succeeded);
    EXPECT_EQ(tries, 5);
}

TEST_F(WorkerPoolTest, AServersRetryAfterIsObeyed) {
    test_clock_ = std::make_unique<TestClock>();
    std::atomic<int> tries = 0;
    std::promise<void> retried;
    on_retry_ = [&] { retried.set_value(); };
    add("call", [&](const Task& task, const StepContext&) -> Outcome {
        if (++tries == 1) throw Error(ErrorCode::RateLimited, "Slow down.", 90s);
        return end_job(task, clock());
    });
    add_last();
    const auto started = start();
    const JobId id = accept("call");
    retried.get_future().wait();
    EXPECT_EQ(tasks(id).front().run_after, clock().now() + 90s);
    test_clock_->advance(90s - 1ms);
    EXPECT_EQ(wait(accept("last")), JobState::Succeeded);
    EXPECT_EQ(tries, 1);
    test_clock_->advance(1ms);
    pool_->wake();
    EXPECT_EQ(wait(id), JobState::Succeeded);
}

TEST_F(WorkerPoolTest, AnErrorThatCannotPassFailsTheJobAtOnce) {
    add("call",
        [](const Task&, const StepContext&) -> Outcome { throw Error(ErrorCode::BadInput, "The photo is empty."); });
    const auto started = start();
    const JobId id = accept("call");
    EXPECT_EQ(wait(id), JobState::Failed);
    EXPECT_THAT(job(id).errors, ElementsAre("The photo is empty."));
    EXPECT_EQ(tasks(id).front().attempts, 1);
}

TEST_F(WorkerPoolTest, AnyOtherExceptionFailsTheJobAndNamesTheStep) {
    add("call", [](const Task&, const StepContext&) -> Outcome { throw std::out_of_range("vector"); });
    add("odd", [](const Task&, const StepContext&) -> Outcome { throw 42; });
    const auto started = start();
    const JobId call = accept("call");
    const JobId odd = accept("odd");
    EXPECT_EQ(wait(call), JobState::Failed);
    EXPECT_EQ(wait(odd), JobState::Failed);
    EXPECT_THAT(job(call).errors, ElementsAre(HasSubstr("'call'")));
    EXPECT_THAT(job(odd).errors, ElementsAre(HasSubstr("'odd'")));
}

TEST_F(WorkerPoolTest, ATaskOfAnUnknownKindFails) {
    const auto started = start();
    const JobId id = accept("of the future");
    EXPECT_EQ(wait(id), JobState::Failed);
    EXPECT_THAT(job(id).errors, ElementsAre(HasSubstr("'of the future'")));
}

TEST_F(WorkerPoolTest, EffectsThatThrowLeaveNothingBehindAndTheStepIsTriedAgain) {
    std::atomic<int> tries = 0;
    add("call", [&](const Task& task, const StepContext&) {
        return Done{[&, job = task.job_id](Transaction& tx) -> Next {
                        job_repository::add_error(tx, job, "half done");
                        // A group that is rolled back runs twice: the first two runs are the first attempt.
                        if (++tries <= 2) throw Error(ErrorCode::Unavailable, "The disk is full.");
                        job_repository::finish(tx, job, JobState::Succeeded, clock().now());
                        return {};
                    },
                    true};
    });
    const auto started = start();
    const JobId id = accept("call");
    EXPECT_EQ(wait(id), JobState::Succeeded);
    EXPECT_THAT(job(id).errors, ElementsAre("half done"));
    EXPECT_GE(tasks(id).front().attempts, 2);
}

TEST_F(WorkerPoolTest, EffectsThatCannotPassFailTheJob) {
    add("call", [&](const Task&, const StepContext&) {
        return Done{[](Transaction&) -> Next { throw Error(ErrorCode::Conflict, "The product is gone."); }};
    });
    const auto started = start();
    const JobId id = accept("call");
    EXPECT_EQ(wait(id), JobState::Failed);
    EXPECT_THAT(job(id).errors, ElementsAre("The product is gone."));
}

TEST_F(WorkerPoolTest, AStepThatCannotNoteItsFailureStillFails) {
    add(
        "call", [](const Task&, const StepContext&) -> Outcome { return Fail{"The photo is empty."}; }, {},
        [](Transaction&, const Task&, const std::string&) { throw std::logic_error("a bug"); });
    const auto started = start();
    const JobId id = accept("call");
    EXPECT_EQ(wait(id), JobState::Failed);
    EXPECT_THAT(job(id).errors, ElementsAre(testing::AllOf(HasSubstr("The photo is empty."), HasSubstr("a bug"))));
}

TEST_F(WorkerPoolTest, WhatADatabaseRefusedIsWrittenWhenItTakesItAgain) {
    std::promise<void> reported;
    std::atomic<int> reports = 0;
    options_.report = [&](const std::string& sentence) {
        EXPECT_EQ(sentence, "The disk is full.");
        if (++reports == 2) reported.set_value();
    };
    std::atomic<bool> refused = false;
    add("call", [&](const Task&, const StepContext&) -> Outcome {
        if (!refused.exchange(true)) moody_->refuse(6);
        return Fail{"The photo is empty."};
    });
    const auto started = start();
    const JobId id = accept("call");
    reported.get_future().wait();
    EXPECT_EQ(wait(id), JobState::Failed);
}

TEST_F(WorkerPoolTest, WorkThatTheDatabaseRefusedToStoreIsStoredLaterAndNotDoneAgain) {
    std::atomic<int> calls = 0;
    add("call", [&](const Task& task, const StepContext&) -> Outcome {
        if (++calls == 1) moody_->refuse(6);
        return end_job(task, clock());
    });
    const auto started = start();
    const JobId id = accept("call");
    EXPECT_EQ(wait(id), JobState::Succeeded);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(tasks(id).front().attempts, 1);
}

TEST_F(WorkerPoolTest, AStepThatOverrunsIsTimedOutAndNeverBlocksTheQueue) {
    std::latch release(1);
    std::atomic<bool> asked_to_stop = false;
    add("stuck",
        [&](const Task&, const StepContext& context) -> Outcome {
            const std::stop_callback on_stop(context.stop, [&] { asked_to_stop = true; });
            release.wait();
            return Done{[](Transaction&) -> Next {
                ADD_FAILURE() << "the late result had an effect";
                return {};
            }};
        },
        {.max_attempts = 2, .time_limit = 20ms});
    add_last();
    options_.threads = 1;
    const auto started = start();
    const JobId stuck = accept("stuck");
    EXPECT_EQ(wait(stuck), JobState::Failed);
    EXPECT_TRUE(asked_to_stop);
    EXPECT_THAT(job(stuck).errors, ElementsAre("It ran longer than its limit of 20 ms."));
    EXPECT_EQ(tasks(stuck).front().attempts, 2);
    EXPECT_EQ(wait(accept("last")), JobState::Succeeded) << "both threads are still stuck; a third does this";
    release.count_down();
}

TEST_F(WorkerPoolTest, CancellingReachesTheRunningStepAndItsResultHasNoEffect) {
    std::promise<void> running;
    add("long", [&](const Task&, const StepContext& context) -> Outcome {
        std::promise<void> stopped;
        const std::stop_callback on_stop(context.stop, [&] { stopped.set_value(); });
        running.set_value();
        stopped.get_future().wait();
        return Done{[](Transaction&) -> Next {
            ADD_FAILURE() << "a cancelled step had an effect";
            return {};
        }};
    });
    add_last();
    options_.threads = 1;
    const auto started = start();
    const JobId id = accept("long");
    running.get_future().wait();
    cancel(id);
    EXPECT_EQ(wait(id), JobState::Cancelled);
    EXPECT_EQ(wait(accept("last")), JobState::Succeeded);
}

TEST_F(WorkerPoolTest, AWaiterLearnsOfACancelledJobThatNeverRan) {
    std::latch release(1);
    std::promise<void> running;
    add("long", [&](const Task& task, const StepContext&) {
        running.set_value();
        release.wait();
        return end_job(task, clock());
    });
    add_last();
    options_.threads = 1;
    const auto started = start();
    accept("long");
    running.get_future().wait();
    const JobId queued = accept("last");
    auto waiting = std::async(std::launch::async, [&] { return wait(queued); });
    cancel(queued);
    EXPECT_EQ(waiting.get(), JobState::Cancelled);
    release.count_down();
}

TEST_F(WorkerPoolTest, APersonsJobRunsBeforeABulkThatIsAlreadyWaiting) {
    std::latch release(1);
    std::promise<void> running;
    std::mutex mutex;
    std::vector<std::string> order;
    add("blocker", [&](const Task& task, const StepContext&) {
        running.set_value();
        release.wait();
        return end_job(task, clock());
    });
    add("work", [&](const Task& task, const StepContext&) {
        const std::lock_guard lock(mutex);
        order.push_back(task.subject);
        return end_job(task, clock());
    });
    options_.threads = 1;
    const auto started = start();
    accept("blocker");
    running.get_future().wait();
    std::vector<JobId> ids;
    for (const auto* bulk : {"bulk 1", "bulk 2"}) ids.push_back(accept("work", bulk));
    ids.push_back(accept("work", "person", 10));
    release.count_down();
    for (const JobId id : ids) wait(id);
    EXPECT_THAT(order, ElementsAre("person", "bulk 1", "bulk 2"));
}

TEST_F(WorkerPoolTest, ADelayedTaskRunsWhenItIsDue) {
    add("one", [&](const Task&, const StepContext&) {
        return Done{[&](Transaction&) {
            return Next{.tasks = {{"last", "", {}, clock().now() + 30ms}}, .fan_out = {}};
        }};
    });
    add_last();
    const auto started = start();
    const JobId id = accept("one");
    EXPECT_EQ(wait(id), JobState::Succeeded);
    EXPECT_GE(*tasks(id).back().started_at, tasks(id).back().run_after);
}

TEST_F(WorkerPoolTest, SeveralDelayedTasksAllRun) {
    add("one", [&](const Task&, const StepContext&) {
        return Done{[&](Transaction&) {
            FanOut fan_out{.children = {}, .then = {"last", ""}};
            for (int i = 0; i < 20; ++i) {
                fan_out.children.push_back({"late", std::to_string(i), {}, clock().now() + Milliseconds{(i * 7) % 40}});
            }
            return Next{.tasks = {}, .fan_out = fan_out};
        }};
    });
    add("late", [](const Task&, const StepContext&) -> Outcome { return Done{}; });
    add_last();
    const auto started = start();
    EXPECT_EQ(wait(accept("one")), JobState::Succeeded);
}

TEST_F(WorkerPoolTest, AJobAcceptedForLaterRunsWhenItIsDueThoughThePoolWasIdleBefore) {
    add_last();
    const auto started = start();
    EXPECT_EQ(wait(accept("last")), JobState::Succeeded);
    for (const bool with : {false, true}) {
        const auto due = clock().now() + 40ms;
        const JobId id = database_->write([&](Transaction& tx) {
            const NewJob job{
                .kind = "index", .subject = "{}", .first = {.kind = "last", .subject = "", .run_after = due}};
            if (with) return pool_->accept(tx, job);
            tx.after_commit([&] { pool_->wake(); });
            return queue_->accept(tx, job, clock().now());
        });
        EXPECT_EQ(wait(id), JobState::Succeeded);
        EXPECT_GE(*tasks(id).front().started_at, due);
    }
}

TEST_F(WorkerPoolTest, AJobMayBeClaimedInTheTransactionThatAcceptsIt) {
    add_last();
    const auto started = start();
    wait(accept("last")); // the pool has looked around once
    const auto accept_with = [&](bool refuse) {
        return database_->write([&](Transaction& tx) {
            const JobId id = pool_->accept(tx, {.kind = "index", .subject = "{}", .first = {"last", ""}});
            EXPECT_EQ(task_repository::tasks_of(tx, id).front().state, TaskState::Running);
            if (refuse) throw std::runtime_error("no");
            return id;
        });
    };
    for (int i = 0; i < 10; ++i) EXPECT_THROW(accept_with(true), std::runtime_error);
    EXPECT_EQ(wait(accept_with(false)), JobState::Succeeded) << "what was rolled back keeps no worker waiting";
}

TEST_F(WorkerPoolTest, AJobAloneIsCarriedOnWithoutAClaim) {
    add("split", [](const Task&, const StepContext&) {
        return Done{[](Transaction&) {
            return Next{.tasks = {}, .fan_out = FanOut{.children = {{"part", "1"}, {"part", "2"}}, .then = {"last"}}};
        }};
    });
    add("part", [](const Task&, const StepContext&) { return Done{}; });
    add_last();
    options_.threads = 2;
    const auto started = start();
    const auto run = [&] {
        return database_->write([&](Transaction& tx) {
            return pool_->accept(tx, {.kind = "index", .subject = "{}", .first = {"split", ""}});
        });
    };
    // The pool looks around at its start, and again when its first commits have told it how much it may hold.
    for (int i = 0; i < 20; ++i) EXPECT_EQ(wait(run()), JobState::Succeeded);
    const int before = queue_->claims;
    constexpr int jobs = 20;
    for (int i = 0; i < jobs; ++i) EXPECT_EQ(wait(run()), JobState::Succeeded);
    EXPECT_LT(queue_->claims - before, jobs) << "five claims a job were made for nothing";
}

TEST_F(WorkerPoolTest, AStepThatRidesEndsWithTheOneBeforeItInOneCommit) {
    std::atomic<int> alone = 0, rides = 0;
    add_first();
    add_riding_last(alone, [&](Transaction& tx, const Task& task) {
        EXPECT_EQ(task_repository::tasks_of(tx, task.job_id).front().state, TaskState::Succeeded) << "uncommitted";
        ++rides;
        return std::optional(std::get<Done>(end_job(task, clock())));
    });
    const auto started = start();
    const JobId id = run_with_room("first");
    EXPECT_GT(rides, 0);
    EXPECT_LT(alone, 20) << "the pool looks around at its start, and then has room";
    for (const Task& task : tasks(id)) {
        EXPECT_EQ(task.state, TaskState::Succeeded);
        EXPECT_EQ(task.attempts, 1);
    }
}

TEST_F(WorkerPoolTest, AFirstStepMayRideInTheTransactionThatAcceptsItsJob) {
    std::atomic<int> alone = 0;
    std::promise<void> rode;
    steps_.push_back(std::make_unique<RidingStep>(
        "first",
        [&, once = false](Transaction&, const Task&) mutable {
            if (!std::exchange(once, true)) rode.set_value();
            return std::optional(Done{[](Transaction&) { return Next{.tasks = {{"last", ""}}, .fan_out = {}}; }});
        },
        [&](const Task&, const StepContext&) { return followed_by("last"); }));
    add_riding_last(
        alone, [&](Transaction&, const Task& task) { return std::optional(std::get<Done>(end_job(task, clock()))); });
    const auto started = start();
    run_with_room("first");
    rode.get_future().wait();
    EXPECT_GT(alone, 0) << "a job does not end in the transaction that accepts it: its acceptance may be flushed later";
}

TEST_F(WorkerPoolTest, WhatARiderThrowsIsNotTheDoingOfTheStepThatItRidesWith) {
    std::atomic<int> alone = 0, firsts = 0;
    add("first", [&](const Task&, const StepContext&) {
        ++firsts;
        return Done{[](Transaction&) { return Next{.tasks = {{"last", ""}}, .fan_out = {}}; }, true};
    });
    add_riding_last(alone, [&](Transaction&, const Task&) {
        return std::optional(Done{[](Transaction& tx) -> Next {
                                      tx.sql();
                                      throw Error(ErrorCode::Conflict, "The product is gone.");
                                  },
                                  true});
    });
    const auto started = start();
    const JobId id = run_with_room("first");
    EXPECT_EQ(alone, 20);
    EXPECT_EQ(firsts, 20) << "its work is not done again";
    EXPECT_THAT(job(id).errors, IsEmpty());
}

TEST_F(WorkerPoolTest, WhatRodeWhenTheDatabaseWentAwayIsKeptUntilItIsBackAndNotOfferedWithoutEnd) {
    std::promise<void> reported;
    std::atomic<int> reports = 0, alone = 0;
    options_.report = [&](const std::string& sentence) {
        EXPECT_THAT(sentence, HasSubstr("is away"));
        if (++reports == 1) reported.set_value();
    };
    std::atomic<bool> goes_away = false;
    add_first();
    add_riding_last(alone, [&](Transaction&, const Task& task) {
        if (goes_away.exchange(false)) moody_->go_away();
        return std::optional(std::get<Done>(end_job(task, clock())));
    });
    const auto started = start();
    run_with_room("first");
    goes_away = true;
    JobId id;
    while (goes_away) { // until one rides
        id = database_->write([&](Transaction& tx) {
            return pool_->accept(tx, {.kind = "index", .subject = "{}", .first = {"first", ""}});
        });
        while (goes_away && job(id).state != JobState::Succeeded) std::this_thread::yield();
    }
    EXPECT_EQ(reported.get_future().wait_for(30s), std::future_status::ready) << "it is offered again and again";
    moody_->come_back();
    EXPECT_EQ(wait(id), JobState::Succeeded);
    for (const Task& task : tasks(id)) EXPECT_EQ(task.attempts, 1);
}

TEST_F(WorkerPoolTest, WhoFollowsJobsHearsOfOneThatEndedWhileItWasAccepted) {
    std::atomic<int> alone = 0;
    std::mutex mutex;
    std::set<JobId> heard_of;
    options_.changed = [&](JobId changed) {
        const std::lock_guard lock(mutex);
        heard_of.insert(changed);
    };
    add_last("look around");
    add_riding_last(
        alone, [&](Transaction&, const Task& task) { return std::optional(std::get<Done>(end_job(task, clock()))); });
    const auto started = start();
    wait(accept("look around"));
    const JobId id = database_->write([&](Transaction& tx) {
        NewJob job{.kind = "index", .subject = "{}", .first = {"last", ""}};
        job.first.head_start = std::string("done already");
        return pool_->accept(tx, job, Flush::First);
    });
    EXPECT_EQ(alone, 0);
    EXPECT_EQ(job(id).state, JobState::Succeeded);
    const std::lock_guard lock(mutex);
    EXPECT_TRUE(heard_of.contains(id));
}

TEST_F(WorkerPoolTest, AStepThatCannotTellWhetherItRidesRunsByItself) {
    std::atomic<int> alone = 0;
    add_first();
    add_riding_last(alone, [](Transaction&, const Task&) -> std::optional<Done> {
        throw Error(ErrorCode::Corrupted, "A stored task has no moment.");
    });
    const auto started = start();
    run_with_room("first");
    EXPECT_EQ(alone, 20);
}

TEST_F(WorkerPoolTest, AJobForWhichThereWasNoRoomRunsWhenThereIs) {
    std::promise<void> reached, open;
    auto opened = open.get_future().share();
    add("gate", [&](const Task&, const StepContext&) {
        reached.set_value();
        opened.wait();
        return followed_by("last");
    });
    add("slow", [](const Task&, const StepContext&) {
        std::this_thread::sleep_for(100ms);
        return followed_by("last");
    });
    add_last();
    options_.threads = 1;
    const auto started = start();
    EXPECT_EQ(wait(accept("slow")), JobState::Succeeded); // steps seem long: none is held in advance
    const auto accept_here = [&](const std::string& kind) {
        return database_->write([&](Transaction& tx) {
            return pool_->accept(tx, {.kind = "index", .subject = "{}", .first = {kind, ""}});
        });
    };
    const JobId first = accept_here("gate");
    reached.get_future().wait();
    const JobId second = accept_here("last");
    EXPECT_EQ(job(second).state, JobState::Queued);
    open.set_value();
    EXPECT_EQ(wait(second), JobState::Succeeded);
    EXPECT_EQ(wait(first), JobState::Succeeded);
    const auto began = [&](JobId id) { return tasks(id).back().started_at; };
    EXPECT_LE(began(second), began(first)) << "what waited goes before what came after it";
}

TEST_F(WorkerPoolTest, WhatADeadProcessRanIsRunAgain) {
    add_last();
    const JobId id = accept("last");
    const auto dead =
        database_->write([&](Transaction& tx) { return queue_->claim(tx, "a dead worker", 1, clock().now(), 1h); });
    ASSERT_THAT(dead, SizeIs(1));
    const auto started = start();
    EXPECT_EQ(wait(id), JobState::Succeeded);
    EXPECT_EQ(tasks(id).front().attempts, 2);
}

TEST_F(WorkerPoolTest, AStepIsToldOfATaskWhoseWorkersAllDied) {
    std::promise<void> told;
    add(
        "deadly", [](const Task&, const StepContext&) -> Outcome { return Done{}; }, {.max_attempts = 1},
        [&](Transaction& tx, const Task&, const std::string&) { tx.after_commit([&] { told.set_value(); }); });
    const JobId id = accept("deadly");
    database_->write([&](Transaction& tx) { queue_->claim(tx, "a dead worker", 1, clock().now(), 1h); });
    const auto started = start();
    told.get_future().wait();
    EXPECT_EQ(wait(id), JobState::Failed);
}

TEST_F(WorkerPoolTest, StoppingHandsBackWhatWasNotDone) {
    std::promise<void> running;
    add("long",
        [&](const Task&, const StepContext& context) -> Outcome {
            std::promise<void> stopped;
            const std::stop_callback on_stop(context.stop, [&] { stopped.set_value(); });
            running.set_value();
            stopped.get_future().wait();
            throw Error(ErrorCode::Cancelled, "The program stops.");
        },
        {.max_attempts = 1});
    const auto started = start();
    const JobId id = accept("long");
    running.get_future().wait();
    pool_.reset();
    const Task task = tasks(id).front();
    EXPECT_EQ(task.state, TaskState::Ready);
    EXPECT_GT(task.max_attempts, task.attempts) << "the interrupted attempt does not count";
    EXPECT_EQ(job(id).state, JobState::Running);
}

TEST_F(WorkerPoolTest, StoppingLetsARunningStepEnd) {
    std::latch release(1);
    std::promise<void> running;
    add("long", [&](const Task& task, const StepContext&) {
        running.set_value();
        release.wait();
        return end_job(task, clock());
    });
    const auto started = start();
    const JobId id = accept("long");
    running.get_future().wait();
    auto stopping = std::async(std::launch::async, [&] { pool_.reset(); });
    release.count_down();
    stopping.get();
    EXPECT_EQ(job(id).state, JobState::Succeeded);
}

TEST_F(WorkerPoolTest, StoppingUnderLoadLosesNothing) {
    add("one", [](const Task& task, const StepContext&) { return followed_by("last", task.subject); });
    add_last();
    const auto started = start();
    std::vector<JobId> ids;
    for (int i = 0; i < 200; ++i) ids.push_back(accept("one", std::to_string(i)));
    pool_.reset();
    for (const JobId id : ids) {
        for (const auto& task : tasks(id)) EXPECT_NE(task.state, TaskState::Running);
    }
    add("one", [](const Task& task, const StepContext&) { return followed_by("last", task.subject); });
    add_last();
    const auto started_again = start();
    for (const JobId id : ids) EXPECT_EQ(wait(id), JobState::Succeeded);
}

TEST_F(WorkerPoolTest, WaitingEndsAtItsDeadline) {
    std::latch release(1);
    add("long", [&](const Task& task, const StepContext&) {
        release.wait();
        return end_job(task, clock());
    });
    const auto started = start();
    const JobId id = accept("long");
    EXPECT_EQ(pool_->wait(id, std::chrono::steady_clock::now()), std::nullopt);
    release.count_down();
    EXPECT_EQ(wait(id), JobState::Succeeded);
    EXPECT_EQ(pool_->wait(id, std::chrono::steady_clock::now()), JobState::Succeeded) << "it has already ended";
}

TEST_F(WorkerPoolTest, WaitingForAJobThatDoesNotExistIsNotFound) {
    const auto started = start();
    EXPECT_THROW(wait(JobId{404}), Error);
}

TEST_F(WorkerPoolTest, ATaskOfWhichNobodyWasToldIsFoundWithinALease) {
    options_.lease = 30ms;
    add_last();
    const auto started = start();
    EXPECT_EQ(wait(accept("last")), JobState::Succeeded); // it has looked around, and sleeps
    JobId id;
    database_->write([&](Transaction& tx) {
        id = queue_->accept(tx, {.kind = "test", .subject = "{}", .first = {"last", ""}}, clock().now());
    });
    EXPECT_EQ(wait(id), JobState::Succeeded);
}

TEST_F(WorkerPoolTest, OnASharedDatabaseTwoPoolsDoEachTaskOnce) {
    std::mutex mutex;
    std::multiset<std::string> ran;
    const auto steps = [&] {
        add("one", [](const Task& task, const StepContext&) { return followed_by("last", task.subject); });
        add("last", [&](const Task& task, const StepContext&) {
            const std::lock_guard lock(mutex);
            ran.insert(task.subject);
            return end_job(task, clock());
        });
        return std::move(steps_);
    };
    options_.sole_owner = false;
    options_.name = "machine 1";
    steps_ = steps();
    const auto started = start();
    auto second_options = options_;
    second_options.name = "machine 2";
    WorkerPool second(*database_, *queue_, clock(), steps(), second_options);
    std::vector<JobId> ids;
    for (int i = 0; i < 100; ++i) {
        ids.push_back(accept("one", std::to_string(i)));
        second.wake();
    }
    for (const JobId id : ids) {
        const auto ended = [&] { return job(id).state == JobState::Succeeded; };
        // Which of the two ends it is open; each sees its own commits at once.
        while (!ended()) pool_->wait(id, std::chrono::steady_clock::now() + 5ms);
    }
    EXPECT_EQ(ran.size(), 100U);
    EXPECT_EQ(std::set<std::string>(ran.begin(), ran.end()).size(), 100U);
}

TEST_F(WorkerPoolTest, OnASharedDatabaseTheTasksOfADeadMachineAreTakenOver) {
    options_.sole_owner = false;
    options_.lease = 30ms;
    add_last();
    const JobId id = accept("last");
    database_->write([&](Transaction& tx) { queue_->claim(tx, "a dead machine", 1, clock().now(), 50ms); });
    const auto started = start();
    EXPECT_EQ(wait(id), JobState::Succeeded);
    EXPECT_EQ(tasks(id).front().attempts, 2);
}

TEST_F(WorkerPoolTest, OnASharedDatabaseALongStepKeepsItsLease) {
    options_.sole_owner = false;
    options_.lease = 60ms;
    std::latch extended(5);
    on_extend_ = [&] {
        if (!extended.try_wait()) extended.count_down();
    };
    add("long", [&](const Task& task, const StepContext&) {
        extended.wait();
        return end_job(task, clock());
    });
    const auto started = start();
    const JobId id = accept("long");
    EXPECT_EQ(wait(id), JobState::Succeeded);
    EXPECT_EQ(tasks(id).front().attempts, 1);
}

} // namespace
} // namespace vitrine
