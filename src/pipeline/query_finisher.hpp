#pragma once

#include <memory>
#include <utility>

#include "pipeline/found_matches.hpp"
#include "pipeline/pipeline.hpp"

namespace vitrine {

/// The products of all crops together, ranked, at most `top`; without what only the database knows: names and boxes.
std::vector<QueryResult> rank_products(JobId job, const std::vector<CropMatches>& crops, int top);

/// query_all_crops (job): searches with every crop's vector at once, adds products whose barcode was read, verifies the
/// nearest candidates by their local features, joins the evidence into one score per candidate and keeps each crop's
/// best matches. Looks at no pixels. A vector store that cannot be reached ends the job as failed after two tries.
class QueryAllCropsStep final : public Step {
public:
    QueryAllCropsStep(const PipelineParts& parts, std::shared_ptr<FoundMatchesCache> found)
        : parts_(parts), found_(std::move(found)) {}

    [[nodiscard]] std::string kind() const override;
    [[nodiscard]] StepLimits limits() const override;
    [[nodiscard]] Outcome compute(const Task& task, const StepContext& context) override;

private:
    PipelineParts parts_;
    std::shared_ptr<FoundMatchesCache> found_;
};

/// finalize_querying_job (job): joins the crops' matches by product into QueryResult rows, extracts the QueryMetrics,
/// ends the job. Rides in the transaction of query_all_crops where the same process ran that.
class FinalizeQueryingStep final : public Step {
public:
    FinalizeQueryingStep(const PipelineParts& parts, std::shared_ptr<FoundMatchesCache> found)
        : parts_(parts), found_(std::move(found)) {}

    [[nodiscard]] std::string kind() const override;
    [[nodiscard]] StepLimits limits() const override;
    [[nodiscard]] Outcome compute(const Task& task, const StepContext& context) override;
    [[nodiscard]] std::optional<Done> ride(Transaction& tx, const Task& task) override;

private:
    [[nodiscard]] Done finish(const Task& task, std::shared_ptr<const FoundMatches> found) const;

    PipelineParts parts_;
    std::shared_ptr<FoundMatchesCache> found_;
};

} // namespace vitrine
