#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include <vitrine/import.hpp>

#include "engine/import_steps.hpp"
#include "jobs/queue.hpp"

namespace vitrine {

/// Imports as the faces see them: accepted, looked at, cancelled. Their work is that of make_import_steps. Safe from
/// any thread.
class Imports {
public:
    struct Parts {
        Database& database;
        BlobStore& blobs;
        Queue& queue;
        const Clock& clock;
        Config::Imports limits;
        /// WorkerPool::accept; takes part in the transaction.
        std::function<JobId(Transaction&, const NewJob&)> accept;
    };

    explicit Imports(Parts parts) : parts_(std::move(parts)) {}

    /// As Engine::start_import.
    JobId start(const ImportRequest& request);

    /// As Engine::import_overview.
    [[nodiscard]] std::optional<ImportOverview> overview(JobId job);

    /// As Engine::import_rows.
    [[nodiscard]] std::optional<std::vector<ImportRow>> rows(JobId job, const ImportRowFilter& filter);

    /// What of an import that is being cancelled has not begun will not begin. Nothing happens for any other job.
    void cancel(Transaction& tx, JobId job);

    /// A step of this process works on the import; it has ended.
    void note_work(JobId import);
    void note_end(JobId import);

    /// The imports that steps of this process have worked on and that have not ended, as far as is known: their counts
    /// may move with any job's end.
    [[nodiscard]] std::vector<JobId> worked_on();

private:
    const Parts parts_;
    std::mutex mutex_;
    std::set<JobId> worked_on_; ///< guarded by mutex_
};

} // namespace vitrine
