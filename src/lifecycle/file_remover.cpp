#include "lifecycle/file_remover.hpp"

#include <chrono>
#include <utility>

#include <vitrine/error.hpp>

#include "storage/blob_removal_repository.hpp"

namespace vitrine {
namespace {

namespace removals = blob_removal_repository;
using SteadyClock = std::chrono::steady_clock;

constexpr int batch = 200;
constexpr Milliseconds lease{60'000};
constexpr Milliseconds margin{30'000}; ///< a removal that starts in time is over before the lease ends
/// Nobody's upload is under way for longer, from when its bytes are stored until its row is committed.
constexpr std::chrono::hours remembered{1};

} // namespace

FileRemover::FileRemover(Database& database, BlobStore& blobs, const Clock& clock,
                         std::function<void(const std::string&)> forget)
    : database_(database), blobs_(blobs), clock_(clock), forget_(std::move(forget)) {}

std::int64_t FileRemover::remove_all() {
    const std::lock_guard lock(mutex_);
    std::int64_t removed = 0;
    while (const int some = remove_some()) removed += some;
    return removed;
}

int FileRemover::remove_some() {
    const bool asked = database_.read([](Transaction& tx) { return removals::count(tx).unfinished > 0; });
    if (!asked) return 0;
    const auto until = SteadyClock::now() + lease - margin;
    const auto claimed = database_.write([&](Transaction& tx) {
        const Timestamp now = clock_.now();
        removals::forget_done_before(tx, now - remembered);
        return removals::claim(
            tx, {.now = now, .lease_until = now + lease, .limit = batch, .ignore_leases = !database_.is_shared()});
    });
    std::size_t done = 0;
    std::exception_ptr trouble;
    try {
        for (; done < claimed.size() && SteadyClock::now() < until; ++done) {
            blobs_.remove(claimed[done].sha256);
            forget_(claimed[done].sha256);
        }
    } catch (const Error&) {
        trouble = std::current_exception(); // what was removed until here is recorded first
    }
    database_.write([&](Transaction& tx) {
        const Timestamp now = clock_.now();
        for (std::size_t i = 0; i < claimed.size(); ++i) {
            if (i < done) {
                removals::finish(tx, claimed[i], now);
            } else {
                removals::give_back(tx, claimed[i]);
            }
        }
    });
    if (trouble) std::rethrow_exception(trouble);
    return static_cast<int>(done);
}

} // namespace vitrine
