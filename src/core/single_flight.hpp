#pragma once

#include <exception>
#include <future>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace vitrine {

/// Of several that want the same at the same time one makes it, and the others wait for that, as in Go's singleflight.
/// Keeps nothing once it is made. Safe from any thread.
template <class Key, class Value>
class SingleFlight {
public:
    /// What `make` returns, or returned to whoever came first; throws what it threw. `make` must not ask for the same.
    template <class Make>
    Value run(const Key& key, Make make) {
        std::promise<Value> promise;
        auto [result, is_first] = join(key, promise);
        if (!is_first) return result.get();
        try {
            promise.set_value(make());
        } catch (...) {
            promise.set_exception(std::current_exception());
        }
        leave(key);
        return result.get();
    }

private:
    std::pair<std::shared_future<Value>, bool> join(const Key& key, std::promise<Value>& promise) {
        const std::lock_guard lock(mutex_);
        if (const auto found = under_way_.find(key); found != under_way_.end()) return {found->second, false};
        return {under_way_.emplace(key, promise.get_future().share()).first->second, true};
    }

    void leave(const Key& key) {
        const std::lock_guard lock(mutex_);
        under_way_.erase(key);
    }

    std::mutex mutex_;
    std::unordered_map<Key, std::shared_future<Value>> under_way_; ///< guarded by mutex_
};

} // namespace vitrine
