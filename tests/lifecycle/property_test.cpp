// Random sequences of everything that the life of a catalogue holds, over a real database and real stores, with deaths
// in the midst of work; after each sequence what must always be true is looked at.
//
// `scripts/random-lives` runs as many as one wants over both databases and both vector stores: VITRINE_SEQUENCES says
// how many of each form, VITRINE_SEED where they begin, VITRINE_TEST_DATABASE=postgres takes PostgreSQL.

#include <cstdlib>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "lifecycle/model_change.hpp"
#include "pipeline/pipeline_house.hpp"
#include "servers/chroma_server.hpp"
#include "storage/job_repository.hpp"
#include "storage/model_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/task_repository.hpp"
#include "storage/vector_outbox_repository.hpp"
#include "vectors/chroma_store.hpp"

#include "whole_catalogue.hpp"

namespace vitrine::testing {
namespace {

int number_from_environment(const char* name, int otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::atoi(text);
}

/// Waits for what takes a moment: nothing here may wait for a look that comes by itself, the first of which would come
/// after 30 s. A second in which this process was not let run does not count, nor one in which the database could not
/// be reached: these tests run for long beside others that take the whole machine.
template <class Attempt>
bool patiently(Attempt attempt) {
    using Clock = std::chrono::steady_clock;
    constexpr std::chrono::milliseconds second{1'000}, late{50};
    constexpr int seconds_max = 25;
    const auto until = Clock::now() + std::chrono::hours(1);
    for (int seconds = 0; seconds < seconds_max && Clock::now() < until;) {
        const auto deadline = Clock::now() + second;
        try {
            if (attempt(deadline)) return true;
            if (Clock::now() < deadline + late) ++seconds;
        } catch (const Error& error) {
            if (!error.retryable()) throw;
            std::this_thread::sleep_until(deadline);
        }
    }
    return false;
}

/// Does it, once that is possible.
template <class Action>
void once_possible(Action action) {
    EXPECT_TRUE(patiently([&](auto) {
        action();
        return true;
    }));
}

/// One house that lives through many sequences: deleting everything is a part of the game.
class LifeOfACatalogue {
public:
    LifeOfACatalogue(PipelineHouse& house, unsigned seed) : house_(house), random_(seed) {}

    void live_through(int steps) {
        for (int i = 0; i < steps; ++i) act();
        settle();
        expect_invariants();
    }

private:
    [[nodiscard]] int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
    [[nodiscard]] std::string product() { return fmt::format("P{}", pick(4)); }
    [[nodiscard]] std::string picture() {
        const int number = pick(6);
        return strips({{40 * number, 200 - 30 * number, 20 * number}, {10, 30 * number, 90}});
    }

    void act() {
        switch (pick(house_.has_next ? 15 : 11)) {
        case 0:
        case 1:
        case 2: accepted([&] { return house_.add(product(), "red thing", picture()).job; }); break;
        case 3:
        case 4: {
            accepted([&] { return std::optional(house_.intake->submit_query(picture(), {})); });
            break;
        }
        case 5: retried([&] { house_.deletion->remove_product(product()); }); break;
        case 6:
            if (!jobs_.empty()) {
                const JobId job = jobs_[static_cast<std::size_t>(pick(static_cast<int>(jobs_.size())))];
                retried([&] { house_.deletion->erase_query(job); });
            }
            break;
        case 7: {
            if (pick(2) == 0) house_.clock.move(std::chrono::days(200));
            started([&](Transaction& tx) {
                return start_cleanup(tx, house_.lifecycle_parts(), months_from(house_.clock.now(), -12), true);
            });
            break;
        }
        case 8:
            started([&](Transaction& tx) {
                return start_check(tx, house_.lifecycle_parts(), {.repair = true, .hash_files = false}, true);
            });
            break;
        case 9: // in the midst of whatever runs
            house_.die(pick(3) == 0 ? PipelineHouse::End::Asked : PipelineHouse::End::Killed);
            once_possible([&] { house_.start(); });
            break;
        case 10: choose(); break;
        case 11:
            ++house_.vision.label_version; // the labels are made anew, or with the change
            [[fallthrough]];
        case 12:
            changed([target = target_model(house_.model_change_parts())](
                        Transaction& tx, const ModelChangeParts& parts) { return start_change(tx, parts, target); });
            break;
        case 13: changed(start_rollback); break;
        default: changed(start_drop); break;
        }
        if (pick(3) == 0 && !jobs_.empty()) expect_end(jobs_.back());
    }

    /// A person takes another crop for a product's primary one, where there is one to be taken.
    void choose() {
        const std::string id = product();
        std::optional<ProductDetail> detail;
        once_possible([&] { detail = house_.catalogue->find(id); });
        if (!detail || detail->crops.empty()) return;
        const auto& crop = detail->crops[static_cast<std::size_t>(pick(static_cast<int>(detail->crops.size())))];
        try {
            house_.catalogue->choose_primary(id, crop.image.id);
        } catch (const Error& error) { // it is gone by now, or of the other model
            EXPECT_TRUE(error.code() == ErrorCode::NotFound || error.code() == ErrorCode::Conflict || error.retryable())
                << error.what();
        }
        once_possible([&] { // a choice beside a change of models starts a job
            const auto stored =
                house_.database->read([&](Transaction& tx) { return product_repository::find_by_external_id(tx, id); });
            if (stored && stored->job_id) jobs_.push_back(*stored->job_id);
        });
    }

    template <class Accept>
    void accepted(Accept accept) {
        retried([&] {
            if (const auto job = accept()) jobs_.push_back(*job);
        });
    }

    template <class Start>
    void started(Start start) {
        retried([&] {
            jobs_.push_back(house_.database->write([&](Transaction& tx) {
                tx.after_commit([this] { house_.workers->wake(); });
                return start(tx);
            }));
        });
    }

    /// A change of models, its way back or its end; refused where there is nothing to change back to or to drop.
    template <class Start>
    void changed(Start start) {
        try {
            const auto job = house_.database->write([&](Transaction& tx) {
                tx.after_commit([this] { house_.workers->wake(); });
                return std::optional<JobId>(start(tx, house_.model_change_parts()));
            });
            if (job) jobs_.push_back(*job);
        } catch (const Error& error) {
            EXPECT_TRUE(error.code() == ErrorCode::Conflict || error.retryable()) << error.what();
        }
    }

    /// What is being removed may be refused for a moment; nothing else may go wrong.
    template <class Action>
    void retried(Action action) {
        try {
            action();
        } catch (const Error& error) {
            EXPECT_TRUE(error.retryable()) << error.what();
        }
    }

    /// Waits for the job's end, if it was not erased; tells all that is known of one that does not come to it.
    void expect_end(JobId id) {
        try {
            if (patiently([&](auto deadline) { return house_.workers->wait(id, deadline).has_value(); })) return;
            house_.database->read([&](Transaction& tx) {
                const auto job = job_repository::find(tx, id);
                ADD_FAILURE() << (job ? told(tx, *job) : "it is gone")
                              << "\nwaiting for the vector server: " << vector_outbox_repository::count(tx).waiting;
            });
            ADD_FAILURE() << what_helps(id);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::NotFound) << error.what();
        }
    }

    /// Whether the database still commits, and whether the job goes on once the workers are told to look: then nobody
    /// had told them.
    std::string what_helps(JobId id) {
        const auto began = std::chrono::steady_clock::now();
        house_.database->write([](Transaction&) {});
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
        const auto in_a_moment = [] { return std::chrono::steady_clock::now() + std::chrono::seconds(5); };
        if (house_.workers->wait(id, in_a_moment()))
            return fmt::format("It ended during a commit of {:.1f} s.", took.count());
        house_.workers->wake();
        return fmt::format("A commit took {:.1f} s; woken, the job {}.", took.count(),
                           house_.workers->wait(id, in_a_moment()) ? "ended" : "did not end");
    }

    void settle() {
        for (const JobId job : jobs_) expect_end(job);
        if (house_.delivery) {
            EXPECT_TRUE(patiently([&](auto deadline) { return house_.delivery->wait_until_idle(deadline); }));
        }
        house_.clock.move(std::chrono::minutes(5));
        for (int i = 0; i < 2; ++i) once_possible([&] { house_.keeper->tidy(); });
    }

    static std::string told(Transaction& tx, const Job& job) {
        std::string text = fmt::format("{} job {} in stage '{}' has not ended:", job.kind, job.id.value, job.stage);
        for (const Task& task : task_repository::tasks_of(tx, job.id)) {
            text +=
                fmt::format("\n  {} '{}' {} attempts {} due {} '{}' {}", task.kind, task.subject, to_string(task.state),
                            task.attempts, task.run_after.time_since_epoch().count(), task.lease_owner, task.error);
        }
        return text;
    }

    void expect_invariants() {
        house_.database->read([&](Transaction& tx) {
            for (const JobId id : jobs_) {
                const auto job = job_repository::find(tx, id);
                EXPECT_TRUE(!job || is_final(job->state)) << told(tx, *job);
            }
        });
        once_possible([&] { house_.database->read([](Transaction&) {}); });
        expect_whole(*house_.database, *house_.vectors, *house_.blobs);
        expect_links_of_both_models();
    }

    /// As long as a change can be taken back, the way back costs no model call.
    void expect_links_of_both_models() {
        house_.database->read([](Transaction& tx) {
            const std::string standby = model_repository::models(tx).standby;
            if (standby.empty()) return;
            EXPECT_EQ(model_repository::count_lacking_standby(tx, standby), 0) << "products lack a link of " << standby;
        });
    }

    PipelineHouse& house_;
    std::mt19937 random_;
    std::vector<JobId> jobs_;
};

/// The vectors of the `number`th house: each has a database of its own, and so collections of its own.
using VectorsOfHouse = std::function<PipelineHouse::OpenVectors(int number)>;

PipelineHouse::OpenVectors embedded(int) {
    return [](Database& database, const Clock&) { return make_embedded_store(database); };
}

VectorsOfHouse on(const test::ChromaServer& server) {
    return [&server](int number) {
        return [&server, number](Database& database, const Clock& clock) {
            ChromaStoreOptions options;
            options.address.url = server.url();
            options.family = fmt::format("house{}", number);
            options.retry = {.initial = Milliseconds{5}, .max = Milliseconds{50}};
            return make_chroma_store(database, clock, options);
        };
    };
}

enum class Models { One, Two };

/// Opens houses one after the other, each for some hundred lives: what is deleted leaves traces in the next life, but
/// not for ever. Two models: the lives also change, go back and drop.
void live(Models models, int sequences_otherwise, const VectorsOfHouse& vectors) {
    constexpr int lives_of_a_house = 250;
    const int sequences = number_from_environment("VITRINE_SEQUENCES", sequences_otherwise);
    const auto first_seed = static_cast<unsigned>(number_from_environment("VITRINE_SEED", 1));
    int lived = 0;
    while (lived < sequences && !::testing::Test::HasFailure()) {
        PipelineHouse house{2, 8, vectors(lived / lives_of_a_house)};
        house.vision.strips = 2;
        if (models == Models::Two) {
            house.next_vision.version = 2;
            house.next_vision.strips = 2;
            house.has_next = true;
            house.restart();
        }
        for (int i = 0; i < lives_of_a_house && lived < sequences && !::testing::Test::HasFailure(); ++i) {
            const unsigned seed = first_seed + static_cast<unsigned>(lived++);
            SCOPED_TRACE(fmt::format("seed {}", seed));
            LifeOfACatalogue(house, seed).live_through(8);
        }
    }
    fmt::print("{} sequences lived through, seeds {} to {}\n", lived, first_seed,
               first_seed + static_cast<unsigned>(lived) - 1);
}

TEST(LifeProperty, WhateverHappensInWhateverOrderTheCatalogueStaysWhole) {
    live(Models::One, 200, embedded);
}

TEST(LifeProperty, WhateverHappensDuringChangesOfModels) {
    live(Models::Two, 100, embedded);
}

TEST(LifeProperty, TheSameOverAVectorServer) {
    const test::ChromaServer server;
    live(Models::One, 15, on(server));
}

TEST(LifeProperty, TheSameDuringChangesOfModelsOverAVectorServer) {
    const test::ChromaServer server;
    live(Models::Two, 15, on(server));
}

} // namespace
} // namespace vitrine::testing
