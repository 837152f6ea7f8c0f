#include "pipeline/job_crops.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "storage/image_repository.hpp"
#include "storage/job_repository.hpp"

namespace vitrine {
namespace {

std::string model_to_use(const std::vector<Image>& crops, const std::string& wanted) {
    std::map<std::string, int> crops_of_model;
    for (const Image& crop : crops) ++crops_of_model[crop.vector_model];
    if (crops_of_model.empty() || crops_of_model.contains(wanted)) return wanted;
    return std::ranges::max_element(crops_of_model, {}, [](const auto& entry) { return entry.second; })->first;
}

} // namespace

Job job_of(Transaction& tx, const Task& task) {
    auto job = job_repository::find(tx, task.job_id);
    if (!job) throw Error(ErrorCode::NotFound, fmt::format("Job {} is gone.", task.job_id.value));
    return std::move(*job);
}

std::vector<Image> labelled_crops_of(Transaction& tx, ImageId original, const std::string& vector_model) {
    const auto image = image_repository::find(tx, original);
    if (!image) return {};
    std::vector<Image> crops = image_repository::crops_of(tx, original, image->crop_model);
    std::erase_if(crops, [](const Image& crop) { return !crop.label; });
    const std::string model = model_to_use(crops, vector_model);
    std::erase_if(crops, [&](const Image& crop) { return crop.vector_model != model; });
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
