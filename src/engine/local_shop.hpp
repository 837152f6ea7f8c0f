#pragma once

#include <memory>

#include "engine/shop.hpp"

namespace vitrine {

/// The shop of this very process: an Engine.
class LocalShop final : public Shop {
public:
    /// Opens an engine of its own; throws what Engine's constructor throws.
    explicit LocalShop(const Config& config) : own_(std::make_unique<Engine>(config)), engine_(*own_) {}

    /// `engine` outlives it.
    explicit LocalShop(Engine& engine) : engine_(engine) {}

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
    std::unique_ptr<Engine> own_;
    Engine& engine_;
};

} // namespace vitrine
