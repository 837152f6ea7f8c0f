// A process that drains the queue is killed with SIGKILL again and again; in the end every effect happened once.

#include <array>
#include <csignal>
#include <cstdlib>
#include <random>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobs/worker_pool.hpp"
#include "storage/job_repository.hpp"
#include "storage/postgres_database.hpp"
#include "storage/postgres_test_server.hpp"
#include "storage/task_repository.hpp"
#include "temporary_database.hpp"

namespace vitrine {
namespace {

using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr int jobs = 500;
constexpr int children = 6;
constexpr int kills = 25;
constexpr auto place_variable = "VITRINE_QUEUE_CRASH_PLACE";
constexpr auto events_variable = "VITRINE_QUEUE_CRASH_EVENTS";

/// `place`: a folder for SQLite, a URL for PostgreSQL.
std::unique_ptr<Database> open(const std::string& place) {
    if (place.starts_with("postgresql://")) return open_postgres({.url = place});
    return open_sqlite({.file = std::filesystem::path(place) / "queue.db", .durability = Durability::Normal});
}

/// On a shared database nobody knows that a worker is dead before its lease has ended.
WorkerOptions worker_options(const Database& database) {
    return {.name = fmt::format("crashing {}", getpid()),
            .threads = 2,
            .lease = Milliseconds{300},
            .sole_owner = !database.is_shared()};
}

/// What the killed process runs. Each commit writes one byte to the pipe, so that the parent can count them.
class CountedStep : public Step {
public:
    CountedStep(std::string name, int events) : name_(std::move(name)), events_(events) {}
    std::string kind() const override { return name_; }

protected:
    /// Keeps the thread busy for as long as a small step would, so that kills find steps running.
    static void work() {
        const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(200);
        while (std::chrono::steady_clock::now() < end) {
        }
    }
    void tell(Transaction& tx) const {
        tx.after_commit([events = events_] {
            if (write(events, "x", 1) != 1) std::abort(); // the parent is gone
        });
    }

private:
    std::string name_;
    int events_;
};

class CropStep final : public CountedStep {
public:
    using CountedStep::CountedStep;
    Outcome compute(const Task& task, const StepContext&) override {
        return Done{[this, job = task.job_id](Transaction& tx) {
            job_repository::set_crops(tx, job, {.total = children});
            tell(tx);
            FanOut fan_out{.children = {}, .then = {"finish", ""}};
            for (int i = 0; i < children; ++i) fan_out.children.push_back({"label", std::to_string(i)});
            return Next{.tasks = {}, .fan_out = std::move(fan_out)};
        }};
    }
};

/// Counts itself, which fails when it is counted too often; the last child of each job ends badly.
class LabelStep final : public CountedStep {
public:
    using CountedStep::CountedStep;
    Outcome compute(const Task& task, const StepContext&) override {
        work();
        if (task.subject == std::to_string(children - 1)) return Fail{"too dark"};
        return Done{[this, job = task.job_id](Transaction& tx) {
            job_repository::count_crop_done(tx, job);
            tell(tx);
            return Next{};
        }};
    }
    void on_failed(Transaction& tx, const Task& task, const std::string& error) override {
        job_repository::count_crop_failed(tx, task.job_id, error);
        tell(tx);
    }
};

class FinishStep final : public CountedStep {
public:
    using CountedStep::CountedStep;
    Outcome compute(const Task& task, const StepContext&) override {
        return Done{[this, job = task.job_id](Transaction& tx) {
                        job_repository::add_error(tx, job, "joined");
                        job_repository::finish(tx, job, JobState::PartiallySucceeded, SystemClock{}.now());
                        tell(tx);
                        return Next{};
                    },
                    true};
    }
};

/// Not a test of its own: the process that the test below starts and kills. Ends when every job has ended.
TEST(QueueCrashProcess, DISABLED_Worker) {
    const char* place = std::getenv(place_variable);
    const char* events_text = std::getenv(events_variable);
    ASSERT_TRUE(place != nullptr && events_text != nullptr) << "this is started by the crash test alone";
    const int events = std::stoi(events_text);
    const auto database = open(place);
    // Nothing here may fail because of the kills: each of them counts as an attempt.
    const auto queue = make_sql_queue({.usual = 10'000, .by_kind = {}, .suspects_apart = Milliseconds{0}});
    std::vector<std::unique_ptr<Step>> steps;
    steps.push_back(std::make_unique<CropStep>("crop", events));
    steps.push_back(std::make_unique<LabelStep>("label", events));
    steps.push_back(std::make_unique<FinishStep>("finish", events));
    WorkerPool pool(*database, *queue, database->clock(), std::move(steps), worker_options(*database));
    for (int job = 1; job <= jobs; ++job) {
        ASSERT_TRUE(pool.wait(JobId{job}, std::chrono::steady_clock::now() + std::chrono::minutes(5)));
    }
}

class WorkerProcess {
public:
    explicit WorkerProcess(const std::string& place) {
        std::array<int, 2> ends{};
        if (pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
        setenv(place_variable, place.c_str(), 1);
        setenv(events_variable, std::to_string(ends[1]).c_str(), 1);
        pid_ = fork();
        if (pid_ == 0) {
            close(ends[0]);
            execl("/proc/self/exe", "worker", "--gtest_filter=QueueCrashProcess.DISABLED_Worker",
                  "--gtest_also_run_disabled_tests", "--gtest_brief=1", static_cast<char*>(nullptr));
            _exit(127);
        }
        close(ends[1]);
        events_ = ends[0];
    }
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;
    ~WorkerProcess() { close(events_); }

    /// Blocks until the process has committed this many effects; false when it ended before.
    bool await_commits(int count) {
        for (char byte = 0; count > 0; --count) {
            if (read(events_, &byte, 1) != 1) return false;
        }
        return true;
    }
    void kill() { ::kill(pid_, SIGKILL); }

    int wait_status() {
        int status = 0;
        waitpid(pid_, &status, 0);
        return status;
    }

private:
    pid_t pid_ = 0;
    int events_ = 0;
};

enum class Kind { Sqlite, Postgres };

std::string name_of(Kind kind) {
    return kind == Kind::Sqlite ? "Sqlite" : "Postgres";
}

void PrintTo(Kind kind, std::ostream* out) {
    *out << name_of(kind);
}

class QueueCrashTest : public testing::TestWithParam<Kind> {
protected:
    const testing_support::TemporaryFolder folder_;
    const std::string place_ = GetParam() == Kind::Sqlite
                                   ? folder_.path().string()
                                   : testing_support::PostgresServer::of_this_program().new_database();
};

INSTANTIATE_TEST_SUITE_P(Databases, QueueCrashTest, testing::Values(Kind::Sqlite, Kind::Postgres),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(QueueCrashTest, KilledAgainAndAgainEveryEffectHappensOnce) {
    {
        const auto database = open(place_);
        const auto queue = make_sql_queue({.usual = 10'000, .by_kind = {}});
        for (int i = 0; i < jobs; ++i) {
            database->write([&](Transaction& tx) {
                queue->accept(tx, {.kind = "index", .subject = "{}", .priority = 0, .first = {"crop", "photo"}},
                              SystemClock{}.now());
            });
        }
    }

    std::mt19937 random(20260309);
    std::uniform_int_distribution<int> commits(0, 60);
    std::uniform_int_distribution<int> moments(0, 1'000);
    int killed = 0;
    for (bool alive = true; alive && killed < kills; ++killed) {
        WorkerProcess worker(place_);
        alive = worker.await_commits(commits(random));
        // A moment more, so that the kill may fall anywhere between two commits and not always just after one.
        const auto moment = std::chrono::steady_clock::now() + std::chrono::microseconds(moments(random));
        while (std::chrono::steady_clock::now() < moment) {
        }
        worker.kill();
        worker.wait_status();
    }
    EXPECT_GE(killed, 20);
    EXPECT_EQ(WorkerProcess(place_).wait_status(), 0);

    const auto database = open(place_);
    for (int id = 1; id <= jobs; ++id) {
        const auto job = *database->read([&](Transaction& tx) { return job_repository::find(tx, JobId{id}); });
        EXPECT_EQ(job.state, JobState::PartiallySucceeded) << id;
        EXPECT_EQ(job.crops_done, children - 1) << id;
        EXPECT_EQ(job.crops_failed, 1) << id;
        EXPECT_THAT(job.errors, UnorderedElementsAre("too dark", "joined")) << id;
        const auto tasks = database->read([&](Transaction& tx) { return task_repository::tasks_of(tx, JobId{id}); });
        EXPECT_THAT(tasks, SizeIs(children + 2)) << id;
        for (const auto& task : tasks)
            EXPECT_TRUE(is_final(task.state)) << id << " " << task.kind << " " << task.subject;
    }
}

} // namespace
} // namespace vitrine
