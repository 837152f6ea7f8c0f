#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <vitrine/error.hpp>

#include "storage/database.hpp"

namespace vitrine::testing {

/// A database as a process sees it that is killed at some instant: from then on nothing of this process reaches it, of
/// what runs and of what waits to be committed. Opened again, it holds what was committed before. Safe from any thread.
class MortalDatabase final : public Database {
public:
    explicit MortalDatabase(std::unique_ptr<Database> database) : database_(std::move(database)) {}

    void die() noexcept { is_dead_ = true; }

    void submit(Work work, Done done, Flush flush, About about) override {
        database_->submit(
            [this, work = std::move(work)](Transaction& tx) {
                require_life();
                work(tx);
                require_life();
            },
            std::move(done), flush, about);
    }
    [[nodiscard]] bool is_shared() const noexcept override { return database_->is_shared(); }
    [[nodiscard]] std::optional<std::int64_t> catalogue_version() const noexcept override {
        return database_->catalogue_version();
    }
    [[nodiscard]] const Clock& clock() const noexcept override { return database_->clock(); }
    [[nodiscard]] std::unique_ptr<Listening> listen(Hear hear) override { return database_->listen(std::move(hear)); }
    void run_read(const Work& work) override {
        require_life();
        database_->run_read(work);
    }
    void run_look(const Work& work) override {
        require_life();
        database_->run_look(work);
    }

private:
    void require_life() const {
        if (is_dead_) throw Error(ErrorCode::Unavailable, "This process was killed.");
    }

    const std::unique_ptr<Database> database_;
    std::atomic<bool> is_dead_ = false;
};

} // namespace vitrine::testing
