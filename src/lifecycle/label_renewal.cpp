#include "lifecycle/label_renewal.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "lifecycle/run_reports.hpp"
#include "pipeline/relabel_step.hpp"
#include "pipeline/subjects.hpp"
#include "storage/job_repository.hpp"
#include "storage/lifecycle_run_repository.hpp"

namespace vitrine {
namespace {

constexpr auto step_name = "renew_labels";
constexpr int page = 200;
constexpr int rounds_max = 10; ///< where processes of two versions work on one database, it would never end

struct Place {
    int round = 1;
    ProductImageId after;
};

Place place_from(const std::string& text) {
    std::istringstream words(text);
    Place place;
    if (!(words >> place.round >> place.after.value)) {
        throw Error(ErrorCode::Corrupted, fmt::format("A stored reindex task has the subject '{:.50}'.", text));
    }
    return place;
}

NewTask renew_from(const Place& place) {
    return {.kind = step_name,
            .subject = fmt::format("{} {}", place.round, place.after.value),
            .priority = {},
            .run_after = {}};
}

/// The first `page` such links after `after`, of either engine.
std::vector<ProductImageId> outdated(Transaction& tx, const SwitchingEngine& engines, ProductImageId after) {
    std::vector<ProductImageId> links;
    for (const auto& versions : engines.versions_of_all()) {
        std::ranges::copy(model_repository::labelled_otherwise(
                              tx, {.vector_model = versions.vector, .label_model = versions.label}, after, page),
                          std::back_inserter(links));
    }
    std::ranges::sort(links);
    if (links.size() > page) links.resize(page);
    return links;
}

class RenewLabelsStep final : public Step {
public:
    explicit RenewLabelsStep(const ModelChangeParts& parts) : parts_(parts) {}

    [[nodiscard]] std::string kind() const override { return step_name; }

    [[nodiscard]] Outcome compute(const Task& task, const StepContext&) override {
        const Place place = place_from(task.subject);
        const JobId id = task.job_id;
        std::vector<ProductImageId> links;
        std::int64_t left = 0;
        int failed = 0;
        parts_.database.read([&](Transaction& tx) {
            links = outdated(tx, parts_.engines, place.after);
            if (links.empty() || place.after.value == 0) {
                left = count_outdated_labels(model_repository::count_by_models(tx), parts_.engines);
            }
            if (const auto job = job_repository::find(tx, id)) failed = job->crops_failed;
        });
        if (!links.empty()) return renew(links, left, place, id);
        if (left == 0) return end(id);
        if (failed > 0 || place.round >= rounds_max) {
            return Fail{fmt::format("{} labels could not be made anew{}; run vitrine reindex again.", left,
                                    failed > 0 ? ", the job's errors name the first" : "")};
        }
        return Done{[next = renew_from({.round = place.round + 1, .after = {}})](Transaction&) {
            return Next{.tasks = {next}, .fan_out = {}};
        }};
    }

private:
    [[nodiscard]] Outcome renew(const std::vector<ProductImageId>& links, std::int64_t left, const Place& place,
                                JobId id) const {
        FanOut fan_out;
        for (const ProductImageId link : links) fan_out.children.push_back(RelabelStep::task_for(link, place.round));
        fan_out.then = renew_from({.round = place.round, .after = links.back()});
        fan_out.at_once = parts_.at_once;
        return Done{[fan_out, left, id, begins = place.after.value == 0](Transaction& tx) {
            const auto job = job_repository::find(tx, id);
            if (begins && job) {
                const auto total = job->crops_done + job->crops_failed + static_cast<int>(left);
                job_repository::set_crops(tx, id, {.total = total, .done = job->crops_done});
            }
            return Next{.tasks = {}, .fan_out = fan_out};
        }};
    }

    [[nodiscard]] Outcome end(JobId id) const {
        return Done{.effects =
                        [this, id](Transaction& tx) {
                            const Timestamp now = parts_.clock.now();
                            const auto job = job_repository::find(tx, id);
                            ReindexReport report;
                            report.from = report.to = model_repository::models(tx).active;
                            report.images = job ? job->crops_done : 0;
                            lifecycle_run_repository::save_report(tx, id, job_kind::reindex, to_json(report), now);
                            job_repository::finish(tx, id, JobState::Succeeded, now);
                            return Next{};
                        },
                    .ends_job = true};
    }

    const ModelChangeParts parts_;
};

} // namespace

std::int64_t count_outdated_labels(const std::vector<model_repository::LinksOfModels>& links,
                                   const SwitchingEngine& engines) {
    std::int64_t outdated = 0;
    for (const auto& versions : engines.versions_of_all()) {
        for (const auto& [models, are_primary, count] : links) {
            if (models.vector_model == versions.vector && models.label_model != versions.label) outdated += count;
        }
    }
    return outdated;
}

std::unique_ptr<Step> make_label_renewal(const ModelChangeParts& parts) {
    return std::make_unique<RenewLabelsStep>(parts);
}

NewTask first_label_renewal() {
    return renew_from({});
}

} // namespace vitrine
