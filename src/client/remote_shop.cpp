#include "client/remote_shop.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "client/product_form.hpp"
#include "core/product_rules.hpp"
#include "http/percent.hpp"

namespace vitrine {
namespace {

constexpr auto json_type = "application/json";

std::string address_of_product(const std::string& external_id) {
    return "/v1/products/" + percent_encode(external_id);
}

std::string address_of_job(JobId job) {
    return fmt::format("/v1/jobs/{}", job.value);
}

std::string address_of_query(JobId job) {
    return fmt::format("/v1/queries/{}", job.value);
}

/// "?name=value&…" of those that have a value.
std::string query_of(const std::vector<std::pair<std::string, std::string>>& parameters) {
    std::string query;
    for (const auto& [name, value] : parameters) {
        if (value.empty()) continue;
        query += fmt::format("{}{}={}", query.empty() ? '?' : '&', percent_encode(name), percent_encode(value));
    }
    return query;
}

std::string query_of(const QueryOptions& options) {
    std::vector<std::pair<std::string, std::string>> parameters{{"top", std::to_string(options.top)},
                                                                {"category", options.category}};
    for (const auto& [name, value] : options.attributes) parameters.emplace_back("attr." + name, value);
    if (const auto& box = options.box)
        parameters.emplace_back("box", fmt::format("{},{},{},{}", box->x, box->y, box->w, box->h));
    if (options.min_score > 0.0) parameters.emplace_back("min_score", fmt::format("{}", options.min_score));
    return query_of(parameters);
}

} // namespace

ShopLimits RemoteShop::limits() {
    {
        const std::lock_guard lock(mutex_);
        if (limits_) return *limits_;
    }
    const auto facts = server_.read({.path = "/v1/server"}, api_answers::server_facts_from);
    const std::lock_guard lock(mutex_); // two may have asked at once, and agree
    limits_ = {
        .picture_bytes_max = facts.max_upload_bytes, .work_at_once = std::max(1, facts.workers), .can_be_away = true};
    return *limits_;
}

AddedProduct RemoteShop::add_product(const ProductDescription& description, std::string_view image_bytes,
                                     const std::string& request_key) {
    vitrine::check(description); // what is no text would arrive as another one
    const ProductForm form(description, image_bytes);
    return server_.read({.method = HttpMethod::Put,
                         .path = address_of_product(description.external_id),
                         .body = form.body(),
                         .content_type = form.content_type(),
                         .request_key = request_key.empty() ? new_request_key() : request_key},
                        api_answers::added_product_from);
}

ProductPage RemoteShop::products(const ProductFilter& filter) {
    std::vector<std::pair<std::string, std::string>> parameters{{"q", filter.text},
                                                                {"category", filter.category},
                                                                {"cursor", filter.cursor},
                                                                {"limit", std::to_string(filter.limit)}};
    for (const auto& [name, value] : filter.attributes) parameters.emplace_back("attr." + name, value);
    return server_.read({.path = "/v1/products" + query_of(parameters)}, api_answers::product_page_from);
}

std::optional<ProductDetail> RemoteShop::product(const std::string& external_id) {
    const ServerCall call{.path = address_of_product(external_id)};
    const auto answer = server_.find(call);
    if (!answer) return std::nullopt;
    return server_.understood(call, *answer, api_answers::product_detail_from);
}

bool RemoteShop::remove_product(const std::string& external_id) {
    return server_.remove(address_of_product(external_id));
}

std::int64_t RemoteShop::product_count() {
    return server_.read({.path = "/v1/stats"}, api_answers::counts_from).products;
}

std::vector<QueryResult> RemoteShop::similar_products(const std::string& external_id, const QueryOptions& options) {
    return server_.read({.path = address_of_product(external_id) + "/similar" + query_of(options)},
                        api_answers::similar_products_from);
}

JobId RemoteShop::submit_query(std::string_view image_bytes, const QueryOptions& options) {
    return server_.read({.method = HttpMethod::Post,
                         .path = "/v1/queries" + query_of(options),
                         .body = image_bytes,
                         .content_type = "application/octet-stream",
                         .request_key = options.request_key.empty() ? new_request_key() : options.request_key},
                        api_answers::accepted_job_from);
}

std::optional<QueryAnswer> RemoteShop::query_answer(JobId job) {
    constexpr int accepted = 202; // it has not ended
    const ServerCall call{.path = address_of_query(job)};
    const auto answer = server_.find(call);
    if (!answer || answer->status == accepted) return std::nullopt;
    return server_.understood(call, *answer, api_answers::query_answer_from);
}

bool RemoteShop::erase_query(JobId job) {
    return server_.remove(address_of_query(job));
}

std::optional<JobState> RemoteShop::wait(JobId job, std::chrono::steady_clock::time_point deadline) {
    using std::chrono::seconds;
    constexpr seconds most{20}; // proxies in between close what is silent for longer
    for (;;) {
        const auto left = std::chrono::ceil<seconds>(deadline - std::chrono::steady_clock::now());
        const auto now = server_.read({.path = address_of_job(job), .wait = std::clamp(left, seconds(0), most)},
                                      api_answers::job_detail_from);
        if (is_final(now.job.state)) return now.job.state;
        if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
    }
}

std::vector<Job> RemoteShop::jobs(const JobFilter& filter) {
    return server_.read(
        {.path = "/v1/jobs" + query_of({{"state", filter.state ? std::string(to_string(*filter.state)) : std::string()},
                                        {"kind", filter.kind},
                                        {"cursor", filter.before.value > 0 ? std::to_string(filter.before.value) : ""},
                                        {"limit", std::to_string(filter.limit)}})},
        api_answers::jobs_from);
}

std::optional<JobDetail> RemoteShop::job(JobId job) {
    const ServerCall call{.path = address_of_job(job)};
    const auto answer = server_.find(call);
    if (!answer) return std::nullopt;
    return server_.understood(call, *answer, api_answers::job_detail_from);
}

void RemoteShop::retry_job(JobId job) {
    post(address_of_job(job) + "/retry", {});
}

bool RemoteShop::cancel_job(JobId job) {
    try {
        post(address_of_job(job) + "/cancel", {});
        return true;
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Conflict) return false; // it had ended
        throw;
    }
}

