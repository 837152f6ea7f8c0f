#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include <vitrine/ids.hpp>

#include "storage/product_image_repository.hpp"

namespace vitrine {

/// Which links are primary, as it was read, for as long as the catalogue has one version (Database::catalogue_version):
/// each photo's candidates are some hundred links, mostly those of the photos before. Safe from any thread.
class KnownLinks {
public:
    using PrimaryLink = product_image_repository::PrimaryLink;

    struct Found {
        std::vector<PrimaryLink> links;
        std::vector<ProductImageId> unread; ///< those of which nothing is known
    };

    /// What is known of `wanted` in this version of the catalogue.
    [[nodiscard]] Found find(std::int64_t version, std::span<const ProductImageId> wanted) {
        Found found;
        const std::lock_guard lock(mutex_);
        begin(version);
        for (const ProductImageId id : wanted) {
            const auto known = links_.find(id);
            if (version != version_ || known == links_.end())
                found.unread.push_back(id);
            else if (known->second)
                found.links.push_back(*known->second);
        }
        return found;
    }

    /// Keeps which of `asked` are primary: `read`, and no other, since the catalogue had this version.
    void keep(std::int64_t version, std::span<const ProductImageId> asked, std::span<const PrimaryLink> read) {
        const std::lock_guard lock(mutex_);
        begin(version);
        if (version != version_) return; // it has changed meanwhile
        if (links_.size() + asked.size() > links_max) links_.clear();
        for (const ProductImageId id : asked) links_.insert_or_assign(id, std::nullopt);
        for (const PrimaryLink& link : read) links_.insert_or_assign(link.id, link);
    }

private:
    static constexpr std::size_t links_max = 100'000; // some megabytes

    /// Forgets what an older version held.
    void begin(std::int64_t version) {
        if (version <= version_) return;
        links_.clear();
        version_ = version;
    }

    std::mutex mutex_;
    std::int64_t version_ = -1;                                            ///< guarded by mutex_, like all below
    std::unordered_map<ProductImageId, std::optional<PrimaryLink>> links_; ///< nothing: it is not primary
};

} // namespace vitrine
