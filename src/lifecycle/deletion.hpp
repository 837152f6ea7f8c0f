#pragma once

#include <functional>
#include <string>

#include <vitrine/ids.hpp>
#include <vitrine/time.hpp>

#include "jobs/queue.hpp"
#include "lifecycle/housekeeper.hpp"
#include "storage/database.hpp"
#include "vectors/vector_store.hpp"

namespace vitrine {

/// Removes at a person's wish: rows in one transaction, then, before returning, the pictures that nothing refers to any
/// more. What a death in between leaves, the housekeeper does at the next start. Safe from any thread.
class Deletion {
public:
    struct Parts {
        Database& database;
        Queue& queue;
        VectorStore& vectors;
        Housekeeper& keeper;
        const Clock& clock;
        std::function<void()> wake_workers; ///< called after a commit by which a job ended or may go on
    };

    explicit Deletion(Parts parts) : parts_(std::move(parts)) {}

    /// The product with its links and vectors; its jobs end; pictures that no other product and no kept query has go
    /// with rows and files. False when there is none.
    bool remove_product(const std::string& external_id);

    /// The query's job with its tasks and results; its photo with crops, labels, vectors and file, unless a product or
    /// another query has the same. The anonymous QueryMetrics stay. False when there is no such query.
    bool erase_query(JobId job);

private:
    const Parts parts_;
};

} // namespace vitrine
