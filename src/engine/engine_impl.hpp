#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/engine.hpp>

#include "engine/catalogue.hpp"
#include "engine/data_folder.hpp"
#include "engine/imports.hpp"
#include "engine/intake.hpp"
#include "engine/job_watchers.hpp"
#include "engine/log.hpp"
#include "engine/request_keys.hpp"
#include "engine/stored_pictures.hpp"
#include "engine/vision_parts.hpp"
#include "jobs/worker_pool.hpp"
#include "lifecycle/deletion.hpp"
#include "lifecycle/file_remover.hpp"
#include "lifecycle/housekeeper.hpp"
#include "lifecycle/lifecycle.hpp"
#include "lifecycle/model_change.hpp"
#include "pipeline/head_starts.hpp"
#include "pipeline/model_pace.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/switching_engine.hpp"
#include "storage/lifecycle_run_repository.hpp"

namespace vitrine {

/// The parts in the order in which they are opened; they are taken down in the reverse order, the workers first.
class Engine::Impl {
public:
    /// After a check that repaired: for its vectors to reach a server that holds them.
    static constexpr std::chrono::seconds delivery_patience{10};

    explicit Impl(const Config& with);

    [[nodiscard]] std::vector<std::unique_ptr<Step>> make_steps();

    [[nodiscard]] LifecycleParts lifecycle_parts();

    [[nodiscard]] ModelChangeParts model_change_parts();

    [[nodiscard]] ImportParts import_parts();

    std::optional<Timestamp> start_due_runs();

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

    std::string report_of(JobId job);

    void wait_for_end(JobId job);

    [[nodiscard]] Timestamp cutoff_of(const CleanupOptions& options) const;

    [[nodiscard]] PipelineParts pipeline_parts();

    [[nodiscard]] DeliveryEvents delivery_events();

    const Config config;
    Log log;
    std::optional<DataFolder> folder; ///< where the database is in it
    std::unique_ptr<Database> database;
    const Clock& clock;
    std::unique_ptr<BlobStore> blobs;
    std::unique_ptr<VectorStore> vectors;
    OpenVision vision, next_vision; ///< their engines are in `switching`
    SwitchingEngine switching;
    std::unique_ptr<Queue> queue;
    PictureSource pictures;
    CandidateSource candidates;
    ModelPace pace;
    StoredPictures stored_pictures;
    JobWatchers watchers;
    RequestKeys request_keys{*database, clock};
    HeadStarts head_starts;
    Intake intake;
    Imports imports;
    FileRemover files;
    std::atomic<bool> schedules_started = false; ///< before the keeper, who asks
    Housekeeper keeper;
    HousekeeperThread keeping; ///< before the workers, who ring for it
    Catalogue catalogue;
    std::unique_ptr<WorkerPool> workers;
    Deletion deletion;
    std::unique_ptr<VectorDelivery> delivery; ///< after the workers, whom it wakes
};

} // namespace vitrine
