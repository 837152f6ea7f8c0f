#include "storage/group_committer.hpp"

#include <algorithm>
#include <iterator>

namespace vitrine {

class GroupCommitter::GroupTransaction final : public Transaction {
public:
    GroupTransaction(WriteSession& session, Member& member) : session_(session), member_(member) {}

    SqlSession& sql() override { return session_.sql(); }
    void after_commit(std::function<void()> action) override { member_.after_commit.push_back(std::move(action)); }

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

void GroupCommitter::submit(Database::Work work, Database::Done done) {
    {
        std::unique_lock lock(mutex_);
        if (std::this_thread::get_id() != thread_.get_id()) {
            room_.wait(lock, [this] { return waiting_.size() < limits_.waiting_max; });
        }
        waiting_.push_back({std::move(work), std::move(done), {}});
    }
    work_waits_.notify_one();
}

void GroupCommitter::run() {
    for (auto group = next_group(); !group.empty(); group = next_group()) commit_in_order(group);
}

std::vector<GroupCommitter::Member> GroupCommitter::next_group() {
    std::vector<Member> group;
    {
        std::unique_lock lock(mutex_);
        work_waits_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        const auto size = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), limits_.group_max));
        group.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.begin() + size));
        waiting_.erase(waiting_.begin(), waiting_.begin() + size);
    }
    room_.notify_all();
    return group;
}

void GroupCommitter::commit_in_order(std::span<Member> group) {
    if (group.empty()) return;
    std::size_t at = 0;
    std::exception_ptr reason;
    try {
        session_->begin();
        for (; at < group.size(); ++at) {
            group[at].after_commit.clear();
            GroupTransaction transaction(*session_, group[at]);
            group[at].work(transaction);
            session_->check_open();
        }
        session_->commit();
    } catch (...) {
        reason = session_->translate(std::current_exception());
    }
    if (reason) {
        session_->rollback();
        return retry_around(group, at, std::move(reason));
    }
    for (auto& member : group) {
        for (const auto& action : member.after_commit) action();
        member.done(nullptr);
    }
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
