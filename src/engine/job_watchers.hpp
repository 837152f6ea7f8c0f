#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include <vitrine/ids.hpp>

namespace vitrine {

/// Who is told when something of a job was committed. Safe from any thread; a watcher must not add or remove watchers.
class JobWatchers {
public:
    using Changed = std::function<void(JobId)>;

    /// Until the handle is destroyed, which waits for calls under way. The watchers may be gone before the handle is.
    [[nodiscard]] std::shared_ptr<void> add(Changed changed);

    void tell(JobId job);

private:
    struct Watchers {
        std::mutex mutex;
        std::int64_t next = 0;
        std::map<std::int64_t, Changed> by_number; ///< guarded by mutex
    };
    const std::shared_ptr<Watchers> watchers_ = std::make_shared<Watchers>();
};

} // namespace vitrine
