#pragma once

#include <optional>
#include <string>
#include <vector>

#include <vitrine/image.hpp>
#include <vitrine/job.hpp>

#include "jobs/step.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/subjects.hpp"
#include "storage/database.hpp"

namespace vitrine {

/// The job of a finisher's task. Throws Error(NotFound) when it is gone.
Job job_of(Transaction& tx, const Task& task);

/// The original's crops that bear a label and a vector, all of one model, by id: what a finisher works on. Of several
/// models it is `vector_model` where a crop bears that, which need not be known here: a model server may have been
/// asked by other processes only; else the model of the most crops.
std::vector<Image> labelled_crops_of(Transaction& tx, ImageId original, const std::string& vector_model);

/// Whether a crop belongs to a search of this region: nine tenths of it lie in it.
bool lies_in(const Box& crop, const Box& region) noexcept;

/// Whether a crop is so nearly the region that it stands for it.
bool is_nearly(const Box& crop, const Box& region) noexcept;

/// As labelled_crops_of, of a query: with a region only the crops inside it, and the region as a crop of its own.
std::vector<Image> queried_crops_of(Transaction& tx, const QuerySubject& subject, const std::string& vector_model);

/// What a job all of whose crops failed says of it.
std::string no_crop_sentence(const Job& job);

/// The model that searches use now, where an engine here makes its vectors: then crops of another one are of no use.
struct SearchedModel {
    std::string name;          ///< empty: what the crops bear is used
    std::int64_t switched = 0; ///< when it came into use: there and back again is told from never
};
SearchedModel searched_model(Transaction& tx, const PipelineParts& parts);

/// Whether the models were changed since the photo was cut: `crops` do not bear vectors of `searched`.
bool are_outdated(const std::vector<Image>& crops, const SearchedModel& searched);

/// The photo (of `subject`, its image and region) is cut and labelled once more, for `model`; after that comes the
/// finisher `task` again, with a subject that says so ("1 MODEL", "2 MODEL" …: a task's subject is used once). Where it
/// was cut for this very model already, that failed, and `job` with it.
Outcome cut_again(const CropSubject& subject, const Task& task, const SearchedModel& model, const Job& job);

/// What follows a finisher in whose effects the models turn out to have been changed since it read `searched`: the same
/// finisher once more, which uses up no attempt; the caller then does nothing else. Nothing when they were not: until
/// the end of the transaction nobody switches.
std::optional<Next> again_if_switched(Transaction& tx, const PipelineParts& parts, const Task& task,
                                      const SearchedModel& searched);

} // namespace vitrine
