// The pipeline with an engine that answers at once, beside a bare loop that does only the work on pixels that such a
// pipeline cannot avoid: decode, cut, encode. Same photos, same threads, same run.
//
//     build/release/bench/pipeline_bench [photos=300] [threads=2] [database=sqlite|postgres]
//
// Prints crops per second of both, their ratio, and the median of one query's overhead: all that is not engine or
// pixels, from the photo's bytes to the end of its job. Every job is awaited, so that it has
// a head start. With postgres it starts a server of its own, which flushes, and then also runs the pipeline once more
// within limits on model calls that are never reached: what keeping to ml.limits over all workers costs.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string_view>
#include <thread>

#include <fmt/format.h>
#include <opencv2/core/utility.hpp>
#include <unistd.h>

#include "engine/intake.hpp"
#include "images/codec.hpp"
#include "jobs/call_limit.hpp"
#include "jobs/worker_pool.hpp"
#include "ml/sharpness.hpp"
#include "pipeline/model_pace.hpp"
#include "pipeline/pipeline.hpp"
#include "storage/file_blob_store.hpp"
#include "storage/postgres_database.hpp"
#include "storage/postgres_test_server.hpp"
#include "storage/sqlite_database.hpp"
#include "vectors/embedded_store.hpp"

namespace vitrine {
namespace {

using Seconds = std::chrono::duration<double>;
using SteadyClock = std::chrono::steady_clock;

const std::vector<Box> four_crops{{0, 0, 320, 240}, {320, 0, 320, 240}, {0, 240, 320, 240}, {320, 240, 320, 240}};

/// Answers four boxes, an empty label and one vector, without looking.
class InstantVision final : public VisionEngine {
public:
    /// `limit` may be nullptr: every call then begins at once.
    explicit InstantVision(std::unique_ptr<CallLimit> limit) : limit_(std::move(limit)) {}

    [[nodiscard]] ModelVersions versions() const override { return {"none 1", "none 1", "none 1", 512}; }
    [[nodiscard]] Detections crop(const Picture&) override {
        const auto turn = wait_for_turn();
        Detections answer{.found = {}, .version = "none 1"};
        for (const Box& box : four_crops) answer.found.push_back({.box = box, .score = 0.9, .category = {}});
        return answer;
    }
    [[nodiscard]] Labelled label(const Picture&) override {
        const auto turn = wait_for_turn();
        Labelled labelled;
        labelled.label_version = labelled.vector_version = "none 1";
        labelled.vector.assign(512, 0.0F);
        labelled.vector.front() = 1.0F;
        return labelled;
    }
    [[nodiscard]] std::vector<double> match(const std::string&, const std::vector<std::string>& candidates) override {
        return std::vector<double>(candidates.size(), 0.5);
    }

private:
    [[nodiscard]] std::optional<CallLimit::Turn> wait_for_turn() {
        return limit_ ? std::optional(limit_->wait_for_turn()) : std::nullopt;
    }

