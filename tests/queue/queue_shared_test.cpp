// Several processes on one PostgreSQL database: each has its own connections and its own workers. Leases here are hours
// long unless a test is about them, so that nothing happens by looking again and again.

#include <atomic>
#include <future>
#include <latch>
#include <list>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobs/worker_pool.hpp"
#include "storage/job_repository.hpp"
#include "storage/postgres_database.hpp"
#include "storage/postgres_test_server.hpp"
#include "storage/task_repository.hpp"

namespace vitrine {
namespace {

using namespace std::chrono_literals;
using testing_support::PostgresServer;

std::chrono::steady_clock::time_point at_last() {
    return std::chrono::steady_clock::now() + 60s;
}

using Compute = std::function<Outcome(const Task&, const StepContext&)>;

class FunctionStep final : public Step {
public:
    FunctionStep(std::string name, Compute compute) : name_(std::move(name)), compute_(std::move(compute)) {}
    std::string kind() const override { return name_; }
    Outcome compute(const Task& task, const StepContext& context) override { return compute_(task, context); }

private:
    std::string name_;
    Compute compute_;
};

Outcome end_job(const Task& task) {
    return Done{[job = task.job_id](Transaction& tx) {
                    job_repository::finish(tx, job, JobState::Succeeded, SystemClock{}.now());
                    return Next{};
                },
                true};
}

/// Counts the claims that found nothing.
class CountingQueue final : public Queue {
public:
    using Queue::accept;
    using Queue::complete;

    explicit CountingQueue(std::unique_ptr<Queue> queue) : queue_(std::move(queue)) {}

    [[nodiscard]] int empty_claims() const { return empty_claims_; }

    std::vector<Task> claim(Transaction& tx, const std::string& worker, int limit, Timestamp now,
                            Milliseconds lease) override {
        auto claimed = queue_->claim(tx, worker, limit, now, lease);
        if (claimed.empty()) ++empty_claims_;
        return claimed;
    }

    JobId accept(Transaction& tx, const NewJob& job, Timestamp now, DirectClaim& direct) override {
        return queue_->accept(tx, job, now, direct);
    }
    Completion complete(Transaction& tx, const Task& task, const Next& next, Timestamp now,
                        DirectClaim& direct) override {
        return queue_->complete(tx, task, next, now, direct);
    }
    std::optional<Timestamp> retry_later(Transaction& tx, const Task& task, const std::string& why, Timestamp run_after,
                                         bool counts_as_attempt, Timestamp now) override {
        return queue_->retry_later(tx, task, why, run_after, counts_as_attempt, now);
    }
    bool fail(Transaction& tx, const Task& task, const std::string& why, Timestamp now) override {
        return queue_->fail(tx, task, why, now);
    }
    bool extend(Transaction& tx, const Task& task, Timestamp until) override { return queue_->extend(tx, task, until); }
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

private:
    const std::unique_ptr<Queue> queue_;
    std::atomic<int> empty_claims_ = 0;
};

/// What one process has: connections, a queue, workers.
struct Process {
    Process(const std::string& url, WorkerOptions options, const std::map<std::string, Compute>& computes)
        : database(open_postgres({.url = url})) {
        std::vector<std::unique_ptr<Step>> steps;
        for (const auto& [name, compute] : computes) steps.push_back(std::make_unique<FunctionStep>(name, compute));
        options.sole_owner = false;
        pool.emplace(*database, *queue, database->clock(), std::move(steps), options);
    }

    JobId accept(const std::string& kind, const std::string& subject = "") {
        return database->write([&](Transaction& tx) {
            return pool->accept(tx, {.kind = "index", .subject = "{}", .first = {kind, subject}});
        });
    }
    Job job(JobId id) {
        return *database->read([&](Transaction& tx) { return job_repository::find(tx, id); });
    }
    std::vector<Task> tasks(JobId id) {
        return database->read([&](Transaction& tx) { return task_repository::tasks_of(tx, id); });
    }

    std::unique_ptr<Database> database;
    std::unique_ptr<CountingQueue> queue = std::make_unique<CountingQueue>(make_sql_queue({.deaths_max = 25}));
    std::optional<WorkerPool> pool;
};

class PostgresQueueTest : public testing::Test {
protected:
    static WorkerOptions named(const std::string& name, int threads = 2, Milliseconds lease = 4h) {
        return {.name = name, .threads = threads, .lease = lease};
    }

