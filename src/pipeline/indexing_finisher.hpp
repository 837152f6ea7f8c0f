#pragma once

#include "pipeline/pipeline.hpp"

namespace vitrine {

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

private:
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
    [[nodiscard]] std::optional<Done> ride(Transaction& tx, const Task& task) override;

private:
    [[nodiscard]] Done finish(const Task& task, IndexingResult result, bool rides) const;

    PipelineParts parts_;
};

} // namespace vitrine
