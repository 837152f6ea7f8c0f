#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "jobs/step.hpp"
#include "lifecycle/model_change.hpp"
#include "storage/model_repository.hpp"

namespace vitrine {

/// How many of these links bear a label of another version than the engine of their vector's model makes now: what
/// `vitrine reindex` makes anew where the vectors need no change.
[[nodiscard]] std::int64_t count_outdated_labels(const std::vector<model_repository::LinksOfModels>& links,
                                                 const SwitchingEngine& engines);

/// renew_labels ("ROUND AFTER"): one page of such links, each a task (pipeline/relabel_step.hpp); when none is left,
/// the job's end. Vectors stay, and searches go on meanwhile: a label is replaced in one transaction.
std::unique_ptr<Step> make_label_renewal(const ModelChangeParts& parts);

/// Its first task.
NewTask first_label_renewal();

} // namespace vitrine
