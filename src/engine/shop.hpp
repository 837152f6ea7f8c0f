#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <vitrine/engine.hpp>

namespace vitrine {

/// What a shop takes, and how it is best asked.
struct ShopLimits {
    std::int64_t picture_bytes_max = 0; ///< larger pictures are not even read
    int work_at_once = 1;               ///< jobs that are worked on at one time
    bool can_be_away = false;           ///< something of it is another machine's, which may come back
};

/// What the commands ask of a catalogue, wherever it is kept: in the data folder of this process (LocalShop) or at a
/// running server. The answers are the same, and so are the errors: those of Engine's members of the same names, and
/// the retryable ones where another machine is away. All members are safe from any thread.
class Shop {
public:
    virtual ~Shop() = default;

    [[nodiscard]] virtual ShopLimits limits() = 0;

    /// As Engine::add_product. A second request of the same key is the first one, however the answer of the first was
    /// lost; empty: it is its own.
    virtual AddedProduct add_product(const ProductDescription& description, std::string_view image_bytes,
                                     const std::string& request_key) = 0;

    [[nodiscard]] virtual ProductPage products(const ProductFilter& filter) = 0;
    [[nodiscard]] virtual std::optional<ProductDetail> product(const std::string& external_id) = 0;
    virtual bool remove_product(const std::string& external_id) = 0;
    [[nodiscard]] virtual std::int64_t product_count() = 0;
    [[nodiscard]] virtual std::vector<QueryResult> similar_products(const std::string& external_id,
                                                                    const QueryOptions& options) = 0;

    virtual JobId submit_query(std::string_view image_bytes, const QueryOptions& options) = 0;
    [[nodiscard]] virtual std::optional<QueryAnswer> query_answer(JobId job) = 0;
    virtual bool erase_query(JobId job) = 0;

    /// The job's final state, or nothing when the deadline passed first, by up to a second where a server is asked.
    virtual std::optional<JobState> wait(JobId job, std::chrono::steady_clock::time_point deadline) = 0;
    [[nodiscard]] virtual std::vector<Job> jobs(const JobFilter& filter) = 0;
    [[nodiscard]] virtual std::optional<JobDetail> job(JobId job) = 0;
    virtual void retry_job(JobId job) = 0;
    virtual bool cancel_job(JobId job) = 0;

    virtual CheckReport check(const CheckOptions& options) = 0;
    virtual CleanupReport cleanup(const CleanupOptions& options) = 0;

    [[nodiscard]] virtual ReindexEstimate reindex_estimate() = 0;
    virtual std::optional<JobId> start_reindex() = 0;
    virtual JobId start_reindex_rollback() = 0;
    virtual JobId start_reindex_drop() = 0;

    /// What the newest run of that kind reported, as JSON; nothing when there was none.
    [[nodiscard]] virtual std::optional<std::string> newest_report(const std::string& run_kind) = 0;
};

} // namespace vitrine
