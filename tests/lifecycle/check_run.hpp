#pragma once

#include <chrono>

#include <gtest/gtest.h>

#include "lifecycle/run_reports.hpp"
#include "pipeline/pipeline_house.hpp"
#include "storage/lifecycle_run_repository.hpp"

namespace vitrine::testing {

/// Checks the whole house, and lets what the check asked for be carried out: files removed, vectors delivered.
inline CheckReport check_of(PipelineHouse& house, const CheckOptions& options) {
    const JobId job = house.database->write([&](Transaction& tx) {
        tx.after_commit([&house] { house.workers->wake(); });
        return start_check(tx, house.lifecycle_parts(), options, false);
    });
    EXPECT_EQ(house.finish(job), JobState::Succeeded);
    house.keeper->tidy();
    if (house.delivery) house.delivery->wait_until_idle(std::chrono::steady_clock::now() + std::chrono::seconds(30));
    return house.database->read(
        [&](Transaction& tx) { return check_report_from(*lifecycle_run_repository::report_of(tx, job)); });
}

} // namespace vitrine::testing
