#include "storage/import_repository.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../queue/temporary_database.hpp"
#include "storage/job_repository.hpp"
#include "storage/test_database.hpp"

namespace vitrine::import_repository {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Timestamp now{Milliseconds(1'000'000)};

class ImportRepository : public ::testing::Test {
protected:
    template <class Work>
    auto write(Work work) {
        return database_->write([&](Transaction& tx) { return work(tx); });
    }

    JobId new_job(const std::string& kind) {
        return write([&](Transaction& tx) {
            const auto job = job_repository::insert(tx,
                                                    {.kind = kind,
                                                     .subject = "{}",
                                                     .priority = 0,
                                                     .first_kind = "x",
                                                     .first_subject = "x",
                                                     .idempotency_key = {}},
                                                    now);
            job_repository::start(tx, *job, now);
            return *job;
        });
    }

    JobId queued_job() {
        return write([&](Transaction& tx) {
            return *job_repository::insert(tx,
                                           {.kind = "index",
                                            .subject = "{}",
                                            .priority = 0,
                                            .first_kind = "x",
                                            .first_subject = "x",
                                            .idempotency_key = {}},
                                           now);
        });
    }

    /// An import of the lines 2 to 4, and a bad one on line 5.
    JobId new_import(const std::string& upload = std::string(64, 'a')) {
        const JobId job = new_job("import");
        write([&](Transaction& tx) {
            add(tx, job, {.upload = upload, .bytes = 10, .is_archive = false});
            std::vector<NewRow> rows;
            for (std::int64_t line = 2; line <= 4; ++line) {
                rows.push_back({.line = line, .product_id = "P", .image = "i", .product = "{}", .error = {}});
            }
            rows.push_back({.line = 5, .product_id = {}, .image = {}, .product = {}, .error = "It is bad."});
            add_rows(tx, job, rows);
            add_rows(tx, job, rows); // a step may run again
            end_reading(tx, job);
        });
        return job;
    }

    ImportRowCounts counts(JobId job) {
        return database_->read([&](Transaction& tx) { return find(tx, job)->counts; });
    }
    Job job(JobId id) {
        return database_->read([&](Transaction& tx) { return *job_repository::find(tx, id); });
    }
    std::vector<ImportRow> all(JobId id, std::optional<ImportRowState> state = {}) {
        return database_->read(
            [&](Transaction& tx) { return rows(tx, id, {.state = state, .after = 0, .limit = 100}); });
    }
    void end_job(JobId id, JobState state) {
        write([&](Transaction& tx) { job_repository::finish(tx, id, state, now); });
    }

