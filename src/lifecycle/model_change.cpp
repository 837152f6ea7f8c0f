#include "lifecycle/model_change.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "lifecycle/label_renewal.hpp"
#include "lifecycle/run_reports.hpp"
#include "pipeline/awaited_vectors.hpp"
#include "pipeline/standby_step.hpp"
#include "pipeline/subjects.hpp"
#include "storage/image_reference_repository.hpp"
#include "storage/image_repository.hpp"
#include "storage/job_repository.hpp"
#include "storage/lifecycle_run_repository.hpp"
#include "storage/model_repository.hpp"

namespace vitrine {
namespace {

namespace runs = lifecycle_run_repository;
namespace catalogue = model_repository;

constexpr auto fill_step = "fill_standby";
constexpr auto drop_step = "drop_standby_links";
constexpr int priority = -50;
constexpr int page = 200;

/// "ROUND AFTER": which pass over the products, and the link it has come to.
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

NewTask fill_from(const Place& place) {
    return {.kind = fill_step,
            .subject = fmt::format("{} {}", place.round, place.after.value),
            .priority = {},
            .run_after = {}};
}

/// fill_standby: one page of products that lack a standby link, each a task; after the last page, with none lacking,
/// the swap. Products that came or changed meanwhile are another round's.
class FillStep final : public Step {
public:
    explicit FillStep(const ModelChangeParts& parts) : parts_(parts) {}

    [[nodiscard]] std::string kind() const override { return fill_step; }

    [[nodiscard]] Outcome compute(const Task& task, const StepContext&) override {
        const Place place = place_from(task.subject);
        const JobId job = task.job_id;
        struct Found {
            std::string model;
            std::vector<catalogue::Lacking> products;
            std::int64_t lacking = 0;
            catalogue::Undelivered undelivered;
            std::optional<Job> job;
        };
        const Found found = parts_.database.read([&](Transaction& tx) {
            Found read;
            read.model = catalogue::models(tx).standby;
            read.products = catalogue::lacking_standby(tx, read.model, place.after, page);
            read.lacking = catalogue::count_lacking_standby(tx, read.model);
            read.undelivered = catalogue::undelivered_standby(tx);
            read.job = job_repository::find(tx, job);
            return read;
        });
        if (found.model.empty()) return Fail{"The model was dropped before the catalogue was changed to it."};
        if (!parts_.engines.serves(found.model)) {
            return Fail{
                fmt::format("No engine here makes vectors of the model {}; configure it in [ml.next].", found.model)};
        }
        if (!found.products.empty()) return fill(found.products, found.lacking, place, job);
        if (found.lacking == 0) return swap_once_delivered(job, found.model, found.undelivered);
        if (found.job && found.job->crops_failed > 0) {
            return Fail{fmt::format("{} products could not be embedded by the model {}, so the old one stays in use; "
                                    "the job's errors name the first. Mend or remove them and run vitrine reindex "
                                    "again.",
                                    found.lacking, found.model)};
        }
        return Done{[this, place](Transaction&) {
            NewTask next = fill_from({.round = place.round + 1, .after = {}});
            if (const auto pause = pause_after(place.round); pause.count() > 0) {
                next.run_after = parts_.clock.now() + pause;
            }
            return Next{.tasks = {std::move(next)}, .fan_out = {}};
        }};
    }

private:
    /// None after the first round. Where products keep coming, each further one waits longer: a catalogue that changes
    /// all the time must not be passed over all the time.
    [[nodiscard]] static Milliseconds pause_after(int round) {
        constexpr Milliseconds step{100}, longest{10'000};
        return std::min(step * (round - 1), longest);
    }

    [[nodiscard]] Outcome fill(const std::vector<catalogue::Lacking>& products, std::int64_t lacking,
                               const Place& place, JobId job) const {
        FanOut fan_out;
        const std::string round = fmt::format("{}", place.round);
        for (const auto& product : products) fan_out.children.push_back(StandbyStep::task_for(product.product, round));
        fan_out.then = fill_from({.round = place.round, .after = products.back().link});
        fan_out.at_once = parts_.at_once;
        return Done{[fan_out, lacking, job, begins = place.after.value == 0](Transaction& tx) {
            const auto now = job_repository::find(tx, job);
            if (begins && now) {
                const auto total = now->crops_done + now->crops_failed + static_cast<int>(lacking);
                job_repository::set_crops(tx, job, {.total = total, .done = now->crops_done});
            }
            return Next{.tasks = {}, .fan_out = fan_out};
        }};
    }

    /// A vector server gets what it is told a moment later, or when it is back: until then the old model is searched.
    [[nodiscard]] Outcome swap_once_delivered(JobId job, const std::string& model,
                                              const catalogue::Undelivered& undelivered) const {
        constexpr Milliseconds look_again{200};
        if (undelivered.refused > 0) {
            return Fail{fmt::format("The vector store refuses the vectors of {} products by the model {}, so the old "
                                    "one stays in use; its log says why.",
                                    undelivered.refused, model)};
        }
        if (undelivered.waiting > 0) {
            return Retry{.after = look_again,
                         .why =
                             fmt::format("{} vectors wait to be delivered to the vector store.", undelivered.waiting),
                         .counts_as_attempt = false};
        }
        return swap(job, model);
    }

    [[nodiscard]] Outcome swap(JobId job, const std::string& model) const {
        return Done{.effects =
                        [this, job, model](Transaction& tx) {
                            const Timestamp now = parts_.clock.now();
                            const auto models = catalogue::hold(tx, true);
                            if (models.standby != model) {
                                throw Error(ErrorCode::Conflict, "The model was dropped meanwhile.");
                            }
                            if (catalogue::count_lacking_standby(tx, model) > 0) {
                                throw Error(ErrorCode::Unavailable, "Products came meanwhile; they are filled first.");
                            }
                            if (catalogue::undelivered_standby(tx).waiting > 0) {
                                throw Error(ErrorCode::Unavailable, "Vectors wait to be delivered first.");
                            }
                            catalogue::swap(tx, now);
                            ReindexReport report;
                            report.from = models.active;
                            report.to = models.standby;
                            const auto ended = job_repository::find(tx, job);
                            report.images = ended ? ended->crops_done : 0;
                            report.switched = true;
                            runs::save_report(tx, job, job_kind::reindex, to_json(report), now);
                            job_repository::finish(tx, job, JobState::Succeeded, now);
                            return Next{};
                        },
                    .ends_job = true};
    }

    const ModelChangeParts parts_;
};

/// drop_standby_links ("ROUND 0 MODEL"): some of them with their vectors and, where the dropped model's detector cut
/// their pictures, the crops that nobody links to; when none is left, what the vector store keeps for the model.
class DropStep final : public Step {
public:
    explicit DropStep(const ModelChangeParts& parts) : parts_(parts) {}

