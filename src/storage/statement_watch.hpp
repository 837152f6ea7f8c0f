#pragma once

namespace vitrine {

/// Is told when a statement goes to the database and when its answer is there: for noticing that none comes.
class StatementWatch {
public:
    virtual ~StatementWatch() = default;
    virtual void began() noexcept = 0;
    virtual void ended() noexcept = 0;
};

/// A statement under way, for as long as it lives. `watch` may be nullptr.
class RunningStatement {
public:
    explicit RunningStatement(StatementWatch* watch) noexcept : watch_(watch) {
        if (watch_ != nullptr) watch_->began();
    }
    RunningStatement(const RunningStatement&) = delete;
    RunningStatement& operator=(const RunningStatement&) = delete;
    ~RunningStatement() {
        if (watch_ != nullptr) watch_->ended();
    }

private:
    StatementWatch* const watch_;
};

} // namespace vitrine
