#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "storage/announcements.hpp"
#include "storage/database.hpp"

namespace vitrine {

/// The one session that writes, as whoever commits uses it: one thread at a time.
class WriteSession {
public:
    virtual ~WriteSession() = default;

    /// What a failure means for the group of writes that it ended.
    enum class Aftermath {
        Refused, ///< the write that threw is to blame: the others run again without it
        Again,   ///< nobody is to blame (two processes waited for each other): what was refused may pass when it runs
                 ///< again
        Over,    ///< no use or no right to run any of it again: no server, or a commit that may have happened
    };
    struct Failure {
        std::exception_ptr error; ///< as one of our errors where it came from the SQL library
        Aftermath aftermath = Aftermath::Refused;
    };

    [[nodiscard]] virtual SqlSession& sql() = 0;

    /// `flush`: when the transaction must be on the disk.
    virtual void begin(Flush flush) = 0;

    /// Of the open transaction; `begin` clears them, and `commit` sends them where other processes listen.
    [[nodiscard]] Announcements& announcements() noexcept { return announcements_; }

    /// Throws when the transaction is no longer open or no longer usable: the database ended it by itself, or a write
    /// hid a failed statement. Called after every write of a group.
    virtual void check_open() = 0;

    /// Returns when all statements of the open transaction have run; called between two writes of a group, so that what
    /// fails is known to be the first one's.
    virtual void settle() {}

    /// Returns when the transaction is committed, and on the disk where it began with Flush::First.
    virtual void commit() = 0;

    /// Returns when all that was committed is on the disk. When that fails, every later `begin` throws.
    virtual void flush() noexcept = 0;
    virtual void rollback() noexcept = 0;

    [[nodiscard]] virtual Failure judge(const std::exception_ptr& error) const = 0;

private:
    Announcements announcements_;
};

struct GroupLimits {
    std::size_t waiting_max = 4096; ///< writes in the queue before `submit` blocks
    std::size_t group_max = 512;    ///< writes in one commit
    bool in_order_of_about = false; ///< run a group in the order of Database::About: several processes write
    int tries_max = 12;             ///< of one write alone that fails with Aftermath::Again
};

/// Grouped commits, as storage/database.hpp promises them, over any WriteSession: one thread takes the waiting writes,
/// runs them in order in one transaction and commits once. Who would wait for his write and comes when nobody commits
/// does so himself, without the way to that thread and back; who comes meanwhile waits for that thread.
///
/// A group of which no write asks for Flush::First is committed and told of at once, and flushed with the next group
/// that asks, or a few milliseconds later: a chain of steps does not wait for the disk between its links.
///
/// When a write throws, the group is rolled back; the writes before it run again as one group, the thrower alone, the
/// writes after it as one group. So one bad write costs its neighbours two commits and nothing else. When the commit
/// itself fails, each write runs again in a transaction of its own. A write alone that was nobody's fault is tried
/// again after a short wait that grows.
class GroupCommitter {
public:
    explicit GroupCommitter(std::unique_ptr<WriteSession> session, GroupLimits limits = {});

    /// Commits what waits, then joins.
    ~GroupCommitter();
    GroupCommitter(const GroupCommitter&) = delete;
    GroupCommitter& operator=(const GroupCommitter&) = delete;

    /// As Database::submit. Never blocks when called by who commits (from a `done` or an `after_commit`).
    void submit(Database::Work work, Database::Done done, Flush flush = Flush::First, Database::About about = 0);

    /// Commits `work` on the calling thread, as Database::run_write; false, and nothing happens, when somebody commits
    /// or waits.
    [[nodiscard]] bool write_at_once(const Database::Work& work, Flush flush);

private:
    struct Member {
        Database::Work work;
        Database::Done done;
        Flush flush = Flush::First;
        Database::About about = 0;
        std::vector<std::function<void()>> after_commit;
    };
    class GroupTransaction;

    void run();

    /// Waits for writes and for the turn. Empty when stopping, or when it is time to flush what was committed.
    [[nodiscard]] std::vector<Member> next_group();

    /// The turn to commit, where nobody has it and nobody waits for it.
    [[nodiscard]] bool take_turn();
    void give_turn_back();

    void commit_in_order(std::span<Member> group);
    [[nodiscard]] static bool must_flush(std::span<const Member> group);

    /// Runs and commits them in one transaction; the failure, and in `at` whose it was: the group's size for the
    /// commit.
    [[nodiscard]] std::optional<WriteSession::Failure> try_once(std::span<Member> group, std::size_t& at);
    void retry_around(std::span<Member> group, std::size_t thrower, std::exception_ptr reason);
    void pause_before(int attempt);

    using Moment = std::chrono::steady_clock::time_point;

    const GroupLimits limits_;
    // These three are used by who has the turn.
    const std::unique_ptr<WriteSession> session_;
    std::optional<Moment> unflushed_since_;
    std::mt19937_64 random_{std::random_device{}()};

    std::mutex mutex_;
    std::condition_variable work_waits_;
    std::condition_variable room_;
    std::deque<Member> waiting_; ///< guarded by mutex_, like all below
    bool stopping_ = false;
    std::thread::id turn_;           ///< who commits; nobody's id: nobody
    std::optional<Moment> flush_by_; ///< unflushed_since_, as the last turn left it, and a while

    std::thread thread_; ///< last: starts when all else is there
};

} // namespace vitrine