CheckReport RemoteShop::check(const CheckOptions& options) {
    return api_answers::check_report_from(
        run_to_end("check", fmt::format(R"({{"repair":{},"hash_files":{}}})", options.repair, options.hash_files)));
}

CleanupReport RemoteShop::cleanup(const CleanupOptions& options) {
    const auto days = options.older_than_days ? fmt::format(R"(,"older_than_days":{})", *options.older_than_days) : "";
    const auto body = fmt::format(R"({{"dry_run":{}{}}})", options.dry_run, days);
    return api_answers::cleanup_report_from(options.dry_run ? post("/v1/maintenance/cleanup", body).body
                                                            : run_to_end("cleanup", body));
}

ReindexEstimate RemoteShop::reindex_estimate() {
    return server_.read({.path = "/v1/maintenance/reindex"}, api_answers::reindex_estimate_from);
}

std::optional<JobId> RemoteShop::start_reindex() {
    constexpr int accepted = 202;
    const auto answer = post("/v1/maintenance/reindex", R"({"action":"switch"})");
    if (answer.status != accepted) return std::nullopt; // there is nothing to change
    return server_.understood({.method = HttpMethod::Post, .path = "/v1/maintenance/reindex"}, answer,
                              api_answers::accepted_job_from);
}

JobId RemoteShop::start_reindex_rollback() {
    return start("rollback");
}

JobId RemoteShop::start_reindex_drop() {
    return start("drop");
}

std::optional<std::string> RemoteShop::newest_report(const std::string& run_kind) {
    auto newest = runs(run_kind, 1);
    return newest.empty() ? std::nullopt : std::optional(std::move(newest.front().report));
}

JobId RemoteShop::start(const std::string& reindex_action) {
    const auto body = fmt::format(R"({{"action":"{}"}})", reindex_action);
    return server_.read({.method = HttpMethod::Post,
                         .path = "/v1/maintenance/reindex",
                         .body = body,
                         .content_type = json_type,
                         .request_key = new_request_key()},
                        api_answers::accepted_job_from);
}

std::string RemoteShop::run_to_end(const std::string& kind, const std::string& options) {
    const auto before = runs(kind, 1);
    if (!before.empty() && !is_final(before.front().state)) wait_for_end(before.front().job);
    const auto job = server_.read({.method = HttpMethod::Post,
                                   .path = "/v1/maintenance/" + kind,
                                   .body = options,
                                   .content_type = json_type,
                                   .request_key = new_request_key()},
                                  api_answers::accepted_job_from);
    wait_for_end(job);
    return report_of(kind, job);
}

void RemoteShop::wait_for_end(JobId job) {
    while (!wait(job, std::chrono::steady_clock::now() + std::chrono::hours(1))) {
    }
}

std::string RemoteShop::report_of(const std::string& kind, JobId job) {
    constexpr int looked_at = 20; // others may have run since
    auto newest = runs(kind, looked_at);
    const auto found = std::ranges::find(newest, job, &LifecycleRun::job);
    if (found != newest.end() && found->state == JobState::Succeeded) return std::move(found->report);
    const auto ended = this->job(job);
    throw Error(ErrorCode::Unavailable,
                fmt::format("Job {} did not succeed: {}", job.value,
                            ended && !ended->job.errors.empty() ? ended->job.errors.back() : "it is gone."));
}

std::vector<LifecycleRun> RemoteShop::runs(const std::string& kind, int limit) {
    return server_.read({.path = "/v1/maintenance/runs" + query_of({{"kind", kind}, {"limit", std::to_string(limit)}})},
                        api_answers::lifecycle_runs_from);
}

ServerAnswer RemoteShop::post(const std::string& path, const std::string& json) {
    return server_.ask({.method = HttpMethod::Post,
                        .path = path,
                        .body = json,
                        .content_type = json.empty() ? "" : json_type,
                        .request_key = new_request_key()});
}

} // namespace vitrine
