#pragma once

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <vitrine/job.hpp>
#include <vitrine/results.hpp>

#include "core/lru_cache.hpp"
#include "core/ranking.hpp"

namespace vitrine {

/// What query_all_crops found for one run of a job.
struct FoundMatches {
    Job job;                         ///< all but its stage is as it stays until its end
    std::vector<std::string> labels; ///< of the labelled crops, as words
    std::string category;            ///< asked for: narrowed to, or what a crop was taken for
    std::vector<CropMatches> matches;
    std::vector<QueryResult> results; ///< the products of `matches` (rank_products)
};

/// Keeps what query_all_crops found until the finalize step, which most often runs next in the same process, so that it
/// need not be read and parsed again. A cache and no more: the rows hold the same. Safe from any thread.
class FoundMatchesCache {
public:
    void put(const Task& task, std::shared_ptr<const FoundMatches> found) {
        std::size_t bytes = sizeof(FoundMatches);
        for (const CropMatches& crop : found->matches) bytes += crop.matches.size() * bytes_per_match;
        found_.put(key_of(task), std::move(found), bytes);
    }

    /// Nothing when another process found it, or it was long ago.
    [[nodiscard]] std::shared_ptr<const FoundMatches> find(const Task& task) { return found_.find(key_of(task)); }

private:
    static constexpr std::size_t bytes_per_match = 500;
    static constexpr std::size_t bytes_max = 4 << 20;

    static std::string key_of(const Task& task) { return fmt::format("{} {}", task.job_id.value, task.job_attempt); }

    LruCache<std::string, FoundMatches> found_{bytes_max}; ///< by "<job id> <run>"
};

} // namespace vitrine
