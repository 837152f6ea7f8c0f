#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/image.hpp>
#include <vitrine/results.hpp>

#include "core/ranking.hpp"
#include "pipeline/job_crops.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/subjects.hpp"

namespace vitrine {

struct FoundMatches;

/// What the search for a photo's crops found.
struct FoundInCatalogue {
    QuerySubject asked_for;   ///< without its image, where the photo was new
    std::vector<Image> crops; ///< of one model; never empty
    std::vector<CropMatches> matches;
    std::vector<Embedding> asked; ///< PhotoSearch::asked
    SearchedModel searched;       ///< before the search; it fits the crops
};

/// The head start of query_all_crops: waits for a search that may still run; nullptr where it came to nothing. May be
/// called more than once.
using AwaitSearch = std::function<std::shared_ptr<const FoundInCatalogue>()>;

/// The products of all crops together, ranked, at most `top`; without what only the database knows: names and boxes.
std::vector<QueryResult> rank_products(JobId job, const std::vector<CropMatches>& crops, int top);

/// query_all_crops (job): searches with every crop's vector at once, adds products whose barcode was read, verifies the
/// nearest candidates by their local features, joins the evidence into one score per candidate and keeps each crop's
/// best matches. Looks at no pixels. A vector store that cannot be reached ends the job as failed after two tries.
class QueryAllCropsStep final : public Step {
public:
    explicit QueryAllCropsStep(const PipelineParts& parts) : parts_(parts) {}

    [[nodiscard]] std::string kind() const override;
    [[nodiscard]] StepLimits limits() const override;
    [[nodiscard]] Outcome compute(const Task& task, const StepContext& context) override;
    [[nodiscard]] std::optional<Done> ride(Transaction& tx, const Task& task, const HeadStart& head_start) override;

private:
    [[nodiscard]] Done answer(const Task& task, const FoundInCatalogue& in_catalogue) const;

    PipelineParts parts_;
};

/// finalize_querying_job (job): joins the crops' matches by product into QueryResult rows, extracts the QueryMetrics,
/// ends the job. Rides in the transaction of query_all_crops where the same process ran that.
class FinalizeQueryingStep final : public Step {
public:
    explicit FinalizeQueryingStep(const PipelineParts& parts) : parts_(parts) {}

    [[nodiscard]] std::string kind() const override;
    [[nodiscard]] StepLimits limits() const override;
    [[nodiscard]] Outcome compute(const Task& task, const StepContext& context) override;
    [[nodiscard]] std::optional<Done> ride(Transaction& tx, const Task& task, const HeadStart& head_start) override;

private:
    [[nodiscard]] Done finish(const Task& task, std::shared_ptr<const FoundMatches> found) const;

    PipelineParts parts_;
};

} // namespace vitrine
