#pragma once

#include <mutex>
#include <optional>

#include "client/api_answers.hpp"
#include "client/server_caller.hpp"
#include "engine/shop.hpp"

namespace vitrine {

/// The shop that a running server keeps, asked over its HTTP API (docs/api.md).
///
/// What is handed in carries an Idempotency-Key, so that a connection that drops loses nothing and doubles nothing.
/// Beside the errors of Shop: what ServerCaller throws.
class RemoteShop final : public Shop {
public:
    /// Asks nothing yet.
    explicit RemoteShop(ServerAddress address) : server_(std::move(address)) {}

    [[nodiscard]] ShopLimits limits() override;
    AddedProduct add_product(const ProductDescription& description, std::string_view image_bytes,
                             const std::string& request_key) override;
    [[nodiscard]] ProductPage products(const ProductFilter& filter) override;
    [[nodiscard]] std::optional<ProductDetail> product(const std::string& external_id) override;
    bool remove_product(const std::string& external_id) override;
    [[nodiscard]] std::int64_t product_count() override;
    [[nodiscard]] std::vector<QueryResult> similar_products(const std::string& external_id,
                                                            const QueryOptions& options) override;
    JobId submit_query(std::string_view image_bytes, const QueryOptions& options) override;
    [[nodiscard]] std::optional<QueryAnswer> query_answer(JobId job) override;
    bool erase_query(JobId job) override;
    std::optional<JobState> wait(JobId job, std::chrono::steady_clock::time_point deadline) override;
    [[nodiscard]] std::vector<Job> jobs(const JobFilter& filter) override;
    [[nodiscard]] std::optional<JobDetail> job(JobId job) override;
    void retry_job(JobId job) override;
    bool cancel_job(JobId job) override;
    CheckReport check(const CheckOptions& options) override;
    CleanupReport cleanup(const CleanupOptions& options) override;
    [[nodiscard]] ReindexEstimate reindex_estimate() override;
    std::optional<JobId> start_reindex() override;
    JobId start_reindex_rollback() override;
    JobId start_reindex_drop() override;
    [[nodiscard]] std::optional<std::string> newest_report(const std::string& run_kind) override;

private:
    /// What a maintenance run of that kind reports; another one that is under way is let end first.
    std::string run_to_end(const std::string& kind, const std::string& options);
    void wait_for_end(JobId job);
    [[nodiscard]] std::string report_of(const std::string& kind, JobId job);
    [[nodiscard]] std::vector<LifecycleRun> runs(const std::string& kind, int limit);
    JobId start(const std::string& reindex_action);
    ServerAnswer post(const std::string& path, const std::string& json);

    ServerCaller server_;
    std::mutex mutex_;
    std::optional<ShopLimits> limits_; ///< guarded by mutex_; asked for once
};

} // namespace vitrine
