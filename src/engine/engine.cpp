#include <vitrine/engine.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include <vitrine/error.hpp>

#include "engine/catalogue.hpp"
#include "engine/data_folder.hpp"
#include "engine/intake.hpp"
#include "engine/job_watchers.hpp"
#include "engine/log.hpp"
#include "engine/parallel_repeat.hpp"
#include "engine/parts.hpp"
#include "engine/request_keys.hpp"
#include "engine/statistics.hpp"
#include "engine/stored_pictures.hpp"
#include "engine/vision_parts.hpp"
#include "jobs/worker_pool.hpp"
#include "lifecycle/deletion.hpp"
#include "lifecycle/file_remover.hpp"
#include "lifecycle/housekeeper.hpp"
#include "lifecycle/lifecycle.hpp"
#include "lifecycle/run_reports.hpp"
#include "pipeline/indexing_finisher.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/subjects.hpp"
#include "storage/image_reference_repository.hpp"
#include "storage/image_repository.hpp"
#include "storage/indexing_result_repository.hpp"
#include "storage/job_repository.hpp"
#include "storage/lifecycle_run_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/query_result_repository.hpp"
#include "storage/task_repository.hpp"

namespace vitrine {
namespace {

constexpr std::size_t picture_cache_bytes = 64 << 20;
/// After a check that repaired: for its vectors to reach a server that holds them.
constexpr std::chrono::seconds delivery_patience{10};

constexpr std::size_t feature_cache_bytes = 64 << 20;

DecodeLimits decode_limits(const Config& config) {
    return {.bytes_max = config.server.max_upload_bytes, .pixels_max = config.server.max_pixels, .side_max = 2048};
}

/// Unique among all workers of a database: containers often have equal host names or process ids.
std::string worker_name() {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host = {"unknown host"};
    return fmt::format("{} process {} {:08x}", host.data(), ::getpid(), std::random_device{}());
}

WorkerOptions worker_options(const Config& config, const Database& database, Log& log, JobWatchers& watchers) {
    return {
        .name = worker_name(),
        .threads = config.jobs.work ? worker_threads(config) : 0,
        // A third of a lease passes at most until somebody finds out that it has ended: together, what is configured.
        .lease = Milliseconds(std::chrono::seconds(config.jobs.lease_seconds)) * 3 / 4,
        .sole_owner = !database.is_shared(),
        .retry = {.initial = config.ml.limits.backoff_initial, .max = config.ml.limits.backoff_max},
        .report = [&log](const std::string& sentence) { log.warning(sentence); },
        .changed = [&watchers](JobId job) { watchers.tell(job); }};
}

/// A step may ask two servers, one after the other, and a first call may take four times as long as others.
Milliseconds model_step_limit(const Config& config) {
    constexpr Milliseconds usual{60'000};
    Milliseconds longest{0};
    for (const auto& question : model_questions(config)) {
        if (question.asks_a_server()) longest = std::max({longest, question.engine.timeout, config.ml.limits.timeout});
    }
    return std::max(usual, 10 * longest);
}

AttemptLimits attempt_limits(const Config& config) {
    constexpr int deaths_max = 25;
    return {.usual = config.jobs.max_attempts,
            .by_kind = {{step_kind::crop, config.ml.limits.max_attempts},
                        {step_kind::label, config.ml.limits.max_attempts},
                        {step_kind::select_primary, config.ml.limits.max_attempts}},
            .deaths_max = deaths_max};
}

std::int64_t unfinished_jobs(Transaction& tx) {
    const auto counts = job_repository::count_by_state(tx);
    std::int64_t unfinished = 0;
    for (const auto& [state, jobs] : counts) unfinished += is_final(state) ? 0 : jobs;
    return unfinished;
}

/// A folder that holds the database has one owner.
std::optional<DataFolder> lock_of(const Config& config) {
    if (database_is_shared(config)) return std::nullopt;
    return std::optional<DataFolder>(std::in_place, config.data);
}

} // namespace

/// The parts in the order in which they are opened; they are taken down in the reverse order, the workers first.
class Engine::Impl {
public:
    explicit Impl(const Config& with)
        : config(with), log(config.log), folder(lock_of(config)), database(open_database(config)),
          clock(database->clock()), blobs(open_blob_store(config)),
          vectors(open_vector_store(config, *database, clock, log)),
          vision(open_vision(config, database.get(), worker_name())), queue(make_sql_queue(attempt_limits(config))),
          pictures(*blobs, decode_limits(config), picture_cache_bytes), candidates(*database, feature_cache_bytes),
          stored_pictures(*database, pictures), intake({.database = *database,
                                                        .blobs = *blobs,
                                                        .queue = *queue,
                                                        .pictures = pictures,
                                                        .vision = *vision.engine,
                                                        .vectors = *vectors,
                                                        .clock = clock,
                                                        .limits = decode_limits(config),
                                                        .wake = [this](Transaction& tx) { workers->wake_with(tx); }}),
          files(*database, *blobs, clock, [this](const std::string& sha256) { pictures.forget(sha256); }),
          keeper({.database = *database,
                  .files = files,
                  .clock = clock,
                  .start_due_runs = [this] { return start_due_runs(); }}),
          keeping(keeper, clock, [this](const std::string& sentence) { log.warning(sentence); }),
          catalogue({.database = *database,
                     .vectors = *vectors,
                     .vision = *vision.engine,
                     .candidates = candidates,
                     .pictures = pictures,
                     .clock = clock,
                     .released = [this] { keeping.ring(); }}),
          workers(std::make_unique<WorkerPool>(*database, *queue, clock, make_steps(),
                                               worker_options(config, *database, log, watchers))),
          deletion({.database = *database,
                    .queue = *queue,
                    .vectors = *vectors,
                    .keeper = keeper,
                    .clock = clock,
                    .wake_workers = [this] { workers->wake(); }}),
          delivery(vectors->start_delivery(delivery_events())) {}

