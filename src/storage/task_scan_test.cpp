// A queue's tables hold the whole past. What runs for every step must not read through it.

#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <unistd.h>

#include "storage/job_repository.hpp"
#include "storage/schema.hpp"
#include "storage/sql.hpp"
#include "storage/task_repository.hpp"

namespace vitrine {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp now{1'700'000'000'000ms};

class PlainTransaction final : public Transaction {
public:
    explicit PlainTransaction(SqlSession& session) : session_(session) {}
    SqlSession& sql() override { return session_; }
    void after_commit(std::function<void()>) override {}

private:
    SqlSession& session_;
};

class TaskScanTest : public testing::Test {
protected:
    TaskScanTest() {
        bring_schema_up_to_date(session_, embedded_migrations(), now);
        for (int job = 0; job < 20; ++job) end_a_job();
        const JobId importer = add_job();
        job_repository::finish(tx_, importer, JobState::Succeeded, now);
        const long long import = importer.value;
        soci_ << "INSERT INTO imports (job_id, bytes, format, indexed) VALUES (:job, 1, 'csv', 20)", soci::use(import);
        for (int line = 1; line <= 20; ++line) {
            soci_
                << "INSERT INTO import_rows (job_id, line, state, index_job_id) VALUES (:job, :line, 'indexed', :line)",
                soci::use(import, "job"), soci::use(line, "line");
        }
    }

    JobId add_job(int priority = 0) {
        return *job_repository::insert(tx_,
                                       {.kind = "index",
                                        .subject = "{}",
                                        .priority = priority,
                                        .first_kind = "crop",
                                        .first_subject = "",
                                        .idempotency_key = {}},
                                       now);
    }
    void add_task(JobId job, const std::string& subject, int priority = 0) {
        task_repository::insert(tx_,
                                {.job_id = job,
                                 .job_attempt = 1,
                                 .fan_out_id = {},
                                 .kind = "label",
                                 .subject = subject,
                                 .priority = priority,
                                 .max_attempts = 3,
                                 .run_after = now},
                                now);
    }
    std::vector<Task> claim(int limit) {
        return task_repository::claim(tx_, {.worker = "w", .limit = limit, .now = now, .lease_until = now + 30s}).tasks;
    }
    void end_a_job() {
        const JobId job = add_job();
        for (int i = 0; i < 10; ++i) add_task(job, std::to_string(i));
        for (const auto& task : claim(10)) EXPECT_TRUE(task_repository::end(tx_, task, TaskState::Succeeded, "", now));
        job_repository::start(tx_, job, now);
        job_repository::finish(tx_, job, JobState::Succeeded, now);
    }
    /// Rows stepped over in full scans, by all kept statements together, since the last call.
    int rows_scanned() {
        auto* connection = static_cast<soci::sqlite3_session_backend*>(soci_.get_backend())->conn_;
        int rows = 0;
        for (auto* statement = sqlite_api::sqlite3_next_stmt(connection, nullptr); statement != nullptr;
             statement = sqlite_api::sqlite3_next_stmt(connection, statement)) {
            const int scanned = sqlite_api::sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
            EXPECT_EQ(scanned, 0) << sqlite_api::sqlite3_sql(statement);
            rows += scanned;
        }
        return rows;
    }

    soci::session soci_{soci::sqlite3, ":memory:"};
    SqlSession session_{soci_, SqlSession::Dialect::Sqlite};
    PlainTransaction tx_{session_};
};

TEST_F(TaskScanTest, NothingThatRunsForEveryStepReadsThroughThePast) {
    const JobId job = add_job();
    for (int i = 0; i < 6; ++i) add_task(job, std::to_string(i), i % 2);
    const auto fan_out = task_repository::open_fan_out(tx_, job, 2, {"finish", ""});
    const auto tasks = claim(4);
    ASSERT_EQ(tasks.size(), 4U);
    EXPECT_TRUE(task_repository::end(tx_, tasks[0], TaskState::Succeeded, "", now));
    EXPECT_TRUE(task_repository::give_back(tx_, tasks[1], {.why = "busy", .run_after = now + 1s}, now));
    EXPECT_TRUE(task_repository::extend(tx_, tasks[2], now + 60s));
    EXPECT_FALSE(task_repository::count_down(tx_, fan_out, 1, now).join);
    EXPECT_EQ(task_repository::held_by(tx_, "w").size(), 2U);
    EXPECT_EQ(task_repository::abandoned(tx_, now, false).size(), 0U);
    EXPECT_EQ(task_repository::abandoned(tx_, now, true).size(), 2U);
    EXPECT_EQ(task_repository::next_due(tx_), now);
    EXPECT_EQ(job_repository::cancelled_since(tx_, job).size(), 0U);
    EXPECT_EQ(job_repository::state_of(tx_, job), JobState::Queued);
    job_repository::start(tx_, job, now);
    job_repository::set_crops(tx_, job, {.total = 2});
    job_repository::count_crop_done(tx_, job);
    job_repository::count_crop_failed(tx_, job, "too dark");
    job_repository::set_stage(tx_, job, "finishing", now);
    job_repository::finish(tx_, job, JobState::PartiallySucceeded, now);
    task_repository::cancel_unfinished(tx_, job, "", now);
    const JobId labelled = add_job();
    EXPECT_TRUE(job_repository::finish_labelled(tx_, labelled, now));
    EXPECT_EQ(rows_scanned(), 0);
}

TEST_F(TaskScanTest, ListingJobsByStateReadsOnlyThose) {
    add_job();
    EXPECT_EQ(job_repository::list(tx_, {.state = JobState::Queued, .kind = {}, .before = {}, .limit = 10}).size(), 1U);
    EXPECT_EQ(rows_scanned(), 0);
}

} // namespace
} // namespace vitrine
