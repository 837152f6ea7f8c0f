#include "engine/local_shop.hpp"

#include "engine/parallel_repeat.hpp"
#include "engine/parts.hpp"

namespace vitrine {
namespace {

bool has_servers(const Config& config) {
    return database_is_shared(config) || images_are_in_s3(config) || config.vectors.backend != "embedded";
}

} // namespace

ShopLimits LocalShop::limits() {
    const auto& config = engine_.config();
    return {.picture_bytes_max = config.server.max_upload_bytes,
            .work_at_once = worker_threads(config),
            .can_be_away = has_servers(config)};
}

/// The engine needs no key: what was accepted of the same product and picture before is found again.
AddedProduct LocalShop::add_product(const ProductDescription& description, std::string_view image_bytes,
                                    const std::string& /*request_key*/) {
    return engine_.add_product(description, image_bytes, {.is_awaited = true});
}

ProductPage LocalShop::products(const ProductFilter& filter) {
    return engine_.products(filter);
}

std::optional<ProductDetail> LocalShop::product(const std::string& external_id) {
    return engine_.product(external_id);
}

bool LocalShop::remove_product(const std::string& external_id) {
    return engine_.remove_product(external_id);
}

std::int64_t LocalShop::product_count() {
    return engine_.counts().products;
}

std::vector<QueryResult> LocalShop::similar_products(const std::string& external_id, const QueryOptions& options) {
    return engine_.similar_products(external_id, options);
}

JobId LocalShop::submit_query(std::string_view image_bytes, const QueryOptions& options) {
    return engine_.submit_query(image_bytes, options);
}

std::optional<QueryAnswer> LocalShop::query_answer(JobId job) {
    return engine_.query_answer(job);
}

bool LocalShop::erase_query(JobId job) {
    return engine_.erase_query(job);
}

std::optional<JobState> LocalShop::wait(JobId job, std::chrono::steady_clock::time_point deadline) {
    return engine_.wait(job, deadline);
}

std::vector<Job> LocalShop::jobs(const JobFilter& filter) {
    return engine_.jobs(filter);
}

std::optional<JobDetail> LocalShop::job(JobId job) {
    return engine_.job(job);
}

void LocalShop::retry_job(JobId job) {
    engine_.retry_job(job);
}

bool LocalShop::cancel_job(JobId job) {
    return engine_.cancel_job(job);
}

CheckReport LocalShop::check(const CheckOptions& options) {
    return engine_.check(options);
}

CleanupReport LocalShop::cleanup(const CleanupOptions& options) {
    return engine_.cleanup(options);
}

ReindexEstimate LocalShop::reindex_estimate() {
    return engine_.reindex_estimate();
}

std::optional<JobId> LocalShop::start_reindex() {
    return engine_.start_reindex();
}

JobId LocalShop::start_reindex_rollback() {
    return engine_.start_reindex_rollback();
}

JobId LocalShop::start_reindex_drop() {
    return engine_.start_reindex_drop();
}

std::optional<std::string> LocalShop::newest_report(const std::string& run_kind) {
    const auto runs = engine_.lifecycle_runs(run_kind, 1);
    return runs.empty() ? std::nullopt : std::optional(runs.front().report);
}

} // namespace vitrine