    const testing_support::TemporaryFolder folder_;
    const std::unique_ptr<Database> database_ = testing_support::open_test_database(folder_.path());
};

TEST_F(ImportRepository, CountsRowsOnceAndTellsTheJob) {
    const JobId import = new_import();
    EXPECT_EQ(counts(import), (ImportRowCounts{.waiting = 3, .failed = 1}));
    EXPECT_EQ(job(import).crops_total, 4);
    EXPECT_EQ(job(import).crops_failed, 1);
    EXPECT_THAT(job(import).errors, ElementsAre("Line 5: It is bad."));
    const auto waiting_rows = database_->read([&](Transaction& tx) { return waiting(tx, import, 2, 1); });
    ASSERT_EQ(waiting_rows.size(), 1U);
    EXPECT_EQ(waiting_rows[0].line, 3);
}

TEST_F(ImportRepository, EndsARowWithTheJobThatIndexesIt) {
    const JobId import = new_import();
    const JobId good = new_job("index"), bad = new_job("index");
    write([&](Transaction& tx) {
        EXPECT_TRUE(begin_indexing(tx, import, 2, good, true));
        EXPECT_FALSE(begin_indexing(tx, import, 2, bad, true)) << "it does not wait any more";
        EXPECT_TRUE(begin_indexing(tx, import, 3, bad, true));
        EXPECT_TRUE(end_waiting(tx, import, 4, ImportRowState::Unchanged, ""));
        EXPECT_FALSE(end_waiting(tx, import, 4, ImportRowState::Failed, "Twice."));
    });
    EXPECT_EQ(counts(import), (ImportRowCounts{.indexing = 2, .unchanged = 1, .failed = 1}));
    end_job(good, JobState::PartiallySucceeded);
    write([&](Transaction& tx) { job_repository::add_error(tx, bad, "It cannot be decoded."); });
    end_job(bad, JobState::Failed);
    end_job(bad, JobState::Failed);
    EXPECT_EQ(counts(import), (ImportRowCounts{.indexed = 1, .unchanged = 1, .failed = 2}));
    const auto rows_now = all(import);
    EXPECT_EQ(rows_now[0].state, ImportRowState::Indexed);
    EXPECT_EQ(rows_now[0].index_job, good);
    EXPECT_EQ(rows_now[1].error, "It cannot be decoded.");
    EXPECT_EQ(job(import).crops_done, 2);
    EXPECT_EQ(job(import).crops_failed, 2);
}

TEST_F(ImportRepository, EndsRowsOfSeveralImportsThatOneJobIndexes) {
    const JobId first = new_import(), second = new_import();
    const JobId index = new_job("index");
    write([&](Transaction& tx) {
        EXPECT_TRUE(begin_indexing(tx, first, 2, index, true));
        EXPECT_TRUE(begin_indexing(tx, second, 3, index, true));
    });
    end_job(index, JobState::Succeeded);
    EXPECT_EQ(counts(first).indexed, 1);
    EXPECT_EQ(counts(second).indexed, 1);
}

TEST_F(ImportRepository, EndsRowsWhoseJobEndedWithoutTellingThem) {
    const JobId import = new_import();
    const JobId ended = new_job("index"), removed = new_job("index"), running = new_job("index");
    end_job(ended, JobState::Succeeded);
    write([&](Transaction& tx) {
        EXPECT_TRUE(begin_indexing(tx, import, 2, ended, true));
        EXPECT_TRUE(begin_indexing(tx, import, 3, removed, true));
        EXPECT_TRUE(begin_indexing(tx, import, 4, running, true));
        job_repository::remove(tx, removed);
        end_forgotten_rows(tx, import, now);
    });
    EXPECT_EQ(counts(import), (ImportRowCounts{.indexing = 1, .indexed = 1, .failed = 2}));
}

TEST_F(ImportRepository, OpensFailedAndCancelledRowsAgainButNoBadOnes) {
    const JobId import = new_import();
    write([&](Transaction& tx) {
        end_waiting(tx, import, 2, ImportRowState::Failed, "The server was away.");
        cancel_waiting(tx, import);
    });
    EXPECT_EQ(counts(import), (ImportRowCounts{.failed = 2, .cancelled = 2}));
    write([&](Transaction& tx) { reopen(tx, import); });
    EXPECT_EQ(counts(import), (ImportRowCounts{.waiting = 3, .failed = 1}));
    EXPECT_EQ(all(import, ImportRowState::Failed).at(0).line, 5);
    EXPECT_EQ(all(import).at(0).error, "");
}

TEST_F(ImportRepository, NamesItsOwnJobsThatHaveNotBegun) {
    const JobId import = new_import(), other = new_import();
    const JobId running = new_job("index"), own = queued_job(), others = queued_job(), shared = queued_job();
    write([&](Transaction& tx) {
        EXPECT_TRUE(begin_indexing(tx, import, 2, running, true));
        EXPECT_TRUE(begin_indexing(tx, import, 3, own, true));
        EXPECT_TRUE(begin_indexing(tx, import, 4, others, false));
        EXPECT_TRUE(begin_indexing(tx, other, 2, shared, true));
        EXPECT_TRUE(begin_indexing(tx, other, 3, own, false));
    });
    EXPECT_THAT(database_->read([&](Transaction& tx) { return jobs_not_begun(tx, import); }), IsEmpty());
    EXPECT_THAT(database_->read([&](Transaction& tx) { return jobs_not_begun(tx, other); }), ElementsAre(shared));
}

TEST_F(ImportRepository, CancelsARowWhoseJobIsCancelledWithTheImport) {
    const JobId import = new_import(), other = new_import();
    const JobId index = queued_job();
    write([&](Transaction& tx) {
        EXPECT_TRUE(begin_indexing(tx, import, 2, index, true));
        EXPECT_TRUE(begin_indexing(tx, other, 2, index, false));
    });
    end_job(import, JobState::Cancelled);
    end_job(index, JobState::Cancelled);
    EXPECT_EQ(all(import).at(0).state, ImportRowState::Cancelled);
    EXPECT_EQ(all(other).at(0).state, ImportRowState::Failed);
    write([&](Transaction& tx) { reopen(tx, import); });
    EXPECT_EQ(counts(import), (ImportRowCounts{.waiting = 3, .failed = 1}));
}

TEST_F(ImportRepository, LetsAnUploadGoWhenNoImportNeedsIt) {
    const JobId first = new_import("same"), second = new_import("same");
    EXPECT_FALSE(write([&](Transaction& tx) { return let_go_upload(tx, first); })) << "the second needs it";
    EXPECT_TRUE(database_->read([](Transaction& tx) { return needs_file(tx, "same"); }));
    EXPECT_EQ(write([&](Transaction& tx) { return let_go_upload(tx, second); }), "same");
    EXPECT_FALSE(write([&](Transaction& tx) { return let_go_upload(tx, second); })) << "it went already";
    EXPECT_FALSE(database_->read([](Transaction& tx) { return needs_file(tx, "same"); }));
}

TEST_F(ImportRepository, IsRemovedSomeRowsAtATimeAndItsJobStays) {
    const JobId import = new_import();
    const auto ended = [&](Timestamp before) {
        return database_->read([&](Transaction& tx) { return ended_before(tx, before, {}, 10).size(); });
    };
    EXPECT_EQ(ended(now + Milliseconds(1)), 0U) << "it has not ended";
    end_job(import, JobState::Failed);
    EXPECT_EQ(ended(now), 0U);
    EXPECT_EQ(ended(now + Milliseconds(1)), 1U);
    EXPECT_FALSE(write([&](Transaction& tx) { return remove_some(tx, import, 3); }));
    EXPECT_TRUE(write([&](Transaction& tx) { return remove_some(tx, import, 3); }));
    EXPECT_FALSE(database_->read([&](Transaction& tx) { return find(tx, import); }));
    EXPECT_EQ(job(import).crops_failed, 1);
    EXPECT_THAT(all(import), IsEmpty());
}

} // namespace
} // namespace vitrine::import_repository
