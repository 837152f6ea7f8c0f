#include <vitrine/engine.hpp>

#include <algorithm>

#include <vitrine/error.hpp>

#include "engine/engine_impl.hpp"
#include "engine/product_page.hpp"
#include "engine/query_months.hpp"
#include "engine/statistics.hpp"
#include "lifecycle/run_reports.hpp"
#include "pipeline/subjects.hpp"
#include "pipeline/switching_engine.hpp"
#include "storage/image_reference_repository.hpp"
#include "storage/image_repository.hpp"
#include "storage/indexing_result_repository.hpp"
#include "storage/job_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/query_result_repository.hpp"
#include "storage/task_repository.hpp"

namespace vitrine {
namespace {

std::int64_t unfinished_jobs(Transaction& tx) {
    const auto counts = job_repository::count_by_state(tx);
    std::int64_t unfinished = 0;
    for (const auto& [state, jobs] : counts) unfinished += is_final(state) ? 0 : jobs;
    return unfinished;
}

} // namespace

Engine::Engine(const Config& config) : impl_(std::make_unique<Impl>(config)) {}
Engine::~Engine() {
    impl_->vision.stop.request_stop();
}

AddedProduct Engine::add_product(const ProductDescription& description, std::string_view image_bytes,
                                 const IndexingOptions& options) {
    return impl_->intake.add_product(description, image_bytes, options);
}

AddedProduct Engine::save_product(const ProductDescription& description) {
    return impl_->intake.save_product(description);
}

AddedProduct Engine::update_product(const std::string& external_id, const ProductChange& change) {
    return impl_->intake.update_product(external_id, change);
}

AddedProduct Engine::add_image(const std::string& external_id, std::string_view image_bytes,
                               const IndexingOptions& options) {
    return impl_->intake.add_image(external_id, image_bytes, options);
}

AddedProduct Engine::reindex_product(const std::string& external_id, const IndexingOptions& options) {
    return impl_->intake.reindex_product(external_id, options);
}

ProductDetail Engine::choose_primary(const std::string& external_id, ImageId crop) {
    return impl_->catalogue.choose_primary(external_id, crop);
}

Image Engine::correct_label(ImageId crop, const std::optional<StructuredLabel>& label) {
    return impl_->catalogue.correct_label(crop, label);
}

JobId Engine::start_import(const ImportRequest& request) {
    return impl_->imports.start(request);
}

std::optional<ImportOverview> Engine::import_overview(JobId job) {
    return impl_->imports.overview(job);
}

std::optional<std::vector<ImportRow>> Engine::import_rows(JobId job, const ImportRowFilter& filter) {
    return impl_->imports.rows(job, filter);
}

ProductPage Engine::products(const ProductFilter& filter) {
    return product_page(*impl_->database, filter);
}

AttributeTexts Engine::attribute_names(const std::string& beginning, int limit) {
    return vitrine::attribute_names(*impl_->database, beginning, limit);
}

AttributeTexts Engine::attribute_values(const std::string& name, const std::string& beginning, int limit) {
    return vitrine::attribute_values(*impl_->database, name, beginning, limit);
}

std::vector<std::optional<ImageId>> Engine::primary_images(const std::vector<Product>& products) {
    std::vector<ProductId> ids;
    for (const auto& product : products) ids.push_back(product.id);
    const auto primaries =
        impl_->database->read([&](Transaction& tx) { return product_image_repository::primary_images_of(tx, ids); });
    std::vector<std::optional<ImageId>> images;
    for (const auto id : ids) {
        const auto found = primaries.find(id);
        images.push_back(found == primaries.end() ? std::nullopt : std::optional(found->second));
    }
    return images;
}

std::optional<ProductDetail> Engine::product(const std::string& external_id) {
    return impl_->catalogue.find(external_id);
}

std::vector<CategoryCount> Engine::categories() {
    return impl_->catalogue.categories();
}

bool Engine::remove_product(const std::string& external_id) {
    const bool removed = impl_->deletion.remove_product(external_id);
    if (removed) impl_->watchers.tell({});
    return removed;
}

bool Engine::erase_query(JobId job) {
    const bool erased = impl_->deletion.erase_query(job);
    if (erased) impl_->watchers.tell(job);
    return erased;
}

JobId Engine::submit_query(std::string_view image_bytes, const QueryOptions& options) {
    return impl_->intake.submit_query(image_bytes, options);
}

std::optional<QueryAnswer> Engine::query_answer(JobId job_id) {
    return impl_->database->read([&](Transaction& tx) -> std::optional<QueryAnswer> {
        const auto job = job_repository::find(tx, job_id);
        const auto metrics = query_result_repository::metrics_of(tx, job_id);
        if (!job || job->kind != job_kind::query || !metrics) return std::nullopt;
        if (job->state != JobState::Succeeded && job->state != JobState::PartiallySucceeded) return std::nullopt;
        QueryAnswer answer{.job_id = job_id,
                           .crops = {},
                           .products = query_result_repository::results_of(tx, job_id),
                           .timings = metrics->timings};
        const auto photo = image_repository::find(tx, query_subject_from(job->subject).image_id);
        if (photo) {
            answer.image_id = photo->id;
            answer.image_width = photo->width;
            answer.image_height = photo->height;
        }
        for (auto& [crop, matches] : query_result_repository::crops_of(tx, job_id)) {
            const auto image = image_repository::find(tx, crop);
            if (!image) continue; // its retention ended; the ranked products stay
            answer.crops.push_back({.image_id = crop,
                                    .box = image->box.value_or(Box{}),
                                    .label = image->label.value_or(StructuredLabel{}),
                                    .matches = std::move(matches)});
        }
        return answer;
    });
}

std::vector<QueryResult> Engine::similar_products(const std::string& external_id, const QueryOptions& options) {
    return impl_->catalogue.similar_products(external_id, options);
}

std::vector<PointPair> Engine::matching_points(ImageId crop, ImageId matched) {
    return impl_->catalogue.matching_points(crop, matched);
}

std::optional<JobState> Engine::wait(JobId job, std::chrono::steady_clock::time_point deadline) {
    return impl_->workers->wait(job, deadline);
}

std::vector<Job> Engine::jobs(const JobFilter& filter) {
    return impl_->database->read([&](Transaction& tx) {
        return job_repository::list(tx,
                                    {.state = filter.state,
                                     .kind = filter.kind,
                                     .before = filter.before.value > 0 ? std::optional(filter.before) : std::nullopt,
                                     .limit = filter.limit});
    });
}

std::optional<JobDetail> Engine::job(JobId id) {
    return impl_->database->read([&](Transaction& tx) -> std::optional<JobDetail> {
        auto job = job_repository::find(tx, id);
        if (!job) return std::nullopt;
        return JobDetail{.job = std::move(*job), .tasks = task_repository::tasks_of(tx, id)};
    });
}

void Engine::retry_job(JobId job) {
    impl_->database->write([&](Transaction& tx) {
        impl_->queue->retry(tx, job, impl_->clock.now());
        tx.after_commit([this, job] {
            impl_->workers->wake();
            impl_->watchers.tell(job);
        });
    });
}

bool Engine::cancel_job(JobId job) {
    return impl_->database->write([&](Transaction& tx) {
        tx.after_commit([this, job] {
            impl_->workers->wake();
            impl_->watchers.tell(job);
        });
        const bool cancelled = impl_->queue->cancel(tx, job, "A person cancelled it.", impl_->clock.now());
        if (cancelled) impl_->imports.cancel(tx, job);
        return cancelled;
    });
}

JobId Engine::start_cleanup(const CleanupOptions& options) {
    const Timestamp cutoff = impl_->cutoff_of(options);
    return impl_->database->write([&](Transaction& tx) {
        tx.after_commit([this] { impl_->workers->wake(); });
        return vitrine::start_cleanup(tx, impl_->lifecycle_parts(), cutoff, false);
    });
}

CleanupReport Engine::cleanup(const CleanupOptions& options) {
    if (options.dry_run) return preview_cleanup(*impl_->database, impl_->cutoff_of(options));
    return cleanup_report_from(impl_->report_of(run_kind::cleanup, [&] { return start_cleanup(options); }));
}

JobId Engine::start_check(const CheckOptions& options) {
    return impl_->database->write([&](Transaction& tx) {
        tx.after_commit([this] { impl_->workers->wake(); });
        return vitrine::start_check(tx, impl_->lifecycle_parts(), options, false);
    });
}

CheckReport Engine::check(const CheckOptions& options) {
    return check_report_from(impl_->report_of(run_kind::check, [&] { return start_check(options); }));
}

std::vector<LifecycleRun> Engine::lifecycle_runs(const std::string& kind, int limit) {
    return impl_->database->read(
        [&](Transaction& tx) { return lifecycle_run_repository::newest(tx, kind, std::clamp(limit, 1, 1000)); });
}

std::optional<Timestamp> Engine::next_scheduled_run() {
    return impl_->database->read([](Transaction& tx) { return next_run(tx); });
}

void Engine::start_schedules() {
    impl_->database->write([this](Transaction& tx) { plan_runs(tx, impl_->clock.now()); });
    impl_->schedules_started = true;
    impl_->keeping.ring();
}

std::shared_ptr<void> Engine::watch_jobs(std::function<void(JobId)> changed) {
    return impl_->watchers.add(std::move(changed));
}

std::shared_ptr<void> Engine::announce_server(const std::string& url, const std::string& instance) {
    if (!impl_->folder) return nullptr;
    impl_->folder->announce({.url = url, .instance = instance});
    return {impl_->folder.operator->(), [](DataFolder* folder) { folder->withdraw(); }};
}

std::optional<Image> Engine::image(ImageId id) {
    return impl_->database->read([&](Transaction& tx) { return image_repository::find(tx, id); });
}

std::string Engine::picture_jpeg(ImageId id, int side_max) {
    return impl_->stored_pictures.jpeg_of(id, side_max);
}

std::vector<QueryMonth> Engine::query_months(int months) {
    return query_months_of(*impl_->database, impl_->clock.now(), months);
}

Statistics Engine::statistics() {
    return statistics_of(*impl_->database, impl_->clock.now());
}

std::vector<Job> Engine::ended_jobs(Timestamp since) {
    return vitrine::ended_jobs(*impl_->database, since);
}

Timestamp Engine::now() const {
    return impl_->clock.now();
}

RequestKeys& Engine::request_keys() noexcept {
    return impl_->request_keys;
}

ReindexEstimate Engine::reindex_estimate() {
    return estimate_change(impl_->model_change_parts());
}

std::optional<JobId> Engine::start_reindex() {
    const std::string target = target_model(impl_->model_change_parts());
    return impl_->database->write([&](Transaction& tx) {
        tx.after_commit([this] { impl_->workers->wake(); });
        return start_change(tx, impl_->model_change_parts(), target);
    });
}

JobId Engine::start_reindex_rollback() {
    return impl_->database->write([this](Transaction& tx) {
        tx.after_commit([this] { impl_->workers->wake(); });
        return start_rollback(tx, impl_->model_change_parts());
    });
}

JobId Engine::start_reindex_drop() {
    return impl_->database->write([this](Transaction& tx) {
        tx.after_commit([this] { impl_->workers->wake(); });
        return start_drop(tx, impl_->model_change_parts());
    });
}

EngineCounts Engine::counts() {
    EngineCounts counts = impl_->database->read([](Transaction& tx) {
        return EngineCounts{.products = product_repository::count(tx),
                            .images = image_repository::count(tx),
                            .product_images = product_image_repository::count(tx),
                            .vectors = 0,
                            .jobs_unfinished = unfinished_jobs(tx)};
    });
    counts.vectors = impl_->vectors->count(impl_->switching.versions().vector);
    return counts;
}

std::vector<ModelCalls> Engine::model_calls() const {
    return vitrine::model_calls(impl_->vision);
}

const Config& Engine::config() const noexcept {
    return impl_->config;
}

} // namespace vitrine
