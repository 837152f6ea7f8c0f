#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <unistd.h>

#include <gtest/gtest.h>

#include <vitrine/engine.hpp>

#include "engine/catalogue.hpp"
#include "engine/intake.hpp"
#include "jobs/worker_pool.hpp"
#include "lifecycle/deletion.hpp"
#include "lifecycle/lifecycle.hpp"
#include "lifecycle/model_change.hpp"
#include "pipeline/awaited_vectors.hpp"
#include "pipeline/catalogue_model.hpp"
#include "pipeline/head_starts.hpp"
#include "pipeline/model_pace.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/subjects.hpp"
#include "storage/file_blob_store.hpp"
#include "storage/test_database.hpp"
#include "vectors/embedded_store.hpp"

#include "forwarded_blobs.hpp"
#include "mortal_database.hpp"
#include "scripted_vision.hpp"

namespace vitrine::testing {

/// A new folder that goes with its owner.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "vitrine-test-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~TemporaryFolder() {
        std::error_code ignored; // a leftover in the temporary folder harms no test
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// A folder of blobs whose reading fails as often as a test says, as a server's does that is down.
class LostBlobStore final : public ForwardedBlobs {
public:
    LostBlobStore(std::unique_ptr<BlobStore> folder, std::atomic<int>& failures)
        : ForwardedBlobs(*folder), folder_(std::move(folder)), failures_(failures) {}

    std::optional<std::string> get(const std::string& key) override {
        if (failures_.fetch_sub(1) > 0) throw Error(ErrorCode::Unavailable, "The image store is down.");
        return ForwardedBlobs::get(key);
    }

private:
    const std::unique_ptr<BlobStore> folder_;
    std::atomic<int>& failures_;
};

/// The machine's clock, moved as far ahead as a test says: months pass in no time. Safe from any thread.
class MovingClock final : public Clock {
public:
    [[nodiscard]] Timestamp now() const override { return machine_.now() + ahead_.load(); }
    void move(Milliseconds by) { ahead_ = ahead_.load() + by; }

private:
    SystemClock machine_;
    std::atomic<Milliseconds> ahead_{Milliseconds{0}};
};

struct Rgb {
    int r = 0, g = 0, b = 0;
};

/// A picture of equal vertical strips of these colours, as JPEG bytes.
inline std::string strips(const std::vector<Rgb>& colours, int width = 120, int height = 80) {
    Picture picture{.width = width, .height = height, .rgb = {}};
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const Rgb& c = colours[static_cast<std::size_t>(x) * colours.size() / static_cast<std::size_t>(width)];
            for (const int channel : {c.r, c.g, c.b}) picture.rgb.push_back(static_cast<std::uint8_t>(channel));
        }
    }
    return encode_jpeg(picture, 95);
}

inline constexpr Rgb red{220, 30, 30}, green{30, 200, 40}, blue{30, 40, 210};

/// An engine that somebody else owns.
class BorrowedVision final : public VisionEngine {
public:
    explicit BorrowedVision(VisionEngine& engine) : engine_(engine) {}
    [[nodiscard]] ModelVersions versions() const override { return engine_.versions(); }
    [[nodiscard]] Detections crop(const Picture& picture) override { return engine_.crop(picture); }
    [[nodiscard]] Labelled label(const Picture& crop) override { return engine_.label(crop); }
    [[nodiscard]] std::vector<double> match(const std::string& target,
                                            const std::vector<std::string>& candidates) override {
        return engine_.match(target, candidates);
    }

private:
    VisionEngine& engine_;
};

/// The whole house around a scripted engine: a real database, real queue and workers, real stores.
class PipelineHouse {
public:
    using OpenVectors = std::function<std::unique_ptr<VectorStore>(Database&, const Clock&)>;

    explicit PipelineHouse(
        int threads = 2, int parallel_crops = 8,
        OpenVectors open_vectors = [](Database& db, const Clock&) { return make_embedded_store(db); })
        : threads_(threads), parallel_crops_(parallel_crops), open_vectors_(std::move(open_vectors)) {
        start();
    }

    /// Takes the workers and stores down and opens them again over the same folder, as another process would.
    void restart() {
        stop();
        start();
    }