    const std::unique_ptr<CallLimit> limit_;
};

/// Limits that are kept and never reached.
std::unique_ptr<CallLimit> wide_limit(Database& database) {
    return std::make_unique<CallLimit>(database, CallLimitOptions{.name = "ml",
                                                                  .holder = "pipeline_bench",
                                                                  .concurrency = 1'000,
                                                                  .calls_per_second = 100'000,
                                                                  .burst = 100'000});
}

/// A photo-like picture of 640x480: smooth waves with a sensor's noise. Its JPEG has 46 KB; real photos of groceries
/// and clothing, reduced to this size and quality, have 28 to 65.
std::string photo(int number) {
    std::mt19937 random(static_cast<unsigned>(number));
    std::uniform_int_distribution<int> noise(-4, 4);
    Picture picture{.width = 640, .height = 480, .rgb = {}};
    picture.rgb.reserve(640 * 480 * 3);
    for (int y = 0; y < 480; ++y) {
        for (int x = 0; x < 640; ++x) {
            const int grain = noise(random);
            for (int c = 0; c < 3; ++c) {
                const double wave = std::sin(0.03 * (x * (c + 1) + y * 2 + number * 37));
                picture.rgb.push_back(static_cast<std::uint8_t>(128 + static_cast<int>(60 * wave) + grain));
            }
        }
    }
    return encode_jpeg(picture, 85);
}

struct House {
    House(const std::filesystem::path& folder, std::unique_ptr<Database> the_database, int threads, bool limited)
        : database(std::move(the_database)), clock(database->clock()),
          vision(limited ? wide_limit(*database) : nullptr), blobs(folder / "images", Durability::Full),
          vectors(make_embedded_store(*database, {})), queue(make_sql_queue()),
          pictures(blobs, DecodeLimits{}, std::size_t{64} << 20), candidates(*database, std::size_t{16} << 20),
          head_starts(pipeline_parts()),
          intake({.database = *database,
                  .blobs = blobs,
                  .pictures = pictures,
                  .head_starts = head_starts,
                  .vision = vision,
                  .vectors = *vectors,
                  .clock = clock,
                  .limits = {},
                  .accept = [this](Transaction& tx, const NewJob& job,
                                   Flush flush) { return workers->accept(tx, job, flush); },
                  .remove_asked_files = [] {}}) {
        WorkerOptions options;
        options.threads = threads;
        options.sole_owner = !database->is_shared();
        workers =
            std::make_unique<WorkerPool>(*database, *queue, clock, make_pipeline_steps(pipeline_parts()), options);
    }

    PipelineParts pipeline_parts() {
        return {.database = *database,
                .queue = *queue,
                .vectors = *vectors,
                .vision = vision,
                .pictures = pictures,
                .candidates = candidates,
                .clock = clock,
                .pace = pace,
                .options = {}};
    }

    void finish(JobId job) {
        const auto state = workers->wait(job, SteadyClock::now() + std::chrono::seconds(60));
        if (state != JobState::Succeeded) {
            std::fprintf(stderr, "pipeline_bench: job %lld did not succeed\n", static_cast<long long>(job.value));
            std::exit(1);
        }
    }

    std::unique_ptr<Database> database;
    const Clock& clock;
    InstantVision vision;
    FileBlobStore blobs;
    std::unique_ptr<VectorStore> vectors;
    std::unique_ptr<Queue> queue;
    PictureSource pictures;
    CandidateSource candidates;
    ModelPace pace;
    HeadStarts head_starts;
    Intake intake;
    std::unique_ptr<WorkerPool> workers;
};

/// What a run took: by the clock, and of the processors' time in this process.
struct Spent {
    double seconds = 0.0;
    double processor_seconds = 0.0;
};

double processor_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; // of all threads
}

/// Runs `work(i)` for every i in [0, count) on `threads` threads.
template <class Work>
Spent in_parallel(int count, int threads, Work work) {
    std::atomic<int> next{0};
    const auto start = SteadyClock::now();
    const double processor_start = processor_seconds();
    {
        std::vector<std::jthread> pool;
        for (int t = 0; t < threads; ++t) {
            pool.emplace_back([&] {
                for (int i = next++; i < count; i = next++) work(i);
            });
        }
    }
    return {Seconds(SteadyClock::now() - start).count(), processor_seconds() - processor_start};
}

Spent bare_loop(const std::vector<std::string>& photos, int threads) {
    return in_parallel(static_cast<int>(photos.size()), threads, [&](int i) {
        const DecodedPicture decoded = decode(photos[static_cast<std::size_t>(i)], {});
        for (const Box& box : four_crops) encode_jpeg(cut(decoded.picture, box));
    });
}

Spent whole_pipeline(House& house, const std::vector<std::string>& photos, int in_flight) {
    return in_parallel(static_cast<int>(photos.size()), in_flight, [&](int i) {
        const auto added = house.intake.add_product({.external_id = fmt::format("P{}", i),
                                                     .name = fmt::format("Product {}", i),
                                                     .description = "",
                                                     .category = ""},
                                                    photos[static_cast<std::size_t>(i)], {.is_awaited = true});
        house.finish(*added.job);
    });
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

template <class Work>
double milliseconds_of(Work work) {
    const auto start = SteadyClock::now();
    work();
    return Seconds(SteadyClock::now() - start).count() * 1e3;
}

/// All that happens to a photo's pixels in a query, done alone.
void touch_pixels(const std::string& bytes) {
    const DecodedPicture decoded = decode(bytes, {});
    for (const Box& box : four_crops) static_cast<void>(sharpness(decoded.picture, box));
    for (const Box& box : four_crops) static_cast<void>(cut(decoded.picture, box));
}

constexpr int queries = 200;

/// Of photos that were never seen: all of the query but its pixels, which are timed alone right before and taken off.
double overhead_of_new_photos(House& house, const std::vector<std::string>& photos) {
    std::vector<double> overheads;
    for (const std::string& bytes : photos) {
        const double pixels = milliseconds_of([&] { touch_pixels(bytes); });
        overheads.push_back(
            milliseconds_of([&] { house.finish(house.intake.submit_query(bytes, {.told_when_ended = true})); }) -
            pixels);
    }
    return median(std::move(overheads));
}

/// Of a photo that was seen before, so that nothing of it is decoded, cut or labelled again; nothing is taken off.
double overhead_of_known_photo(House& house, const std::string& bytes) {
    std::vector<double> overheads;
    for (int i = 0; i < queries; ++i) {
        overheads.push_back(
            milliseconds_of([&] { house.finish(house.intake.submit_query(bytes, {.told_when_ended = true})); }));
    }
    return median(std::move(overheads));
}

int run(int count, int threads, bool postgres) {
    cv::setNumThreads(1); // as the program does: its workers are the parallelism
    std::string name = (std::filesystem::temp_directory_path() / "vitrine-bench-XXXXXX").string();
    const std::filesystem::path folder = ::mkdtemp(name.data());
    std::optional<testing_support::PostgresServer> server;
    if (postgres) server.emplace(testing_support::PostgresServer::Flush::Yes);
    const auto new_house = [&](const std::string& part, bool limited) {
        std::filesystem::create_directories(folder / part);
        return std::make_unique<House>(folder / part,
                                       server ? open_postgres({.url = server->new_database()})
                                              : open_sqlite({.file = folder / part / "vitrine.db"}),
                                       threads, limited);
    };
    std::vector<std::string> photos, asked;
    for (int i = 0; i < count; ++i) photos.push_back(photo(i));
    for (int i = 0; i < queries; ++i) asked.push_back(photo(count + i));
    const double crops = 4.0 * count;
    {
        const auto house = new_house("free", false);
        const Spent bare = bare_loop(photos, threads);
        const Spent whole = whole_pipeline(*house, photos, 16);
        fmt::print("{} photos of 640x480 with 4 crops each, {} threads, durability full, {}\n", count, threads,
                   postgres ? "PostgreSQL" : "SQLite");
        const auto tell = [&](std::string_view what, const Spent& spent) {
            fmt::print("{:32} {:8.0f} crops/s, {:.2f} ms of a processor each\n", what, crops / spent.seconds,
                       1e3 * spent.processor_seconds / crops);
        };
        tell("bare loop (decode, cut, encode)", bare);
        tell("pipeline with a no-op engine", whole);
        fmt::print("ratio                            {:8.2f}\n", bare.seconds / whole.seconds);
        fmt::print("one query's overhead, median     {:8.2f} ms of a new photo, {:.2f} ms of a known one\n",
                   overhead_of_new_photos(*house, asked), overhead_of_known_photo(*house, photos.front()));
    }
    if (postgres) {
        const auto house = new_house("limited", true);
        fmt::print("pipeline within limits           {:8.0f} crops/s\n",
                   crops / whole_pipeline(*house, photos, 16).seconds);
    }
    std::filesystem::remove_all(folder);
    return 0;
}

} // namespace
} // namespace vitrine

int main(int argc, char** argv) {
    const bool postgres = argc > 3 && std::string_view(argv[3]) == "postgres";
    return vitrine::run(argc > 1 ? std::atoi(argv[1]) : 300, argc > 2 ? std::atoi(argv[2]) : 2, postgres);
}
