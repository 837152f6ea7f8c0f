#include <filesystem>

#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "jobs/worker_pool.hpp"
#include "storage/job_repository.hpp"
#include "storage/sqlite_database.hpp"

namespace vitrine {
namespace {

/// A first step that fans out into two children, and the children and their join.
class Instant final : public Step {
public:
    Instant(std::string kind, const Clock& clock) : kind_(std::move(kind)), clock_(clock) {}

    [[nodiscard]] std::string kind() const override { return kind_; }

    [[nodiscard]] Outcome compute(const Task& task, const StepContext&) override {
        return Done{[this, job = task.job_id](Transaction& tx) {
                        if (kind_ == "split") {
                            return Next{.tasks = {},
                                        .fan_out = FanOut{.children = {{.kind = "part", .subject = "1"},
                                                                       {.kind = "part", .subject = "2"}},
                                                          .then = {.kind = "join", .subject = ""}}};
                        }
                        if (kind_ == "join") job_repository::finish(tx, job, JobState::Succeeded, clock_.now());
                        return Next{};
                    },
                    kind_ == "join"};
    }

private:
    const std::string kind_;
    const Clock& clock_;
};

/// Two children that end in one grouped commit: the first one's claim reserves all the room and finds nothing, the
/// second one makes the join and has no room to claim it. Nobody else is left to look.
TEST(WorkerPoolJoin, AJoinMadeBesideAnotherCompletionOfTheSameCommitIsClaimed) {
    const auto file = std::filesystem::temp_directory_path() / fmt::format("vitrine-join-{}.db", ::getpid());
    {
        const SystemClock clock;
        const auto database = open_sqlite({.file = file, .durability = Durability::Normal});
        const auto queue = make_sql_queue();
        std::vector<std::unique_ptr<Step>> steps;
        for (const auto* kind : {"split", "part", "join"}) steps.push_back(std::make_unique<Instant>(kind, clock));
        WorkerPool pool(*database, *queue, clock, std::move(steps), {.threads = 2});
        for (int i = 0; i < 300; ++i) {
            const JobId job = database->write([&](Transaction& tx) {
                tx.after_commit([&pool] { pool.wake(); });
                return queue->accept(tx, {.kind = "test", .subject = "{}", .first = {.kind = "split", .subject = ""}},
                                     clock.now());
            });
            ASSERT_EQ(pool.wait(job, std::chrono::steady_clock::now() + std::chrono::seconds(20)), JobState::Succeeded)
                << "job " << i;
        }
    }
    for (const auto* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
}

} // namespace
} // namespace vitrine
