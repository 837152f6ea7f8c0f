#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/engine.hpp>

#include "jobs/queue.hpp"
#include "pipeline/candidate_source.hpp"
#include "pipeline/picture_source.hpp"
#include "pipeline/switching_engine.hpp"
#include "storage/database.hpp"
#include "vectors/vector_store.hpp"

namespace vitrine {

/// The catalogue as people see and correct it. Calls no model. Safe from any thread.
class Catalogue {
public:
    struct Parts {
        Database& database;
        Queue& queue;
        VectorStore& vectors;
        SwitchingEngine& vision; ///< asked for its versions alone
        CandidateSource& candidates;
        PictureSource& pictures;
        const Clock& clock;
        std::function<void()> wake_workers; ///< after a commit by which a job may go on
        std::function<void()> released;     ///< after a commit by which a picture may have lost its last reference
        /// In the transaction of a choice that took the product's standby link: accepts the job that makes it anew.
        std::function<void(Transaction&, const std::string& external_id)> index_again;
    };

    explicit Catalogue(Parts parts) : parts_(parts) {}

    /// As Engine::product.
    [[nodiscard]] std::optional<ProductDetail> find(const std::string& external_id);

    /// As Engine::categories.
    [[nodiscard]] std::vector<CategoryCount> categories();

    /// As Engine::choose_primary.
    ProductDetail choose_primary(const std::string& external_id, ImageId crop);

    /// As Engine::correct_label.
    Image correct_label(ImageId crop, const std::optional<StructuredLabel>& label);

    /// As Engine::similar_products.
    [[nodiscard]] std::vector<QueryResult> similar_products(const std::string& external_id,
                                                            const QueryOptions& options);

    /// As Engine::matching_points.
    [[nodiscard]] std::vector<PointPair> matching_points(ImageId crop, ImageId matched);

private:
    struct PlacedCrop;
    [[nodiscard]] PlacedCrop placed(ImageId crop);

    Parts parts_;
};

} // namespace vitrine
