#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace vitrine {

/// Immutable values by key, within a budget of bytes: the least recently used go first. A value larger than the whole
/// budget is not kept. Values live on while somebody holds them. Safe from any thread.
template <class Key, class Value, class Hash = std::hash<Key>>
class LruCache {
public:
    explicit LruCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    /// The value; nullptr when there is none.
    std::shared_ptr<const Value> find(const Key& key) {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(key);
        if (found == entries_.end()) return nullptr;
        order_.splice(order_.begin(), order_, found->second);
        return found->second->value;
    }

    /// Keeps `value`, which takes `bytes`, in place of what was under `key`.
    void put(const Key& key, std::shared_ptr<const Value> value, std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        if (const auto found = entries_.find(key); found != entries_.end()) drop(found->second);
        if (bytes > bytes_max_) return;
        order_.push_front({key, std::move(value), bytes});
        entries_[key] = order_.begin();
        bytes_ += bytes;
        while (bytes_ > bytes_max_) drop(std::prev(order_.end()));
    }

    /// As `find`, and keeps it no longer: of several that take it one gets it.
    std::shared_ptr<const Value> take(const Key& key) {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(key);
        if (found == entries_.end()) return nullptr;
        auto value = std::move(found->second->value);
        drop(found->second);
        return value;
    }

    /// Keeps nothing under `key` any more.
    void erase(const Key& key) {
        const std::lock_guard lock(mutex_);
        if (const auto found = entries_.find(key); found != entries_.end()) drop(found->second);
    }

private:
    struct Entry {
        Key key;
        std::shared_ptr<const Value> value;
        std::size_t bytes;
    };
    using Order = std::list<Entry>;

    void drop(typename Order::iterator entry) {
        bytes_ -= entry->bytes;
        entries_.erase(entry->key);
        order_.erase(entry);
    }

    const std::size_t bytes_max_;
    std::mutex mutex_;
    Order order_; // guarded by mutex_, like all below; most recently used first
    std::unordered_map<Key, typename Order::iterator, Hash> entries_;
    std::size_t bytes_ = 0;
};

} // namespace vitrine
