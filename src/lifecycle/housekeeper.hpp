#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <vitrine/time.hpp>

#include "lifecycle/file_remover.hpp"
#include "storage/database.hpp"

namespace vitrine {

/// What has to be done by itself, at its time, is a row in the database: pictures to be looked at (image_releases),
/// files to be removed (blob_removals), runs that are due (schedules). The housekeeper does what is due; if the process
/// dies anywhere, the row is still there. Several processes of one database do not disturb each other.
class Housekeeper {
public:
    struct Parts {
        Database& database;
        FileRemover& files;
        const Clock& clock;
        /// Starts the runs that are due; when the next one is.
        std::function<std::optional<Timestamp>()> start_due_runs = [] { return std::optional<Timestamp>(); };
        std::function<void(const std::string& sentence)> report = [](const std::string&) {}; ///< troubles, for the log
    };

    explicit Housekeeper(Parts parts) : parts_(std::move(parts)) {}

    /// Does all that is due now; when something is due next, nothing when nothing is known of. Throws what it met, once
    /// all that can be done is done.
    std::optional<Timestamp> tidy();

private:
    void look_at_released();

    const Parts parts_;
};

/// A thread that lets a housekeeper work whenever something is due or it is rung for, and once at the start. A trouble
/// is reported and tried again later. Joined by the destructor.
class HousekeeperThread {
public:
    HousekeeperThread(Housekeeper& housekeeper, const Clock& clock,
                      std::function<void(const std::string& sentence)> report);
    ~HousekeeperThread();
    HousekeeperThread(const HousekeeperThread&) = delete;
    HousekeeperThread& operator=(const HousekeeperThread&) = delete;

    /// Something was released or asked for: call it after the commit. Cheap; safe from any thread.
    void ring();

private:
    void run(const std::stop_token& stop);

    Housekeeper& housekeeper_;
    const Clock& clock_;
    const std::function<void(const std::string&)> report_;
    std::mutex mutex_;
    std::condition_variable_any rung_;
    bool due_ = true;     ///< guarded by mutex_
    std::jthread thread_; ///< last: starts when all else is there
};

} // namespace vitrine
