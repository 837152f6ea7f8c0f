#include "pipeline/job_crops.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "storage/image_repository.hpp"
#include "storage/job_repository.hpp"

namespace vitrine {

Job job_of(Transaction& tx, const Task& task) {
    auto job = job_repository::find(tx, task.job_id);
    if (!job) throw Error(ErrorCode::NotFound, fmt::format("Job {} is gone.", task.job_id.value));
    return std::move(*job);
}

std::vector<Image> labelled_crops_of(Transaction& tx, ImageId original, const std::string& vector_model) {
    const auto image = image_repository::find(tx, original);
    if (!image) return {};
    std::vector<Image> crops = image_repository::crops_of(tx, original, image->crop_model);
    std::erase_if(crops, [&](const Image& crop) { return !crop.label || crop.vector_model != vector_model; });
    return crops;
}

std::string no_crop_sentence(const Job& job) {
    if (job.errors.empty()) return "No crop of the picture could be labelled.";
    return fmt::format("No crop of the picture could be labelled. {}", job.errors.back());
}

JobState final_state_of(const Job& job) {
    return job.crops_failed > 0 ? JobState::PartiallySucceeded : JobState::Succeeded;
}

} // namespace vitrine