    enum class End {
        Asked,  ///< it lets its work end and gives back the rest
        Killed, ///< what runs and what waits to be committed is lost, as by a kill -9
    };

    /// The process ends; `start` is another one, of a time when the leases of the dead have ended.
    void die(End end) {
        if (end == End::Killed) mortal_->die();
        stop();
        if (end == End::Killed) clock.move(std::chrono::minutes(1));
    }

    void stop() {
        delivery.reset();
        deletion.reset();
        intake.reset();
        head_starts.reset(); // one may still be searching
        workers.reset();
        keeper.reset();
        files.reset();
        candidates.reset();
        vectors.reset();
        database.reset();
    }

    AddedProduct add(const std::string& id, const std::string& name, const std::string& bytes,
                     const std::string& attributes = "{}") {
        return intake->add_product(
            {.external_id = id, .name = name, .description = "", .category = "", .attributes = attributes}, bytes);
    }

    JobState finish(JobId job) {
        const auto state = workers->wait(job, std::chrono::steady_clock::now() + std::chrono::seconds(30));
        EXPECT_TRUE(state.has_value()) << "job " << job.value << " did not end";
        return state.value_or(JobState::Failed);
    }

    /// As finish, for a job that may have been erased.
    void finish_if_there(JobId job) {
        try {
            finish(job);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::NotFound) << error.what();
        }
    }

    JobState index(const std::string& id, const std::string& name, const std::string& bytes) {
        const AddedProduct added = add(id, name, bytes);
        return added.job ? finish(*added.job) : JobState::Succeeded;
    }

    JobId query(const std::string& bytes, const QueryOptions& options = {}) {
        const JobId job = intake->submit_query(bytes, options);
        finish(job);
        return job;
    }

    [[nodiscard]] ModelChangeParts model_change_parts() {
        return {.database = *database,
                .queue = *queue,
                .vectors = *vectors,
                .engines = *switching,
                .clock = clock,
                .at_once = 1};
    }

    [[nodiscard]] LifecycleParts lifecycle_parts() const {
        return {.database = *database,
                .blobs = *blobs,
                .vectors = *vectors,
                .files = *files,
                .queue = *queue,
                .clock = clock,
                .asked_files = [] {}};
    }

    TemporaryFolder folder;
    MovingClock clock;
    ScriptedVision vision;
    double match_floor = 0.0;             ///< of the pipeline that starts next
    Milliseconds search_wait_max{20'000}; ///< of the head starts made from the next start on; a loaded machine is slow
    ScriptedVision next_vision;           ///< of [ml.next], from the next start on, where has_next
    bool has_next = false;
    std::unique_ptr<SwitchingEngine> switching;
    std::function<std::unique_ptr<BlobStore>()> open_blobs; ///< from the next start on; none: a folder
    std::atomic<int> blob_failures{0};                      ///< how many readings of a stored photo fail next
    std::unique_ptr<Database> database;
    std::unique_ptr<BlobStore> blobs;
    std::unique_ptr<VectorStore> vectors;
    std::unique_ptr<Queue> queue;
    std::unique_ptr<PictureSource> pictures;
    std::unique_ptr<CandidateSource> candidates;
    std::unique_ptr<ModelPace> pace; ///< knows nothing, so that there are no head starts
    std::unique_ptr<HeadStarts> head_starts;
    std::unique_ptr<Intake> intake;
    std::unique_ptr<FileRemover> files;
    std::unique_ptr<Housekeeper> keeper; ///< works when a test says so: keeper->tidy()
    std::unique_ptr<Catalogue> catalogue;
    std::unique_ptr<WorkerPool> workers;
    std::unique_ptr<Deletion> deletion;
    std::unique_ptr<VectorDelivery> delivery; ///< of a vector store on another server

    /// Opens everything; may be called again where it throws.
    void start() {
        stop();
        auto mortal = std::make_unique<MortalDatabase>(testing_support::open_test_database(folder.path()));
        mortal_ = mortal.get();
        database = std::move(mortal);
        blobs = open_blobs
                    ? open_blobs()
                    : std::make_unique<LostBlobStore>(
                          std::make_unique<FileBlobStore>(folder.path() / "images", Durability::Normal), blob_failures);
        vectors = open_vectors_(*database, clock);
        queue = make_sql_queue({.usual = 3, .by_kind = {}, .deaths_max = 25, .suspects_apart = Milliseconds{1}});
        pictures = std::make_unique<PictureSource>(*blobs, DecodeLimits{}, std::size_t{16} << 20);
        candidates = std::make_unique<CandidateSource>(*database, std::size_t{1} << 20);
        switching = std::make_unique<SwitchingEngine>(std::make_unique<BorrowedVision>(vision),
                                                      has_next ? std::make_unique<BorrowedVision>(next_vision)
                                                               : std::unique_ptr<BorrowedVision>());
        follow_models(*database, *switching, clock.now());
        catalogue = std::make_unique<Catalogue>(Catalogue::Parts{
            .database = *database,
            .queue = *queue,
            .vectors = *vectors,
            .vision = *switching,
            .candidates = *candidates,
            .pictures = *pictures,
            .clock = clock,
            .wake_workers = [this] { workers->wake(); },
            .released = [] {},
            .index_again = [this](Transaction& tx, const std::string& id) { intake->reindex_product(tx, id, {}); }});
        pace = std::make_unique<ModelPace>();
        const PipelineParts parts{.database = *database,
                                  .queue = *queue,
                                  .vectors = *vectors,
                                  .vision = *switching,
                                  .pictures = *pictures,
                                  .candidates = *candidates,
                                  .clock = clock,
                                  .pace = *pace,
                                  .released = [] {},
                                  .options = {.max_crops = 8,
                                              .min_crop_fraction = 0.005,
                                              .match_floor = match_floor,
                                              .parallel_crops = parallel_crops_,
                                              .max_attempts = 3},
                                  .switching = switching.get()};
        head_starts = std::make_unique<HeadStarts>(parts, search_wait_max);
        intake = std::make_unique<Intake>(Intake::Parts{.database = *database,
                                                        .blobs = *blobs,
                                                        .pictures = *pictures,
                                                        .head_starts = *head_starts,
                                                        .vision = *switching,
                                                        .vectors = *vectors,
                                                        .clock = clock,
                                                        .limits = {},
                                                        .accept =
                                                            [this](Transaction& tx, const NewJob& job, Flush flush) {
                                                                return workers ? workers->accept(tx, job, flush)
                                                                               : queue->accept(tx, job, clock.now());
                                                            },
                                                        .remove_asked_files = [this] { files->remove_all(); }});
        files = std::make_unique<FileRemover>(*database, *blobs, clock,
                                              [this](const std::string& sha256) { pictures->forget(sha256); });
        keeper =
            std::make_unique<Housekeeper>(Housekeeper::Parts{.database = *database, .files = *files, .clock = clock});
        WorkerOptions options;
        options.threads = threads_;
        options.retry = {.initial = Milliseconds{1}, .max = Milliseconds{5}};
        auto steps = make_pipeline_steps(parts);
        for (auto& step : make_lifecycle_steps(lifecycle_parts())) steps.push_back(std::move(step));
        for (auto& step : make_model_change_steps(model_change_parts())) steps.push_back(std::move(step));
        workers = std::make_unique<WorkerPool>(*database, *queue, clock, std::move(steps), options);
        deletion = std::make_unique<Deletion>(Deletion::Parts{.database = *database,
                                                              .queue = *queue,
                                                              .vectors = *vectors,
                                                              .keeper = *keeper,
                                                              .clock = clock,
                                                              .wake_workers = [this] { workers->wake(); }});
        DeliveryEvents events;
        events.arrived = [this](Transaction& tx, const std::vector<ProductImageId>& links) {
            resume_indexing(tx, *queue, links, clock.now());
            tx.after_commit([this] { workers->wake(); });
        };
        delivery = vectors->start_delivery(events);
    }

private:
    MortalDatabase* mortal_ = nullptr; ///< `database`
    const int threads_;
    const int parallel_crops_;
    const OpenVectors open_vectors_;
};

} // namespace vitrine::testing
