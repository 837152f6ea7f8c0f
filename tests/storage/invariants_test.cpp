#include <memory>
#include <string>

#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "../queue/temporary_database.hpp"
#include "storage/prepared.hpp"
#include "storage/test_database.hpp"

namespace vitrine {
namespace {

/// Rows that no code of ours writes: the database itself must refuse them, however it holds its checks.
class Invariants : public testing::Test {
protected:
    Invariants() {
        run("INSERT INTO jobs (kind, subject, first_kind, first_subject, created_at) VALUES ('k', '', 'k', '', 0)");
        run("INSERT INTO fan_outs (job_id, pending, then_kind, then_subject) VALUES (1, 1, 'k', '')");
        run("INSERT INTO tasks (job_id, job_attempt, kind, subject, priority, max_attempts, run_after, created_at) "
            "VALUES (1, 1, 'k', '', 0, 1, 0, 0)");
        run("INSERT INTO images (sha256, width, height, created_at) VALUES ('a', 9, 9, 0)");
        run("INSERT INTO images (original_id, box_x, box_y, box_w, box_h, width, height, created_at) "
            "VALUES (1, 0, 0, 9, 9, 9, 9, 0)");
    }

    void run(const std::string& statement) {
        database_->write([&](Transaction& tx) { run_prepared(tx, statement); });
    }
    bool refuses(const std::string& statement) {
        try {
            run(statement);
        } catch (const Error&) {
            return true;
        }
        return false;
    }

    const testing_support::TemporaryFolder folder_;
    const std::unique_ptr<Database> database_ = testing_support::open_test_database(folder_.path());
};

TEST_F(Invariants, AJobIsInOneOfItsStatesAndItsCountersAddUp) {
    EXPECT_TRUE(refuses("UPDATE jobs SET state = 'lost'"));
    EXPECT_TRUE(refuses("UPDATE jobs SET state = 'succeeded'")) << "it ended at no time";
    EXPECT_TRUE(refuses("UPDATE jobs SET finished_at = 5")) << "it has not ended";
    EXPECT_TRUE(refuses("UPDATE jobs SET stage = 'labelling'")) << "it does not run";
    EXPECT_TRUE(refuses("UPDATE jobs SET state = 'running', stage = 'thinking'"));
    EXPECT_TRUE(refuses("UPDATE jobs SET crops_total = 1, crops_done = 1, crops_failed = 1"));
    EXPECT_TRUE(refuses("UPDATE jobs SET crops_total = 1, crops_done = -1"));
    EXPECT_TRUE(refuses("UPDATE jobs SET attempts = 0"));
    EXPECT_FALSE(refuses("UPDATE jobs SET state = 'running', stage = 'labelling', crops_total = 2, crops_done = 1"));
    EXPECT_FALSE(refuses("UPDATE jobs SET state = 'failed', stage = '', finished_at = 5"));
}

TEST_F(Invariants, ATaskIsLeasedWhileItRunsAndEndsOnce) {
    EXPECT_TRUE(refuses("UPDATE tasks SET state = 'lost'"));
    EXPECT_TRUE(refuses("UPDATE tasks SET state = 'running'")) << "without a lease";
    EXPECT_TRUE(refuses("UPDATE tasks SET lease_until = 5")) << "it does not run";
    EXPECT_TRUE(refuses("UPDATE tasks SET state = 'succeeded'")) << "it ended at no time";
    EXPECT_TRUE(refuses("UPDATE tasks SET attempts = -1"));
    EXPECT_TRUE(refuses("UPDATE tasks SET max_attempts = 0"));
    EXPECT_TRUE(refuses("UPDATE tasks SET waited_ms = -1"));
    EXPECT_TRUE(refuses("UPDATE tasks SET worked_ms = -1"));
    EXPECT_FALSE(refuses("UPDATE tasks SET state = 'running', lease_until = 5"));
    EXPECT_FALSE(refuses("UPDATE tasks SET state = 'cancelled', lease_until = NULL, finished_at = 6"));
}

TEST_F(Invariants, AFanOutJoinsWhenNoChildIsLeft) {
    EXPECT_TRUE(refuses("UPDATE fan_outs SET pending = 0"));
    EXPECT_TRUE(refuses("UPDATE fan_outs SET joined_at = 5"));
    EXPECT_TRUE(refuses("UPDATE fan_outs SET pending = -1, joined_at = 5"));
    EXPECT_TRUE(refuses("UPDATE fan_outs SET held_back = -1"));
    EXPECT_FALSE(refuses("UPDATE fan_outs SET pending = 0, joined_at = 5"));
}

TEST_F(Invariants, AnImageIsAnOriginalOrACropAndBearsWhatItsModelsMade) {
    EXPECT_TRUE(refuses("UPDATE images SET sha256 = NULL WHERE id = 1")) << "neither of the two";
    EXPECT_TRUE(refuses("UPDATE images SET sha256 = 'b' WHERE id = 2")) << "both of them";
    EXPECT_TRUE(refuses("UPDATE images SET box_x = -1 WHERE id = 2"));
    EXPECT_TRUE(refuses("UPDATE images SET box_w = 0 WHERE id = 2"));
    EXPECT_TRUE(refuses("UPDATE images SET width = 0 WHERE id = 1"));
    EXPECT_TRUE(refuses("UPDATE images SET label = '{}' WHERE id = 2")) << "of no model";
    EXPECT_TRUE(refuses("UPDATE images SET vector_model = 'm' WHERE id = 2")) << "without a vector";
    EXPECT_TRUE(refuses("UPDATE images SET person_label = '{}' WHERE id = 2")) << "in place of nothing";
    EXPECT_FALSE(refuses("UPDATE images SET label = '{}', label_model = 'm' WHERE id = 2"));
    EXPECT_FALSE(refuses("UPDATE images SET person_label = '{}' WHERE id = 2"));
}

TEST_F(Invariants, OnPostgresEachTableThatEveryStepWritesHasOneCheck) {
    const int checks = database_->read([](Transaction& tx) {
        int count = 0;
        if (!is_postgres(tx)) return 4;
        run_prepared(tx,
                     "SELECT COUNT(*) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid "
                     "WHERE k.contype = 'c' AND c.relname IN ('jobs', 'tasks', 'fan_outs', 'images')",
                     soci::into(count));
        return count;
    });
    EXPECT_EQ(checks, 4);
}

} // namespace
} // namespace vitrine
