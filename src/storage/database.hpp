#pragma once

#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace vitrine {

/// What repositories run their SQL on; known to storage/sql.hpp alone, so that no SQL library shows above this floor.
class SqlSession;

/// One open transaction (or snapshot, for reads), valid only inside the closure it was handed to.
class Transaction {
public:
    virtual ~Transaction() = default;
    [[nodiscard]] virtual SqlSession& sql() = 0;

    /// Runs `action` after this transaction's commit, on the committing thread; never after a rollback.
    /// It must be short and must not throw: it updates caches and wakes waiters.
    virtual void after_commit(std::function<void()> action) = 0;

    /// For what somebody outside will be told of, such as a job's end: throws Error(Internal) when this write was
    /// submitted with Flush::Soon.
    virtual void expect_flush_first() {}
};

enum class Durability {
    Full,   ///< a commit survives power loss
    Normal, ///< a commit survives the death of the process, not power loss
};

/// When a commit is on the disk, with Durability::Full.
enum class Flush {
    First, ///< before anybody can see it
    Soon,  ///< it is seen at once, and on the disk a few milliseconds later or with the next commit that is First: for
           ///< what nobody outside is told of. Power loss can only take it with all that was committed after it.
};

/// A relational database with grouped commits. All members are safe from any thread.
///
/// Writes: one thread commits. It takes whatever writes are waiting, runs them in order in one transaction and commits
/// once, so that durability costs one flush per group and not per write. If one of them throws, the group is rolled
/// back and its members run again without the thrower, which runs once more alone; therefore a write may run several
/// times and must have no effect outside its transaction but through `after_commit`.
class Database {
public:
    using Work = std::function<void(Transaction&)>;
    using Done = std::function<void(std::exception_ptr)>;

    virtual ~Database() = default;

    /// Queues `work`; `done` is called once on the committing thread after the commit (nullptr), which is then as safe
    /// as `flush` says, or with the reason why nothing of it was stored. Blocks while the queue of waiting writes is
    /// full.
    virtual void submit(Work work, Done done, Flush flush) = 0;
    void submit(Work work, Done done) { submit(std::move(work), std::move(done), Flush::First); }

    /// Runs `work` on a read snapshot, on the calling thread. Throws what `work` throws.
    virtual void run_read(const Work& work) = 0;

    /// Commits `work` and returns what it returned. Throws what it threw; then nothing of it is stored.
    /// Must not be called from inside a transaction or an `after_commit` action.
    template <class F>
    auto write(F work) -> std::invoke_result_t<F&, Transaction&> {
        using Result = std::invoke_result_t<F&, Transaction&>;
        if constexpr (std::is_void_v<Result>) {
            run_write(work);
        } else {
            std::optional<Result> result;
            run_write([&](Transaction& tx) { result.emplace(work(tx)); });
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

private:
    void run_write(const Work& work) {
        // Shared: this thread may return while the committing one is still inside set_value.
        const auto committed = std::make_shared<std::promise<void>>();
        auto result = committed->get_future();
        submit(work, [committed](std::exception_ptr error) {
            if (error) {
                committed->set_exception(std::move(error));
            } else {
                committed->set_value();
            }
        });
        result.get();
    }
};

} // namespace vitrine