    [[nodiscard]] std::string kind() const override { return drop_step; }

    [[nodiscard]] Outcome compute(const Task& task, const StepContext&) override {
        const JobId job = task.job_id;
        const bool last = parts_.database.read([](Transaction& tx) { return catalogue::standby_links(tx, 1).empty(); });
        const Place place = place_from(task.subject);
        const std::string model = model_of(task.subject);
        if (last) {
            if (!model.empty()) parts_.vectors.drop_model(model);
            return Done{.effects =
                            [this, job](Transaction& tx) {
                                job_repository::finish(tx, job, JobState::Succeeded, parts_.clock.now());
                                return Next{};
                            },
                        .ends_job = true};
        }
        return Done{[this, place, model](Transaction& tx) {
            const Timestamp now = parts_.clock.now();
            for (const auto& link : catalogue::standby_links(tx, page)) {
                remove_vector(tx, parts_.vectors, parts_.queue, link.id, now);
                catalogue::remove_link(tx, link.id);
                image_repository::forget_detector_of(tx, link.image);
                const auto crop = image_repository::find(tx, link.image);
                if (crop && crop->original_id) image_reference_repository::release(tx, *crop->original_id, now);
            }
            return Next{.tasks = {drop_from(place.round + 1, model)}, .fan_out = {}};
        }};
    }

    static NewTask drop_from(int round, const std::string& model) {
        return {.kind = drop_step, .subject = fmt::format("{} 0 {}", round, model), .priority = {}, .run_after = {}};
    }

private:
    /// Empty in a task of an earlier version.
    static std::string model_of(const std::string& subject) {
        std::istringstream words(subject);
        std::string round, after, model;
        words >> round >> after >> std::ws;
        std::getline(words, model);
        return model;
    }