    const std::string url_ = PostgresServer::of_this_program().new_database();
    const std::map<std::string, Compute> last_{
        {"last", [](const Task& task, const StepContext&) { return end_job(task); }}};
};

TEST_F(PostgresQueueTest, AJobAcceptedInOneProcessWakesTheWorkersOfAnotherAndItsEndTheWaiter) {
    Process face(url_, named("face", 0), {});
    Process worker(url_, named("worker"), last_);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(face.pool->wait(face.accept("last"), at_last()), JobState::Succeeded);
}

TEST_F(PostgresQueueTest, AStepAfterWhichThereIsNothingToClaimDoesNotAsk) {
    Process worker(url_, named("worker"), last_);
    for (int i = 0; i < 40; ++i) EXPECT_EQ(worker.pool->wait(worker.accept("last"), at_last()), JobState::Succeeded);
    EXPECT_LT(worker.queue->empty_claims(), 10) << "one for each job, it seems";
}

TEST_F(PostgresQueueTest, ChildrenThatOneProcessHasNoRoomForRunInTheOthers) {
    constexpr int children = 4;
    std::latch all_running(children); // passes only when as many threads as there are children work at one time
    std::map<std::string, Compute> computes = last_;
    computes["fan"] = [](const Task&, const StepContext&) {
        return Done{[](Transaction&) {
            FanOut fan_out{.children = {}, .then = {"last", ""}};
            for (int i = 0; i < children; ++i) fan_out.children.push_back({"child", std::to_string(i)});
            return Next{.tasks = {}, .fan_out = fan_out};
        }};
    };
    computes["child"] = [&](const Task&, const StepContext&) {
        all_running.arrive_and_wait();
        return Done{};
    };
    Process one(url_, named("one"), computes);
    Process two(url_, named("two"), computes);
    EXPECT_EQ(one.pool->wait(one.accept("fan"), at_last()), JobState::Succeeded);
}

TEST_F(PostgresQueueTest, CancellingInOneProcessStopsTheStepThatRunsInAnother) {
    std::promise<void> began;
    std::promise<void> stopped;
    Process face(url_, named("face", 0), {});
    Process worker(url_, named("worker"), {{"long", [&](const Task& task, const StepContext& context) {
                                                began.set_value();
                                                std::stop_callback stop(context.stop, [&] { stopped.set_value(); });
                                                stopped.get_future().wait();
                                                return end_job(task);
                                            }}});
    const JobId id = face.accept("long");
    began.get_future().wait();
    face.database->write([&](Transaction& tx) { face.queue->cancel(tx, id, "Not wanted.", SystemClock{}.now()); });
    EXPECT_EQ(face.pool->wait(id, at_last()), JobState::Cancelled);
    worker.pool.reset(); // its late result has no effect
    EXPECT_EQ(face.job(id).state, JobState::Cancelled);
}

TEST_F(PostgresQueueTest, ATaskMadeForLaterByOneProcessRunsInAnotherWhenItIsDue) {
    Process face(url_, named("face", 0), {});
    Process worker(url_, named("worker"), last_);
    const JobId id = face.database->write([&](Transaction& tx) {
        const auto now = face.database->clock().now();
        return face.queue->accept(
            tx, {.kind = "index", .subject = "{}", .first = {.kind = "last", .subject = "", .run_after = now + 30ms}},
            now);
    });
    EXPECT_EQ(face.pool->wait(id, at_last()), JobState::Succeeded);
}

TEST_F(PostgresQueueTest, WhatADeadWorkerRanRunsElsewhereAsARetryAndNotAsAFailure) {
    Process worker(url_, named("worker", 2, 300ms), last_);
    const auto now = worker.database->clock().now();
    const JobId id = worker.database->write([&](Transaction& tx) {
        const JobId job = worker.queue->accept(tx, {.kind = "index", .subject = "{}", .first = {"last", ""}}, now);
        worker.queue->claim(tx, "dead", 1, now, 300ms);
        return job;
    });
    EXPECT_EQ(worker.pool->wait(id, at_last()), JobState::Succeeded);
    const auto task = worker.tasks(id).front();
    EXPECT_EQ(task.attempts, 2);
    EXPECT_EQ(task.max_attempts, 6) << "the death was granted one attempt more";
    EXPECT_TRUE(worker.job(id).errors.empty());
}

TEST_F(PostgresQueueTest, ALongStepKeepsItsLeaseAgainstTheOthers) {
    std::atomic<int> runs = 0;
    std::promise<void> enough;
    const std::map<std::string, Compute> computes{{"long", [&](const Task& task, const StepContext&) {
                                                       if (++runs == 1) enough.get_future().wait();
                                                       return end_job(task);
                                                   }}};
    Process one(url_, named("one", 1, 400ms), computes);
    Process two(url_, named("two", 1, 400ms), computes);
    const JobId id = one.accept("long");
    auto extended = [&, first = std::optional<Timestamp>()]() mutable {
        const auto until = one.tasks(id).front().lease_until;
        if (!first) first = until;
        return until && first && *until > *first + 1s; // several leases long
    };
    while (!extended()) one.pool->wait(id, std::chrono::steady_clock::now() + 20ms);
    enough.set_value();
    EXPECT_EQ(one.pool->wait(id, at_last()), JobState::Succeeded);
    EXPECT_EQ(runs, 1);
}

TEST_F(PostgresQueueTest, ManyFanOutsOverSeveralProcessesJoinOnceEachWithEveryCropCountedOnce) {
    constexpr int jobs = 60;
    constexpr int children = 6;
    std::map<std::string, Compute> computes;
    computes["fan"] = [](const Task& task, const StepContext&) {
        return Done{[job = task.job_id](Transaction& tx) {
            job_repository::set_crops(tx, job, {.total = children});
            FanOut fan_out{.children = {}, .then = {"join", ""}};
            for (int i = 0; i < children; ++i) fan_out.children.push_back({"child", std::to_string(i)});
            return Next{.tasks = {}, .fan_out = fan_out};
        }};
    };
    computes["child"] = [](const Task& task, const StepContext&) {
        return Done{[job = task.job_id](Transaction& tx) {
            job_repository::count_crop_done(tx, job);
            return Next{};
        }};
    };
    computes["join"] = [](const Task& task, const StepContext&) {
        return Done{[job = task.job_id](Transaction& tx) {
                        job_repository::add_error(tx, job, "joined");
                        job_repository::finish(tx, job, JobState::Succeeded, SystemClock{}.now());
                        return Next{};
                    },
                    true};
    };
    std::list<Process> processes;
    for (const auto* name : {"one", "two", "three"}) processes.emplace_back(url_, named(name), computes);
    std::vector<JobId> ids;
    for (int i = 0; i < jobs; ++i) ids.push_back(processes.front().accept("fan"));
    for (const JobId id : ids) {
        EXPECT_EQ(processes.back().pool->wait(id, at_last()), JobState::Succeeded);
        const Job job = processes.back().job(id);
        EXPECT_EQ(job.crops_done, children);
        EXPECT_THAT(job.errors, testing::ElementsAre("joined"));
        for (const auto& task : processes.back().tasks(id)) EXPECT_EQ(task.attempts, 1) << task.kind;
    }
}

TEST_F(PostgresQueueTest, ARestartOfTheServerInTheMiddleLosesAndDoublesNothing) {
    PostgresServer server;
    const std::string url = server.new_database();
    std::atomic<int> ended = 0;
    const std::map<std::string, Compute> computes{
        {"first",
         [](const Task&, const StepContext&) {
             return Done{[](Transaction&) { return Next{.tasks = {{"last", ""}}, .fan_out = {}}; }};
         }},
        {"last", [&](const Task& task, const StepContext&) {
             return Done{[&, job = task.job_id](Transaction& tx) {
                             job_repository::add_error(tx, job, "once");
                             job_repository::finish(tx, job, JobState::Succeeded, SystemClock{}.now());
                             tx.after_commit([&] { ++ended; });
                             return Next{};
                         },
                         true};
         }}};
    auto options = named("one", 2, 2s);
    options.ask_again = 20ms;
    Process one(url, options, computes);
    options.name = "two";
    Process two(url, options, computes);
    std::vector<JobId> ids;
    for (int i = 0; i < 300; ++i) ids.push_back(one.accept("first"));
    while (ended < 20) std::this_thread::yield();
    server.stop(SIGQUIT); // as in a crash
    server.start();
    for (const JobId id : ids) {
        EXPECT_EQ(one.pool->wait(id, at_last()), JobState::Succeeded);
        EXPECT_THAT(one.job(id).errors, testing::ElementsAre("once"));
    }
}

} // namespace
} // namespace vitrine