    [[nodiscard]] std::vector<std::unique_ptr<Step>> make_steps() {
        auto steps = make_pipeline_steps(pipeline_parts());
        for (auto& step : make_lifecycle_steps(lifecycle_parts())) steps.push_back(std::move(step));
        return steps;
    }

    [[nodiscard]] LifecycleParts lifecycle_parts() {
        return {.database = *database,
                .blobs = *blobs,
                .vectors = *vectors,
                .files = files,
                .queue = *queue,
                .clock = clock,
                .asked_files = [this] { keeping.ring(); }};
    }

    std::optional<Timestamp> start_due_runs() {
        if (!schedules_started) return std::nullopt;
        const auto next = database->read([](Transaction& tx) { return next_run(tx); });
        if (!next || *next > clock.now()) return next;
        return database->write([this](Transaction& tx) {
            const int months = config.retention.query_images_months;
            if (vitrine::start_due_runs(tx, lifecycle_parts(), months, clock.now())) {
                tx.after_commit([this] { workers->wake(); });
            }
            return next_run(tx);
        });
    }

    /// Starts a run of `kind` once no other is under way, waits for its end, and reads its report.
    template <class Start>
    std::string report_of(const char* kind, Start start) {
        for (;;) {
            const auto other =
                database->read([kind](Transaction& tx) { return lifecycle_run_repository::unfinished(tx, kind); });
            if (other) {
                wait_for_end(*other);
                continue;
            }
            const JobId job = start();
            wait_for_end(job);
            keeper.tidy();
            if (delivery) delivery->wait_until_idle(std::chrono::steady_clock::now() + delivery_patience);
            return report_of(job);
        }
    }

    std::string report_of(JobId job) {
        return database->read([job](Transaction& tx) {
            const auto ended = job_repository::find(tx, job);
            auto report = lifecycle_run_repository::report_of(tx, job);
            if (ended && report && ended->state == JobState::Succeeded) return std::move(*report);
            throw Error(ErrorCode::Unavailable,
                        fmt::format("Job {} did not succeed: {}", job.value,
                                    ended && !ended->errors.empty() ? ended->errors.back() : "it is gone."));
        });
    }

