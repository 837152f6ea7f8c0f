#include "storage/group_committer.hpp"

#include <algorithm>
#include <iterator>

#include "core/retry_policy.hpp"
#include <vitrine/error.hpp>

namespace vitrine {

namespace {

using SteadyClock = std::chrono::steady_clock;

/// How long what nobody outside is told of may wait for the disk: the next step of a job mostly commits before.
constexpr std::chrono::milliseconds unflushed_max{2};

} // namespace

class GroupCommitter::GroupTransaction final : public Transaction {
public:
    GroupTransaction(WriteSession& session, Member& member) : session_(session), member_(member) {}

    SqlSession& sql() override { return session_.sql(); }
    void after_commit(std::function<void()> action) override { member_.after_commit.push_back(std::move(action)); }
    void expect_flush_first() override {
        if (member_.flush == Flush::First) return;
        throw Error(ErrorCode::Internal, "What somebody is told of was to be stored without waiting for the disk.");
    }
    void announce(const std::string& topic, const std::string& detail) override {
        session_.announcements().announce(topic, detail);
    }
    void withdraw(const std::string& topic) override { session_.announcements().withdraw(topic); }
    [[nodiscard]] std::optional<bool> announced(const std::string& topic) const override {
        return session_.announcements().announced(topic);
    }

private:
    WriteSession& session_;
    Member& member_;
};

GroupCommitter::GroupCommitter(std::unique_ptr<WriteSession> session, GroupLimits limits)
    : limits_(limits), session_(std::move(session)), thread_([this] { run(); }) {}

GroupCommitter::~GroupCommitter() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    work_waits_.notify_one();
    thread_.join();
}

void GroupCommitter::submit(Database::Work work, Database::Done done, Flush flush, Database::About about) {
    {
        std::unique_lock lock(mutex_);
        if (turn_ != std::this_thread::get_id()) {
            room_.wait(lock, [this] { return waiting_.size() < limits_.waiting_max; });
        }
        waiting_.push_back({std::move(work), std::move(done), flush, about, {}});
    }
    work_waits_.notify_one();
}

bool GroupCommitter::write_at_once(const Database::Work& work, Flush flush) {
    if (!take_turn()) return false;
    std::exception_ptr failure;
    Member alone{work, [&failure](std::exception_ptr error) { failure = std::move(error); }, flush, 0, {}};
    commit_in_order(std::span(&alone, 1));
    give_turn_back();
    if (failure) std::rethrow_exception(failure);
    return true;
}

bool GroupCommitter::take_turn() {
    const std::lock_guard lock(mutex_);
    if (turn_ != std::thread::id() || !waiting_.empty() || stopping_) return false;
    turn_ = std::this_thread::get_id();
    return true;
}

void GroupCommitter::give_turn_back() {
    bool is_awaited = false;
    {
        const std::lock_guard lock(mutex_);
        turn_ = {};
        flush_by_ = unflushed_since_ ? std::optional(*unflushed_since_ + unflushed_max) : std::nullopt;
        is_awaited = stopping_ || !waiting_.empty() || flush_by_;
    }
    if (is_awaited) work_waits_.notify_one();
}

void GroupCommitter::run() {
    for (;;) {
        auto group = next_group();
        if (group.empty() && !unflushed_since_) return;
        commit_in_order(group);
        if (unflushed_since_ && (group.empty() || SteadyClock::now() - *unflushed_since_ >= unflushed_max)) {
            session_->flush();
            unflushed_since_.reset();
        }
        give_turn_back();
    }
}

std::vector<GroupCommitter::Member> GroupCommitter::next_group() {
    std::vector<Member> group;
    {
        std::unique_lock lock(mutex_);
        while (true) {
            const bool is_free = turn_ == std::thread::id();
            const bool is_due = !waiting_.empty() || (flush_by_ && *flush_by_ <= SteadyClock::now());
            if (is_free && (stopping_ || is_due)) break;
            if (const auto until = flush_by_; until && is_free) {
                work_waits_.wait_until(lock, *until);
            } else {
                work_waits_.wait(lock);
            }
        }
        turn_ = std::this_thread::get_id();
        const auto size = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), limits_.group_max));
        group.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.begin() + size));
        waiting_.erase(waiting_.begin(), waiting_.begin() + size);
    }
    room_.notify_all();
    if (limits_.in_order_of_about) std::ranges::stable_sort(group, {}, &Member::about);
    return group;
}

void GroupCommitter::commit_in_order(std::span<Member> group) {
    if (group.empty()) return;
    for (int attempt = 1;; ++attempt) {
        std::size_t at = 0;
        auto failure = try_once(group, at);
        if (!failure) break;
        session_->rollback();
        if (failure->aftermath == WriteSession::Aftermath::Over) {
            for (auto& member : group) member.done(failure->error);
            return;
        }
        const bool alone_again = failure->aftermath == WriteSession::Aftermath::Again && group.size() == 1;
        if (!alone_again || attempt >= limits_.tries_max) return retry_around(group, at, std::move(failure->error));
        pause_before(attempt);
    }
    if (must_flush(group)) {
        unflushed_since_.reset(); // the one log holds what was committed before, too
    } else if (!unflushed_since_) {
        unflushed_since_ = SteadyClock::now();
    }
    for (auto& member : group) {
        for (const auto& action : member.after_commit) action();
        member.done(nullptr);
    }
}

bool GroupCommitter::must_flush(std::span<const Member> group) {
    return std::ranges::any_of(group, [](const Member& member) { return member.flush == Flush::First; });
}

std::optional<WriteSession::Failure> GroupCommitter::try_once(std::span<Member> group, std::size_t& at) {
    try {
        session_->begin(must_flush(group) ? Flush::First : Flush::Soon);
        for (at = 0; at < group.size(); ++at) {
            group[at].after_commit.clear();
            GroupTransaction transaction(*session_, group[at]);
            group[at].work(transaction);
            session_->check_open();
            if (at + 1 < group.size()) session_->settle();
        }
        session_->commit();
        return std::nullopt;
    } catch (...) {
        return session_->judge(std::current_exception());
    }
}

void GroupCommitter::pause_before(int attempt) {
    constexpr RetryPolicy policy{.initial = Milliseconds{10}, .max = Milliseconds{500}};
    std::this_thread::sleep_for(policy.backoff(attempt, std::nullopt, random_));
}

void GroupCommitter::retry_around(std::span<Member> group, std::size_t thrower, std::exception_ptr reason) {
    if (group.size() == 1) {
        group.front().done(std::move(reason)); // the receiver's alone: it may outlive this thread's interest in it
    } else if (thrower == group.size()) {
        for (std::size_t at = 0; at < group.size(); ++at) commit_in_order(group.subspan(at, 1));
    } else {
        commit_in_order(group.first(thrower));
        commit_in_order(group.subspan(thrower, 1));
        commit_in_order(group.subspan(thrower + 1));
    }
}

} // namespace vitrine
