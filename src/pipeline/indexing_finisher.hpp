#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/image.hpp>

#include "pipeline/job_crops.hpp"
#include "pipeline/pipeline.hpp"

namespace vitrine {

/// How well each labelled crop fits a product's name, as the match model says. Throws what that throws, and
/// Error(BadInput) for an answer that is not one number in [0, 1] for each.
std::vector<double> fit_to_name(const PipelineParts& parts, const std::string& name, const std::vector<Image>& crops);

/// A picture's labelled crops and how well each fits the name of the product that it shows. As
/// shared_ptr<const ScoredCrops> the head start of select_and_save_primary_crop.
struct ScoredCrops {
    ProductId product;
    std::vector<Image> crops;
    std::vector<double> scores;  ///< one for each crop, in [0, 1]
    bool product_is_new = false; ///< made in the transaction in which this rides: it is there and has no links
};

/// select_and_save_primary_crop (job): scores every labelled crop against the product's name; the best becomes the
/// product's primary crop (ties: core/ranking.hpp). In one transaction: the new link in, the old ones out, the new
/// vector in the store under the link's id, the old vectors out. Where the store is another server, the vectors' moves
/// are recorded in that transaction, and the job waits with its finalize step until searches find the new one.
///
/// Of two indexing jobs of one product the later accepted one wins, in whatever order they end; a person's choice of
/// primary is kept; a product that was deleted meanwhile ends its job with that reason.
class SelectPrimaryCropStep final : public Step {
public:
    explicit SelectPrimaryCropStep(const PipelineParts& parts) : parts_(parts) {}

    [[nodiscard]] std::string kind() const override;
    [[nodiscard]] StepLimits limits() const override;
    [[nodiscard]] Outcome compute(const Task& task, const StepContext& context) override;
    [[nodiscard]] std::optional<Done> ride(Transaction& tx, const Task& task, const HeadStart& head_start) override;

private:
    [[nodiscard]] Done select(const Task& task, const ScoredCrops& crops, const SearchedModel& searched) const;

    PipelineParts parts_;
};

/// finalize_indexing_job (job): the IndexingResult and the job's final state. As long as the vector is on its way to
/// the store it waits, which uses up no attempt; a vector that the store refuses ends the job as failed, and one whose
/// link was taken away meanwhile is waited for no longer. Rides in the
/// transaction of select_and_save_primary_crop where what is put is searchable at once.
class FinalizeIndexingStep final : public Step {
public:
    explicit FinalizeIndexingStep(const PipelineParts& parts) : parts_(parts) {}

    [[nodiscard]] std::string kind() const override;
    [[nodiscard]] StepLimits limits() const override;
    [[nodiscard]] Outcome compute(const Task& task, const StepContext& context) override;
    [[nodiscard]] std::optional<Done> ride(Transaction& tx, const Task& task, const HeadStart& head_start) override;

private:
    [[nodiscard]] Done finish(const Task& task, IndexingResult result, bool rides) const;

    PipelineParts parts_;
};

} // namespace vitrine
