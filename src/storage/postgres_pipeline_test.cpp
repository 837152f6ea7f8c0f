#include "storage/postgres_pipeline.hpp"

#include <cmath>
#include <future>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "storage/postgres_database.hpp"
#include "storage/postgres_test_server.hpp"
#include "storage/prepared.hpp"

namespace vitrine {
namespace {

using soci::into;
using soci::use;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing_support::PostgresServer;

class PostgresPipelineTest : public testing::Test {
protected:
    static void insert_soon(Transaction& tx, const std::string& name) {
        run_soon(tx, "INSERT INTO products (external_id, name, created_at, updated_at) VALUES (:id, :name, 1, 1)",
                 use(name, "id"), use(name, "name"));
    }
    static std::vector<std::string> names(Transaction& tx) {
        std::string name;
        std::vector<std::string> all;
        for_each_row(
            tx, "SELECT name FROM products ORDER BY id", [&] { all.push_back(name); }, into(name));
        return all;
    }
    std::vector<std::string> stored_names() { return database_->read(names); }

    template <class Action>
    static Error error_of(Action action) {
        try {
            action();
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << "nothing was thrown";
        return {ErrorCode::Internal, ""};
    }

    std::unique_ptr<Database> database_ = open_postgres({.url = PostgresServer::of_this_program().new_database()});
};

TEST_F(PostgresPipelineTest, WhatIsSentRunsBeforeTheNextThatIsAwaited) {
    database_->write([](Transaction& tx) {
        insert_soon(tx, "cup");
        insert_soon(tx, "mug");
        EXPECT_THAT(names(tx), ElementsAre("cup", "mug"));
        insert_soon(tx, "jug");
    });
    EXPECT_THAT(stored_names(), ElementsAre("cup", "mug", "jug"));
}

TEST_F(PostgresPipelineTest, WhatIsSentLastFailsTheCommitAndNothingIsStored) {
    const auto twice = [](Transaction& tx) {
        insert_soon(tx, "cup");
        insert_soon(tx, "cup");
    };
    EXPECT_EQ(error_of([&] { database_->write(twice); }).code(), ErrorCode::Conflict);
    EXPECT_THAT(stored_names(), IsEmpty());
    database_->write([](Transaction& tx) { insert_soon(tx, "mug"); });
    EXPECT_THAT(stored_names(), ElementsAre("mug"));
}

TEST_F(PostgresPipelineTest, TheNextThatIsAwaitedThrowsWhatFailedBeforeIt) {
    bool has_gone_on = false;
    const auto twice = [&](Transaction& tx) {
        insert_soon(tx, "cup");
        insert_soon(tx, "cup");
        const auto all = names(tx);
        has_gone_on = true;
    };
    EXPECT_THAT(error_of([&] { database_->write(twice); }).what(), HasSubstr("products_external_id_key"));
    EXPECT_FALSE(has_gone_on);
}

TEST_F(PostgresPipelineTest, AWriteThatFailsLateLeavesTheOthersOfItsGroup) {
    std::vector<std::future<void>> ends;
    const auto submit = [&](Database::Work work) {
        const auto done = std::make_shared<std::promise<void>>();
        ends.push_back(done->get_future());
        database_->submit(std::move(work), [done](const std::exception_ptr& error) {
            error ? done->set_exception(error) : done->set_value();
        });
    };
    submit([](Transaction&) { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }); // the rest gather
    for (int i = 0; i < 6; ++i) {
        submit([i](Transaction& tx) {
            insert_soon(tx, std::to_string(i));
            if (i % 3 == 2) insert_soon(tx, std::to_string(i)); // in the middle, and the very last
        });
    }
    for (std::size_t at = 0; at < ends.size(); ++at) {
        const bool is_bad = at > 0 && (at - 1) % 3 == 2;
        if (is_bad) {
            EXPECT_EQ(error_of([&] { ends[at].get(); }).code(), ErrorCode::Conflict) << at;
        } else {
            EXPECT_NO_THROW(ends[at].get()) << at;
        }
    }
    EXPECT_THAT(stored_names(), ElementsAre("0", "1", "3", "4"));
}

TEST_F(PostgresPipelineTest, ATransactionWhoseFailureWasHiddenIsNotTakenForCommitted) {
    const auto hides = [](Transaction& tx) {
        insert_soon(tx, "cup");
        insert_soon(tx, "cup");
        try {
            static_cast<void>(names(tx));
        } catch (const soci::soci_error&) {
            // As somebody might who does not know that PostgreSQL ends the transaction.
        }
    };
    EXPECT_THROW(database_->write(hides), Error);
    EXPECT_THAT(stored_names(), IsEmpty());
}

TEST_F(PostgresPipelineTest, ValuesComeBackAsTheyWereBound) {
    database_->read([](Transaction& tx) {
        const long long smallest = std::numeric_limits<long long>::min();
        const int negative = -7;
        const double tiny = std::nextafter(0.1, 0.0), huge = -1.7976931348623157e308;
        const std::string words = "it's :not a name, nor $1 or \\ this\n\"éß\"";
        soci::indicator is_null = soci::i_null, came = soci::i_ok;
        long long got_smallest = 0;
        int got_negative = 0;
        double got_tiny = 0.0, got_huge = 0.0;
        std::string got_words, got_nothing = "untouched";
        EXPECT_TRUE(run_prepared(
            tx,
            "SELECT CAST(:smallest AS BIGINT), CAST(:negative AS INTEGER), CAST(:tiny AS DOUBLE PRECISION), "
            "CAST(:huge AS DOUBLE PRECISION), CAST(:words AS TEXT), CAST(:nothing AS TEXT)",
            use(words, is_null, "nothing"), use(smallest, "smallest"), use(negative, "negative"), use(tiny, "tiny"),
            use(huge, "huge"), use(words, "words"), into(got_smallest), into(got_negative), into(got_tiny),
            into(got_huge), into(got_words), into(got_nothing, came)));
        EXPECT_EQ(got_smallest, smallest);
        EXPECT_EQ(got_negative, negative);
        EXPECT_EQ(got_tiny, tiny);
        EXPECT_EQ(got_huge, huge);
        EXPECT_EQ(got_words, words);
        EXPECT_EQ(came, soci::i_null);
        EXPECT_EQ(got_nothing, "untouched");
    });
}

TEST_F(PostgresPipelineTest, ANameMayStandTwiceAndTextInQuotesAndCastsAreNoNames) {
    database_->read([](Transaction& tx) {
        const int number = 4;
        std::string text;
        run_prepared(tx, "SELECT :n::text || ':n' || '''' || CAST(:n AS TEXT) || ':' || '12:30'", use(number, "n"),
                     into(text));
        EXPECT_EQ(text, "4:n'4:12:30");
    });
}

TEST_F(PostgresPipelineTest, WhatIsBoundToNothingOrReadFromNowhereIsSaid) {
    std::string text;
    const auto unbound = [&](Transaction& tx) { run_prepared(tx, "SELECT CAST(:a AS TEXT)", into(text)); };
    EXPECT_THAT(error_of([&] { database_->read(unbound); }).what(), HasSubstr(":a"));
    const auto too_few = [&](Transaction& tx) { run_prepared(tx, "SELECT 'a'", into(text), into(text)); };
    EXPECT_EQ(error_of([&] { database_->read(too_few); }).code(), ErrorCode::Internal);
    const auto null = [&](Transaction& tx) { run_prepared(tx, "SELECT CAST(NULL AS TEXT)", into(text)); };
    EXPECT_EQ(error_of([&] { database_->read(null); }).code(), ErrorCode::Internal);
    int number = 0;
    const auto no_number = [&](Transaction& tx) { run_prepared(tx, "SELECT '12 apples'", into(number)); };
    EXPECT_THAT(error_of([&] { database_->read(no_number); }).what(), HasSubstr("12 apples"));
    EXPECT_THAT(stored_names(), IsEmpty()); // the connections are still of use
    database_->write([&](Transaction& tx) {
        EXPECT_THROW(unbound(tx), Error);
        EXPECT_THAT(names(tx), IsEmpty());
        EXPECT_THROW(unbound(tx), Error); // now that it is prepared
        sql(tx) << "INSERT INTO products (external_id, name, created_at, updated_at) VALUES ('1', 'cup', 1, 1)";
    });
    EXPECT_THAT(stored_names(), ElementsAre("cup"));
}

TEST_F(PostgresPipelineTest, AStatementWhoseTableChangedFailsOnceAndIsPreparedAnew) {
    database_->write(
        [](Transaction& tx) { tx.sql().run("CREATE TABLE shapes (side INTEGER); INSERT INTO shapes VALUES (3)"); });
    constexpr auto all = "SELECT * FROM shapes";
    std::string side;
    const auto look = [&](Transaction& tx) { run_prepared(tx, all, into(side)); };
    database_->write(look);
    database_->write([](Transaction& tx) { tx.sql().run("ALTER TABLE shapes ALTER side TYPE TEXT USING 'three'"); });
    EXPECT_THROW(database_->write(look), Error); // "cached plan must not change result type"
    database_->write(look);
    EXPECT_EQ(side, "three");
}

TEST_F(PostgresPipelineTest, MoreThanTheWayToTheServerHoldsMayBeSentAtOnce) {
    const std::string large(300'000, 'x');
    database_->write([&](Transaction& tx) {
        for (int i = 0; i < 100; ++i) {
            const std::string id = std::to_string(i);
            // Each answers with as much: neither side may wait for the other to read first.
            run_soon(tx,
                     "INSERT INTO products (external_id, name, description, created_at, updated_at) "
                     "VALUES (:id, :id, :large, 1, 1) RETURNING description",
                     use(id, "id"), use(large, "large"));
        }
    });
    EXPECT_EQ(stored_names().size(), 100U);
}

} // namespace
} // namespace vitrine
