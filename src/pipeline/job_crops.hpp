#pragma once

#include <string>
#include <vector>

#include <vitrine/image.hpp>
#include <vitrine/job.hpp>

#include "storage/database.hpp"

namespace vitrine {

/// The job of a finisher's task. Throws Error(NotFound) when it is gone.
Job job_of(Transaction& tx, const Task& task);

/// The original's crops that bear a label and a vector of `vector_model`, by id: what a finisher works on.
std::vector<Image> labelled_crops_of(Transaction& tx, ImageId original, const std::string& vector_model);

/// What a job all of whose crops failed says of it.
std::string no_crop_sentence(const Job& job);

/// succeeded, or partially_succeeded when some crops failed.
JobState final_state_of(const Job& job);

} // namespace vitrine
