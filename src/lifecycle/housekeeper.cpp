#include "lifecycle/housekeeper.hpp"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include "lifecycle/image_removal.hpp"
#include "storage/image_reference_repository.hpp"

namespace vitrine {
namespace {

namespace references = image_reference_repository;

constexpr int batch = 50;                             ///< pictures in one transaction
constexpr Milliseconds look_again{10'000};            ///< at a picture that a job works on
constexpr Milliseconds trouble_pause{5'000};          ///< before a trouble is met again
constexpr Milliseconds longest_sleep{10 * 60 * 1000}; ///< clocks are set, and other processes write

} // namespace

std::optional<Timestamp> Housekeeper::tidy() {
    std::exception_ptr trouble;
    std::optional<Timestamp> next_run;
    const auto attempt = [&trouble](const auto& work) {
        try {
            work();
        } catch (const std::exception&) {
            if (!trouble) trouble = std::current_exception();
        }
    };
    attempt([&] { next_run = parts_.start_due_runs(); });
    attempt([&] { look_at_released(); });
    attempt([&] { parts_.files.remove_all(); });
    if (trouble) std::rethrow_exception(trouble);
    const auto next_release = parts_.database.read([](Transaction& tx) { return references::next_release(tx); });
    if (!next_release) return next_run;
    return next_run ? std::min(*next_run, *next_release) : next_release;
}

void Housekeeper::look_at_released() {
    for (;;) {
        const Timestamp now = parts_.clock.now();
        const auto due =
            parts_.database.read([now](Transaction& tx) { return references::due_releases(tx, now, batch); });
        if (due.empty()) return;
        parts_.database.write([&](Transaction& tx) {
            for (const ImageId image : due) {
                if (tidy_image(tx, image, now).use == references::Use::Busy) {
                    references::release(tx, image, now + look_again);
                } else {
                    references::settle_release(tx, image);
                }
            }
        });
    }
}

HousekeeperThread::HousekeeperThread(Housekeeper& housekeeper, const Clock& clock,
                                     std::function<void(const std::string&)> report)
    : housekeeper_(housekeeper), clock_(clock), report_(std::move(report)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

HousekeeperThread::~HousekeeperThread() {
    thread_.request_stop();
    thread_.join();
}

void HousekeeperThread::ring() {
    {
        const std::lock_guard lock(mutex_);
        due_ = true;
    }
    rung_.notify_all();
}

void HousekeeperThread::run(const std::stop_token& stop) {
    std::string reported;
    while (!stop.stop_requested()) {
        {
            const std::lock_guard lock(mutex_);
            due_ = false;
        }
        Milliseconds sleep = longest_sleep;
        try {
            if (const auto next = housekeeper_.tidy()) {
                sleep = std::clamp(*next - clock_.now(), Milliseconds{1}, longest_sleep);
            }
            reported.clear();
        } catch (const std::exception& error) { // whatever it is: the rows stay, and are tried again
            if (reported != error.what()) report_(reported = error.what());
            sleep = trouble_pause;
        }
        std::unique_lock lock(mutex_);
        rung_.wait_for(lock, stop, sleep, [this] { return due_; });
    }
}

} // namespace vitrine
