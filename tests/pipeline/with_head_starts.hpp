#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "storage/job_repository.hpp"
#include "storage/query_result_repository.hpp"
#include "storage/task_repository.hpp"

#include "pipeline_house.hpp"
#include "watched_stores.hpp"

namespace vitrine::testing {

inline constexpr auto every_question = {ModelPace::Question::Crop, ModelPace::Question::Label,
                                        ModelPace::Question::Match, ModelPace::Question::Search};

/// A house whose models are quick, so that awaited jobs have head starts.
class WithHeadStarts : public ::testing::Test {
protected:
    WithHeadStarts() { begin(); }

    /// Anew after each start of the house.
    void begin() {
        // Before its workers have looked at what another process left there are none; a job that has ended tells of it.
        house.index("earlier", "Mug", strips({{128, 128, 128}}));
        house.deletion->remove_product("earlier");
        house.vision.crop_calls = 0;
        house.vision.label_calls = 0;
        models_take(std::chrono::microseconds(10));
    }

    /// As if the models had always taken so long.
    void models_take(std::chrono::nanoseconds time) {
        for (const auto question : every_question) {
            for (int i = 0; i < 100; ++i) house.pace->note(question, time);
        }
    }

    AddedProduct add(const std::string& id, const std::string& name, const std::string& bytes) {
        return house.intake->add_product({.external_id = id, .name = name, .description = "", .category = ""}, bytes,
                                         {.is_awaited = true});
    }

    JobId ask(const std::string& bytes) { return house.intake->submit_query(bytes, {.told_when_ended = true}); }

    Job job(JobId id) {
        return *house.database->read([&](Transaction& tx) { return job_repository::find(tx, id); });
    }

    /// How many tasks of each kind the job has, all of which ended well.
    std::map<std::string, int> ended_tasks(JobId id) {
        std::map<std::string, int> count;
        for (const Task& task :
             house.database->read([&](Transaction& tx) { return task_repository::tasks_of(tx, id); })) {
            EXPECT_EQ(task.state, TaskState::Succeeded) << task.kind;
            ++count[task.kind];
        }
        return count;
    }

    std::vector<std::pair<std::string, double>> answer(JobId id) {
        std::vector<std::pair<std::string, double>> products;
        for (const auto& result :
             house.database->read([&](Transaction& tx) { return query_result_repository::results_of(tx, id); }))
            products.emplace_back(result.product_id, result.score);
        return products;
    }

    /// The house's, with something to do before each acceptance, and perhaps other files and limits.
    Intake watched_intake(std::function<void(const NewJob&)> before_accept, BlobStore* blobs = nullptr,
                          DecodeLimits limits = {}) {
        return Intake(
            {.database = *house.database,
             .blobs = blobs != nullptr ? *blobs : *house.blobs,
             .pictures = *house.pictures,
             .head_starts = *house.head_starts,
             .vision = house.vision,
             .vectors = *house.vectors,
             .clock = house.clock,
             .limits = limits,
             .accept =
                 [this, before_accept = std::move(before_accept)](Transaction& tx, const NewJob& job, Flush flush) {
                     before_accept(job);
                     return house.workers->accept(tx, job, flush);
                 },
             .remove_asked_files = [] {}});
    }

    std::function<void()> before_search = [] {};
    PipelineHouse house{2, 8, [this](Database& database, const Clock&) {
                            return std::make_unique<WatchedVectors>(make_embedded_store(database), before_search);
                        }};
};

} // namespace vitrine::testing
