#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/ids.hpp>
#include <vitrine/job.hpp>
#include <vitrine/time.hpp>

namespace vitrine {

struct CleanupOptions {
    bool dry_run = false;               ///< only say what would go
    std::optional<int> older_than_days; ///< in place of retention.query_images_months; in [0, 36500]
};

/// What a clean-up removed, or would.
struct CleanupReport {
    std::int64_t images = 0;  ///< originals that no product refers to and whose time is over
    std::int64_t crops = 0;   ///< of these
    std::int64_t bytes = 0;   ///< of the originals' files
    std::int64_t imports = 0; ///< that ended before, with their rows and what was sent
    Timestamp cutoff{};       ///< what was handed in last before this went
    bool dry_run = false;
};

struct CheckOptions {
    bool repair = false;
    bool hash_files = false; ///< also reads every stored file and compares its SHA-256 with its name: slow
};

/// What a consistency check found, and how much of it it repaired.
struct CheckReport {
    std::int64_t product_images = 0;
    std::int64_t vectors = 0;          ///< in the store, of all models
    std::int64_t orphan_vectors = 0;   ///< without a primary link; repair removes them
    std::int64_t missing_vectors = 0;  ///< repair puts them from the Image rows, with no model call
    std::int64_t wrong_dimensions = 0; ///< damaged, or of another length than their Image's; put anew
    std::int64_t wrong_models = 0;     ///< of a model that their Image's vector is not of; put anew
    std::int64_t files = 0;
    std::int64_t missing_files = 0;   ///< of an Image row; nothing here can bring them back: hand the photo in again
    std::int64_t orphan_files = 0;    ///< without an Image row; repair removes them
    std::int64_t corrupted_files = 0; ///< of another size or hash; told, as they may hold what a person can still use
    std::int64_t repaired = 0;
    std::vector<std::string> examples; ///< one sentence each, the first few of what cannot be repaired here
    bool repair = false;

    /// Whether nothing is amiss, or no more.
    [[nodiscard]] bool consistent() const noexcept {
        return orphan_vectors + missing_vectors + wrong_dimensions + wrong_models + missing_files + orphan_files +
                   corrupted_files ==
               repaired;
    }
};

/// What a change of models would take.
struct ReindexEstimate {
    std::string from;             ///< the vector model that searches use; empty: none yet
    std::string to;               ///< the one that the catalogue would change to
    std::int64_t images = 0;      ///< primary crops to be embedded
    std::int64_t labels = 0;      ///< crops that keep their vector and are labelled anew, by another version
    std::int64_t model_calls = 0; ///< less than these when an earlier change was interrupted
    double seconds = 0.0;         ///< by the label steps lately; 0 when there were none
    bool unchanged = false;       ///< there is nothing to do
};

/// What a change of models did.
struct ReindexReport {
    std::string from;
    std::string to;
    std::int64_t images = 0; ///< embedded, or labelled anew, in this run
    bool switched = false;
};

/// One run of the clean-up or the check.
struct LifecycleRun {
    JobId job;
    std::string kind; ///< "cleanup", "check", "reindex"
    JobState state = JobState::Queued;
    std::string report; ///< JSON, as the command prints it
    Timestamp started{};
    std::optional<Timestamp> finished;
};

} // namespace vitrine
