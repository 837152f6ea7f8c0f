#include "pipeline/job_crops.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "pipeline/subjects.hpp"
#include "pipeline/switching_engine.hpp"
#include "storage/image_repository.hpp"
#include "storage/job_repository.hpp"
#include "storage/model_repository.hpp"

namespace vitrine {
namespace {

std::string model_to_use(const std::vector<Image>& crops, const std::string& wanted) {
    std::map<std::string, int> crops_of_model;
    for (const Image& crop : crops) ++crops_of_model[crop.vector_model];
    if (crops_of_model.empty() || crops_of_model.contains(wanted)) return wanted;
    return std::ranges::max_element(crops_of_model, {}, [](const auto& entry) { return entry.second; })->first;
}

std::vector<Image> labelled_by_one_model(std::vector<Image> crops, const std::string& wanted) {
    std::erase_if(crops, [](const Image& crop) { return !crop.label; });
    const std::string model = model_to_use(crops, wanted);
    std::erase_if(crops, [&](const Image& crop) { return crop.vector_model != model; });
    return crops;
}

constexpr int again_max = 20; ///< switches, or photos that the engine in use labels no crop of, for one run of a job

/// How often the job's finisher has begun anew before: its task's subject says so, and is empty the first time.
int times_run_again(const Task& task) {
    int times = 0;
    std::from_chars(task.subject.data(), task.subject.data() + task.subject.size(), times);
    return times;
}

std::string next_subject(const Task& task, const std::string& model) {
    return fmt::format("{} {}", times_run_again(task) + 1, model);
}

} // namespace

Job job_of(Transaction& tx, const Task& task) {
    auto job = job_repository::find(tx, task.job_id);
    if (!job) throw Error(ErrorCode::NotFound, fmt::format("Job {} is gone.", task.job_id.value));
    return std::move(*job);
}

std::vector<Image> labelled_crops_of(Transaction& tx, ImageId original, const std::string& vector_model) {
    return labelled_by_one_model(image_repository::detected_crops_of(tx, original), vector_model);
}

bool lies_in(const Box& crop, const Box& region) noexcept {
    return 10 * intersection(crop, region).area() >= 9 * crop.area();
}

bool is_nearly(const Box& crop, const Box& region) noexcept {
    return intersection_over_union(crop, region) >= 0.95;
}

std::vector<Image> queried_crops_of(Transaction& tx, const QuerySubject& subject, const std::string& vector_model) {
    if (!subject.region) return labelled_crops_of(tx, subject.image_id, vector_model);
    std::vector<Image> crops = image_repository::detected_crops_of(tx, subject.image_id);
    std::erase_if(crops, [&](const Image& crop) { return !lies_in(*crop.box, *subject.region); });
    for (Image& drawn : image_repository::crops_of(tx, subject.image_id, image_repository::drawn_by_a_person)) {
        if (drawn.box == subject.region) crops.push_back(std::move(drawn));
    }
    return labelled_by_one_model(std::move(crops), vector_model);
}

std::string no_crop_sentence(const Job& job) {
    if (job.errors.empty()) return "No crop of the picture could be labelled.";
    return fmt::format("No crop of the picture could be labelled. {}", job.errors.back());
}

SearchedModel searched_model(Transaction& tx, const PipelineParts& parts) {
    if (parts.switching == nullptr) return {};
    const auto models = model_repository::models(tx);
    if (!parts.switching->serves(models.active)) return {};
    return {.name = models.active, .switched = models.switched};
}

bool are_outdated(const std::vector<Image>& crops, const SearchedModel& searched) {
    return !searched.name.empty() && !crops.empty() && crops.front().vector_model != searched.name;
}

Outcome cut_again(const CropSubject& subject, const Task& task, const SearchedModel& model, const Job& job) {
    if (times_run_again(task) >= again_max) return Fail{no_crop_sentence(job)};
    CropSubject again = subject;
    again.then = task.kind;
    again.model = next_subject(task, model.name);
    return Done{[again](Transaction&) {
        return Next{.tasks = {{.kind = step_kind::crop, .subject = to_json(again), .priority = {}, .run_after = {}}},
                    .fan_out = {}};
    }};
}

std::optional<Next> again_if_switched(Transaction& tx, const PipelineParts& parts, const Task& task,
                                      const SearchedModel& searched) {
    if (parts.switching == nullptr || searched.name.empty()) return std::nullopt;
    const auto now = model_repository::hold(tx, false);
    if (now.active == searched.name && now.switched == searched.switched) return std::nullopt;
    if (times_run_again(task) >= again_max) {
        throw Error(ErrorCode::Unavailable, "The catalogue's model is changed too often for this to end.");
    }
    return Next{
        .tasks = {{.kind = task.kind, .subject = next_subject(task, now.active), .priority = {}, .run_after = {}}},
        .fan_out = {}};
}

} // namespace vitrine
