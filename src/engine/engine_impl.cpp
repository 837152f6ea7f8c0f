#include "engine/engine_impl.hpp"

#include <algorithm>
#include <array>
#include <random>

#include <fmt/format.h>
#include <unistd.h>

#include <vitrine/error.hpp>

#include "engine/parallel_repeat.hpp"
#include "engine/parts.hpp"
#include "engine/vision_parts.hpp"
#include "lifecycle/run_reports.hpp"
#include "pipeline/awaited_vectors.hpp"
#include "pipeline/catalogue_model.hpp"
#include "pipeline/subjects.hpp"
#include "storage/job_repository.hpp"
#include "storage/product_term_repository.hpp"
#include "storage/request_key_repository.hpp"

namespace vitrine {
namespace {

constexpr std::size_t picture_cache_bytes = 128 << 20;
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

WorkerOptions worker_options(const Config& config, const Database& database, Log& log, JobWatchers& watchers,
                             Imports& imports) {
    return {
        .name = worker_name(),
        .threads = config.jobs.work ? worker_threads(config) : 0,
        // A third of a lease passes at most until somebody finds out that it has ended: together, what is configured.
        .lease = Milliseconds(std::chrono::seconds(config.jobs.lease_seconds)) * 3 / 4,
        .sole_owner = !database.is_shared(),
        .retry = {.initial = config.ml.limits.backoff_initial, .max = config.ml.limits.backoff_max},
        .report = [&log](const std::string& sentence) { log.warning(sentence); },
        .changed =
            [&watchers, &imports](JobId job) {
                watchers.tell(job);
                for (const JobId import : imports.worked_on()) watchers.tell(import);
            }};
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

/// The engine that the catalogue changes to; none where there is no [ml.next].
OpenVision open_next_vision(const Config& config, Database* database) {
    if (!config.ml.next) return {};
    return open_vision(next_models(config), database, worker_name());
}

/// A folder that holds the database has one owner.
std::optional<DataFolder> lock_of(const Config& config) {
    if (database_is_shared(config)) return std::nullopt;
    return std::optional<DataFolder>(std::in_place, config.data);
}

} // namespace

Engine::Impl::Impl(const Config& with)
    : config(with), log(config.log), folder(lock_of(config)), database(open_database(config)), clock(database->clock()),
      blobs(open_blob_store(config)), vectors(open_vector_store(config, *database, clock, log)),
      vision(open_vision(config, database.get(), worker_name())), next_vision(open_next_vision(config, database.get())),
      switching(std::move(vision.engine), std::move(next_vision.engine)), queue(make_sql_queue(attempt_limits(config))),
      pictures(*blobs, decode_limits(config), picture_cache_bytes),
      candidates(*database, feature_cache_bytes, open_vocabulary(config)), stored_pictures(*database, pictures),
      head_starts(pipeline_parts()), intake({.database = *database,
                                             .blobs = *blobs,
                                             .pictures = pictures,
                                             .head_starts = head_starts,
                                             .vision = switching,
                                             .vectors = *vectors,
                                             .clock = clock,
                                             .limits = decode_limits(config),
                                             .accept = [this](Transaction& tx, const NewJob& job,
                                                              Flush flush) { return workers->accept(tx, job, flush); },
                                             .remove_asked_files = [this] { files.remove_all(); }}),
      imports({.database = *database,
               .blobs = *blobs,
               .queue = *queue,
               .clock = clock,
               .limits = config.imports,
               .accept = [this](Transaction& tx, const NewJob& job) { return workers->accept(tx, job); }}),
      files(*database, *blobs, clock, [this](const std::string& sha256) { pictures.forget(sha256); }),
      keeper({.database = *database,
              .files = files,
              .clock = clock,
              .start_due_runs = [this] { return start_due_runs(); }}),
      keeping(keeper, clock, [this](const std::string& sentence) { log.warning(sentence); }),
      catalogue(
          {.database = *database,
           .queue = *queue,
           .vectors = *vectors,
           .vision = switching,
           .candidates = candidates,
           .pictures = pictures,
           .clock = clock,
           .wake_workers = [this] { workers->wake(); },
           .released = [this] { keeping.ring(); },
           .index_again = [this](Transaction& tx, const std::string& id) { intake.reindex_product(tx, id, {}); }}),
      workers(std::make_unique<WorkerPool>(*database, *queue, clock, make_steps(),
                                           worker_options(config, *database, log, watchers, imports))),
      deletion({.database = *database,
                .queue = *queue,
                .vectors = *vectors,
                .keeper = keeper,
                .clock = clock,
                .wake_workers = [this] { workers->wake(); }}),
      delivery(vectors->start_delivery(delivery_events())) {
    if (folder) database->write([](Transaction& tx) { request_key_repository::release_all(tx); });
    const auto foreign = database->read(
        [this](Transaction& tx) { return foreign_catalogue(tx, switching, switching.versions().vector); });
    if (foreign) log.warning(sentence_of(*foreign));
    constexpr int page = 500;
    while (database->write([](Transaction& tx) { return product_term_repository::refresh_outdated(tx, page); }) > 0) {
    }
}

std::vector<std::unique_ptr<Step>> Engine::Impl::make_steps() {
    auto steps = make_pipeline_steps(pipeline_parts());
    for (auto& step : make_lifecycle_steps(lifecycle_parts())) steps.push_back(std::move(step));
    for (auto& step : make_model_change_steps(model_change_parts())) steps.push_back(std::move(step));
    for (auto& step : make_import_steps(import_parts())) steps.push_back(std::move(step));
    follow_models(*database, switching, clock.now()); // before the first of them runs
    return steps;
}

LifecycleParts Engine::Impl::lifecycle_parts() {
    return {.database = *database,
            .blobs = *blobs,
            .vectors = *vectors,
            .files = files,
            .queue = *queue,
            .clock = clock,
            .asked_files = [this] { keeping.ring(); }};
}

ModelChangeParts Engine::Impl::model_change_parts() {
    return {.database = *database,
            .queue = *queue,
            .vectors = *vectors,
            .engines = switching,
            .clock = clock,
            .at_once = std::max(1, worker_threads(config) / 2)};
}

ImportParts Engine::Impl::import_parts() {
    return {.database = *database,
            .blobs = *blobs,
            .intake = intake,
            .clock = clock,
            .limits = config.imports,
            .picture_bytes_max = config.server.max_upload_bytes,
            .indexing_max = std::clamp(16 * worker_threads(config), 64, 1024),
            .works = [this](JobId job) { imports.note_work(job); },
            .ends = [this](JobId job) { imports.note_end(job); },
            .asked_files = [this] { keeping.ring(); }};
}

std::optional<Timestamp> Engine::Impl::start_due_runs() {
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

std::string Engine::Impl::report_of(JobId job) {
    return database->read([job](Transaction& tx) {
        const auto ended = job_repository::find(tx, job);
        auto report = lifecycle_run_repository::report_of(tx, job);
        if (ended && report && ended->state == JobState::Succeeded) return std::move(*report);
        throw Error(ErrorCode::Unavailable,
                    fmt::format("Job {} did not succeed: {}", job.value,
                                ended && !ended->errors.empty() ? ended->errors.back() : "it is gone."));
    });
}

void Engine::Impl::wait_for_end(JobId job) {
    while (!workers->wait(job, std::chrono::steady_clock::now() + std::chrono::hours(1))) {
    }
}

Timestamp Engine::Impl::cutoff_of(const CleanupOptions& options) const {
    const Timestamp now = clock.now();
    if (!options.older_than_days) return months_from(now, -config.retention.query_images_months);
    if (*options.older_than_days < 0 || *options.older_than_days > 36'500) {
        throw Error(ErrorCode::BadInput, fmt::format("Images older than {} days cannot be asked for; 0 to 36500.",
                                                     *options.older_than_days));
    }
    return now - std::chrono::days(*options.older_than_days);
}

PipelineParts Engine::Impl::pipeline_parts() {
    const auto at_once = steps_at_once(config);
    return {.database = *database,
            .queue = *queue,
            .vectors = *vectors,
            .vision = switching,
            .pictures = pictures,
            .candidates = candidates,
            .clock = clock,
            .pace = pace,
            .released = [this] { keeping.ring(); },
            .options = {.max_crops = config.pipeline.max_crops,
                        .min_crop_fraction = config.pipeline.min_crop_fraction,
                        .crop_padding = config.pipeline.crop_padding,
                        .match_floor = config.pipeline.match_floor,
                        .parallel_crops = config.pipeline.parallel_crops,
                        .max_attempts = config.jobs.max_attempts,
                        .model_step_limit = model_step_limit(config),
                        .crop_steps = at_once.crop,
                        .label_steps = at_once.label},
            .switching = &switching};
}

DeliveryEvents Engine::Impl::delivery_events() {
    return {.arrived =
                [this](Transaction& tx, const std::vector<ProductImageId>& links) {
                    resume_indexing(tx, *queue, links, clock.now());
                    tx.after_commit([this] { workers->wake(); });
                },
            .report = [this](const std::string& sentence) { log.warning(sentence); }};
}

} // namespace vitrine
