#include "pipeline/pipeline.hpp"

#include "pipeline/crop_step.hpp"
#include "pipeline/indexing_finisher.hpp"
#include "pipeline/label_step.hpp"
#include "pipeline/query_finisher.hpp"
#include "pipeline/relabel_step.hpp"
#include "pipeline/standby_step.hpp"

namespace vitrine {

std::vector<std::unique_ptr<Step>> make_pipeline_steps(const PipelineParts& parts) {
    const auto cut = std::make_shared<CutCrops>();
    std::vector<std::unique_ptr<Step>> steps;
    steps.push_back(std::make_unique<CropStep>(parts, cut));
    steps.push_back(std::make_unique<LabelStep>(parts, cut));
    steps.push_back(std::make_unique<SelectPrimaryCropStep>(parts));
    steps.push_back(std::make_unique<FinalizeIndexingStep>(parts));
    steps.push_back(std::make_unique<QueryAllCropsStep>(parts));
    steps.push_back(std::make_unique<FinalizeQueryingStep>(parts));
    steps.push_back(std::make_unique<StandbyStep>(parts));
    steps.push_back(std::make_unique<RelabelStep>(parts));
    return steps;
}

} // namespace vitrine