    void wait_for_end(JobId job) {
        while (!workers->wait(job, std::chrono::steady_clock::now() + std::chrono::hours(1))) {
        }
    }

    [[nodiscard]] Timestamp cutoff_of(const CleanupOptions& options) const {
        const Timestamp now = clock.now();
        if (!options.older_than_days) return months_from(now, -config.retention.query_images_months);
        if (*options.older_than_days < 0 || *options.older_than_days > 36'500) {
            throw Error(ErrorCode::BadInput, fmt::format("Images older than {} days cannot be asked for; 0 to 36500.",
                                                         *options.older_than_days));
        }
        return now - std::chrono::days(*options.older_than_days);
    }

    [[nodiscard]] PipelineParts pipeline_parts() {
        return {.database = *database,
                .vectors = *vectors,
                .vision = *vision.engine,
                .pictures = pictures,
                .candidates = candidates,
                .clock = clock,
                .released = [this] { keeping.ring(); },
                .options = {.max_crops = config.pipeline.max_crops,
                            .min_crop_fraction = config.pipeline.min_crop_fraction,
                            .parallel_crops = config.pipeline.parallel_crops,
                            .max_attempts = config.jobs.max_attempts,
                            .model_step_limit = model_step_limit(config)}};
    }

    [[nodiscard]] DeliveryEvents delivery_events() {
        return {.arrived =
                    [this](Transaction& tx, const std::vector<ProductImageId>& links) {
                        resume_indexing(tx, *queue, links, clock.now());
                        tx.after_commit([this] { workers->wake(); });
                    },
                .report = [this](const std::string& sentence) { log.warning(sentence); }};
    }

    const Config config;
    Log log;
    std::optional<DataFolder> folder; ///< where the database is in it
    std::unique_ptr<Database> database;
    const Clock& clock;
    std::unique_ptr<BlobStore> blobs;
    std::unique_ptr<VectorStore> vectors;
    OpenVision vision;
    std::unique_ptr<Queue> queue;
    PictureSource pictures;
    CandidateSource candidates;
    StoredPictures stored_pictures;
    JobWatchers watchers;
    RequestKeys request_keys{*database, clock};
    Intake intake;
    FileRemover files;
    std::atomic<bool> schedules_started = false; ///< before the keeper, who asks
    Housekeeper keeper;
    HousekeeperThread keeping; ///< before the workers, who ring for it
    Catalogue catalogue;
    std::unique_ptr<WorkerPool> workers;
    Deletion deletion;
    std::unique_ptr<VectorDelivery> delivery; ///< after the workers, whom it wakes
};

Engine::Engine(const Config& config) : impl_(std::make_unique<Impl>(config)) {}
Engine::~Engine() = default;

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

std::vector<Product> Engine::products(const ProductFilter& filter) {
    return impl_->database->read([&](Transaction& tx) {
        return product_repository::list(
            tx, {.text = filter.text, .category = filter.category, .after = filter.after, .limit = filter.limit});
    });
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
        return impl_->queue->cancel(tx, job, "A person cancelled it.", impl_->clock.now());
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

std::optional<Image> Engine::image(ImageId id) {
    return impl_->database->read([&](Transaction& tx) { return image_repository::find(tx, id); });
}

std::string Engine::picture_jpeg(ImageId id, int side_max) {
    return impl_->stored_pictures.jpeg_of(id, side_max);
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

EngineCounts Engine::counts() {
    EngineCounts counts = impl_->database->read([](Transaction& tx) {
        return EngineCounts{.products = product_repository::count(tx),
                            .images = image_repository::count(tx),
                            .product_images = product_image_repository::count(tx),
                            .vectors = 0,
                            .jobs_unfinished = unfinished_jobs(tx)};
    });
    counts.vectors = impl_->vectors->count(impl_->vision.engine->versions().vector);
    return counts;
}

std::vector<ModelCalls> Engine::model_calls() const {
    return vitrine::model_calls(impl_->vision);
}

const Config& Engine::config() const noexcept {
    return impl_->config;
}

} // namespace vitrine
