#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <vitrine/error.hpp>

#include "storage/database.hpp"

namespace vitrine {

/// A read's view of a session.
class SnapshotTransaction final : public Transaction {
public:
    explicit SnapshotTransaction(SqlSession& session) : session_(session) {}

    SqlSession& sql() override { return session_; }
    void after_commit(std::function<void()>) override {
        throw Error(ErrorCode::Internal, "A read has no commit to wait for; use a write.");
    }

private:
    SqlSession& session_;
};

/// A bounded set of reading sessions; who finds none free waits for one. The borrower opens what is missing, outside of
/// the lock. Safe from any thread. `Session` has `bool roll_back() noexcept`: ends what is open; false when the session
/// is of no more use.
template <class Session>
class ReaderPool {
public:
    explicit ReaderPool(int most) : most_(most) { idle_.reserve(static_cast<std::size_t>(most)); }

    /// A right to have one session open, and that session, given back together.
    class Borrowed {
    public:
        explicit Borrowed(ReaderPool& owner) : owner_(owner), session_(owner.take()) {}
        Borrowed(const Borrowed&) = delete;
        Borrowed& operator=(const Borrowed&) = delete;
        ~Borrowed() { owner_.give_back(std::move(session_)); }

        /// nullptr where it has yet to be opened. Close one before another is put in its place.
        [[nodiscard]] std::unique_ptr<Session>& session() noexcept { return session_; }

    private:
        ReaderPool& owner_;
        std::unique_ptr<Session> session_;
    };

private:
    std::unique_ptr<Session> take() {
        std::unique_lock lock(mutex_);
        free_one_.wait(lock, [this] { return !idle_.empty() || opened_ < most_; });
        if (idle_.empty()) {
            ++opened_;
            return nullptr;
        }
        auto session = std::move(idle_.back());
        idle_.pop_back();
        return session;
    }

    void give_back(std::unique_ptr<Session> session) noexcept {
        const bool usable = session && session->roll_back();
        if (!usable) session.reset();
        {
            const std::lock_guard lock(mutex_);
            if (usable) {
                idle_.push_back(std::move(session)); // never allocates: reserved in the constructor
            } else {
                --opened_;
            }
        }
        free_one_.notify_one();
    }

    const int most_;
    std::mutex mutex_;
    std::condition_variable free_one_;
    std::vector<std::unique_ptr<Session>> idle_; ///< guarded by mutex_
    int opened_ = 0;                             ///< guarded by mutex_
};

} // namespace vitrine
