#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <vitrine/time.hpp>

namespace vitrine {

/// What repositories run their SQL on; known to storage/sql.hpp alone, so that no SQL library shows above this floor.
class SqlSession;

/// One open transaction (or snapshot, for reads), valid only inside the closure it was handed to.
class Transaction {
public:
    virtual ~Transaction() = default;
    [[nodiscard]] virtual SqlSession& sql() = 0;

    /// Runs `action` after this transaction's commit, on the thread that commits; never after a rollback.
    /// It must be short and must not throw: it updates caches and wakes waiters.
    virtual void after_commit(std::function<void()> action) = 0;

    /// For what somebody outside will be told of, such as a job's end: throws Error(Internal) when this write was
    /// submitted with Flush::Soon.
    virtual void expect_flush_first() {}

    /// Tells every other process that listens on this database (Database::listen) of this commit, with the commit and
    /// never without it. A word and at most 100 letters of detail, no spaces or line ends. Saying the same twice in one
    /// commit is saying it once. Where one process has the database for itself nobody is told, but `announced` knows.
    virtual void announce(const std::string& topic, const std::string& detail) {
        static_cast<void>(topic);
        static_cast<void>(detail);
    }

    /// Nobody need be told of `topic` any more, whatever was announced in this commit until now.
    virtual void withdraw(const std::string& topic) { static_cast<void>(topic); }

    /// Which of the two happened last to `topic` in this commit: true for `announce`, false for `withdraw`, nothing for
    /// neither. Always true in a read, which keeps no record of it.
    [[nodiscard]] virtual std::optional<bool> announced(const std::string& topic) const {
        static_cast<void>(topic);
        return true;
    }
};

enum class Durability {
    Full,   ///< a commit survives power loss
    Normal, ///< a commit survives the death of the process, not power loss
};

/// When a commit is on the disk, with Durability::Full.
enum class Flush {
    First, ///< before anybody can see it
    Soon,  ///< it is seen at once, and on the disk a moment later or with the next commit that is First: for
           ///< what nobody outside is told of. Power loss can only take it with all that was committed after it.
};

/// Hears until it is destroyed, which waits for a call that is under way.
class Listening {
public:
    virtual ~Listening() = default;
};

/// A relational database with grouped commits. All members are safe from any thread.
///
/// Writes: one thread commits at a time. It takes whatever writes are waiting, runs them in order in one transaction
/// and commits once, so that durability costs one flush per group and not per write. If one of them throws, the group
/// is rolled back and its members run again without the thrower, which runs once more alone; therefore a write may run
/// several times and must have no effect outside its transaction but through `after_commit`.
class Database {
public:
    using Work = std::function<void(Transaction&)>;
    using Done = std::function<void(std::exception_ptr)>;
    using Hear = std::function<void(const std::string& topic, const std::string& detail)>;

    /// What a write is about: a job's id; 0 for nothing in particular. Where several processes write, the writes of one
    /// group run in this order, so that two groups that lock the same jobs' rows lock them in one order and do not wait
    /// for each other in a circle.
    using About = std::int64_t;

    virtual ~Database() = default;

    /// Queues `work`; `done` is called once on the thread that commits, after the commit (nullptr), which is then as
    /// safe as `flush` says, or with the reason why nothing of it was stored. Blocks while the queue of waiting writes
    /// is full.
    virtual void submit(Work work, Done done, Flush flush, About about) = 0;
    void submit(Work work, Done done) { submit(std::move(work), std::move(done), Flush::First, 0); }

    /// Whether other processes may use this database at the same time.
    [[nodiscard]] virtual bool is_shared() const noexcept { return false; }

    /// Grows with each commit that changed products or their links, before anybody hears of it, though a reader may
    /// have seen the rows by then; and with some that were undone. While it is the same, nothing read of them is older
    /// than what the last writer was told of. Nothing where other processes write to them, too.
    [[nodiscard]] virtual std::optional<std::int64_t> catalogue_version() const noexcept { return std::nullopt; }

    /// The clock that all processes of this database go by; lives as long as the database.
    [[nodiscard]] virtual const Clock& clock() const noexcept { return machine_clock_; }

    /// From now on calls `hear` with what other processes announce, in a thread of the database's; it must be short and
    /// must not throw. The topic `missed` says that some announcements may have been lost: look for yourself. Nothing
    /// is given back, and nothing is ever heard, where one process has the database for itself.
    [[nodiscard]] virtual std::unique_ptr<Listening> listen(Hear hear) {
        static_cast<void>(hear);
        return nullptr;
    }
    static constexpr auto missed = "missed";

    /// Runs `work` on a read snapshot, on the calling thread. Throws what `work` throws.
    virtual void run_read(const Work& work) = 0;

    /// Runs `work`, which asks one question: without a snapshot, which would be one or two questions more. It may run
    /// twice, when a connection turns out to be gone. Throws what `work` throws.
    virtual void run_look(const Work& work) = 0;

    /// Commits `work` and returns what it returned, as safe as `flush` says. Throws what it threw; then nothing of it
    /// is stored. Must not be called from inside a transaction or an `after_commit` action.
    template <class F>
    auto write(F work, Flush flush = Flush::First) -> std::invoke_result_t<F&, Transaction&> {
        using Result = std::invoke_result_t<F&, Transaction&>;
        if constexpr (std::is_void_v<Result>) {
            run_write(work, flush);
        } else {
            std::optional<Result> result;
            run_write([&](Transaction& tx) { result.emplace(work(tx)); }, flush);
            return std::move(*result);
        }
    }

    /// Runs `work` on a consistent read snapshot and returns what it returned.
    template <class F>
    auto read(F work) -> std::invoke_result_t<F&, Transaction&> {
        using Result = std::invoke_result_t<F&, Transaction&>;
        if constexpr (std::is_void_v<Result>) {
            run_read([&](Transaction& tx) { work(tx); });
        } else {
            std::optional<Result> result;
            run_read([&](Transaction& tx) { result.emplace(work(tx)); });
            return std::move(*result);
        }
    }

    /// As `read`, for a `work` that is one statement.
    template <class F>
    auto look(F work) -> std::invoke_result_t<F&, Transaction&> {
        std::optional<std::invoke_result_t<F&, Transaction&>> result;
        run_look([&](Transaction& tx) { result.emplace(work(tx)); });
        return std::move(*result);
    }

protected:
    /// As `write`; `work` may run on the calling thread.
    virtual void run_write(const Work& work, Flush flush) {
        // Shared: this thread may return while the committing one is still inside set_value.
        const auto committed = std::make_shared<std::promise<void>>();
        auto result = committed->get_future();
        submit(
            work,
            [committed](std::exception_ptr error) {
                if (error) {
                    committed->set_exception(std::move(error));
                } else {
                    committed->set_value();
                }
            },
            flush, 0);
        result.get();
    }

private:
    const SystemClock machine_clock_{};
};

} // namespace vitrine