    const ModelChangeParts parts_;
};

/// As model_repository::count_not_of.
std::int64_t count_not_of(const std::vector<catalogue::LinksOfModels>& links, const std::string& model) {
    std::int64_t others = 0;
    for (const auto& [models, are_primary, count] : links) {
        if (are_primary && models.vector_model != model) others += count;
    }
    return others;
}

JobId accept(Transaction& tx, const ModelChangeParts& parts, NewTask first, const ReindexReport& report) {
    const Timestamp now = parts.clock.now();
    const JobId job = parts.queue.accept(tx,
                                         {.kind = job_kind::reindex,
                                          .subject = first.subject,
                                          .priority = priority,
                                          .first = std::move(first),
                                          .idempotency_key = {}},
                                         now);
    runs::save_report(tx, job, job_kind::reindex, to_json(report), now);
    return job;
}

} // namespace

std::string target_model(const ModelChangeParts& parts) {
    VisionEngine& engine = parts.engines.target();
    const auto versions = engine.versions();
    if (!versions.vector.empty() && !versions.label.empty()) return versions.vector;
    constexpr int side = 64;
    const Picture grey{.width = side, .height = side, .rgb = std::vector<std::uint8_t>(side * side * 3, 128)};
    return engine.label(grey).vector_version;
}

ReindexEstimate estimate_change(const ModelChangeParts& parts) {
    const std::string target = target_model(parts);
    return parts.database.read([&](Transaction& tx) {
        const auto models = catalogue::models(tx);
        ReindexEstimate estimate;
        estimate.from = models.active.empty() ? catalogue::model_of_links(tx) : models.active;
        estimate.to = target;
        const auto links = catalogue::count_by_models(tx);
        estimate.images = count_not_of(links, target);
        estimate.model_calls =
            models.standby == target ? catalogue::count_lacking_standby(tx, target) : estimate.images;
        if (estimate.from == target) estimate.labels = count_outdated_labels(links, parts.engines);
        estimate.model_calls += estimate.labels;
        estimate.unchanged = estimate.from == target && estimate.images == 0 && estimate.labels == 0;
        const double call_ms = catalogue::recent_label_ms(tx).value_or(0.0);
        estimate.seconds = static_cast<double>(estimate.model_calls) * call_ms / 1000.0 / parts.at_once;
        return estimate;
    });
}

std::optional<JobId> start_change(Transaction& tx, const ModelChangeParts& parts, const std::string& target) {
    const auto models = catalogue::hold(tx, true);
    if (const auto running = runs::unfinished(tx, job_kind::reindex)) return running;
    const auto links = catalogue::count_by_models(tx);
    if ((models.active == target || models.active.empty()) && count_not_of(links, target) == 0) {
        if (count_outdated_labels(links, parts.engines) == 0) return std::nullopt;
        ReindexReport report;
        report.from = report.to = target;
        return accept(tx, parts, first_label_renewal(), report);
    }
    if (!models.standby.empty() && models.standby != target) {
        throw Error(ErrorCode::Conflict,
                    fmt::format("The catalogue still keeps the vectors of the model {}; run 'vitrine reindex --drop' "
                                "before changing to {}.",
                                models.standby, target));
    }
    if (models.active == target) {
        throw Error(ErrorCode::Conflict, "Products with vectors of other models are left from a change of [ml] without "
                                         "'vitrine reindex'; import the catalogue again.");
    }
    catalogue::stand_by(tx, target, parts.clock.now());
    ReindexReport report;
    report.from = models.active;
    report.to = target;
    return accept(tx, parts, fill_from({}), report);
}

JobId start_rollback(Transaction& tx, const ModelChangeParts& parts) {
    const auto models = catalogue::hold(tx, true);
    if (models.standby.empty()) {
        throw Error(ErrorCode::Conflict, "There is no model to go back to: no change was made, or it was dropped.");
    }
    if (runs::unfinished(tx, job_kind::reindex)) {
        throw Error(ErrorCode::Conflict, "A change of models is under way; wait for its end or cancel its job.");
    }
    ReindexReport report;
    report.from = models.active;
    report.to = models.standby;
    return accept(tx, parts, fill_from({}), report);
}

JobId start_drop(Transaction& tx, const ModelChangeParts& parts) {
    const auto models = catalogue::hold(tx, true);
    if (models.standby.empty()) throw Error(ErrorCode::Conflict, "There is no second model to be dropped.");
    if (runs::unfinished(tx, job_kind::reindex)) {
        throw Error(ErrorCode::Conflict, "A change of models is under way; wait for its end or cancel its job.");
    }
    catalogue::drop_standby(tx, parts.clock.now());
    ReindexReport report;
    report.from = models.standby;
    report.to = models.active;
    return accept(tx, parts, DropStep::drop_from(1, models.standby), report);
}

std::vector<std::unique_ptr<Step>> make_model_change_steps(const ModelChangeParts& parts) {
    std::vector<std::unique_ptr<Step>> steps;
    steps.push_back(std::make_unique<FillStep>(parts));
    steps.push_back(std::make_unique<DropStep>(parts));
    steps.push_back(make_label_renewal(parts));
    return steps;
}

} // namespace vitrine
