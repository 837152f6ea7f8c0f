// What the runs of docs/lifecycle.md take on a catalogue of a size: `check`, `cleanup` alone and beside queries, an
// unchanged `reindex`, over SQLite and the embedded store or a ChromaDB server, with files. Figures and commands:
// docs/performance.md.
//
//     build/release/bench/lifecycle_bench [PRODUCTS [EXPIRED [queries | URL | alone [FOLDER]]]]
//
// With a FOLDER, the first call fills it and ends, and the second measures: filling takes the longer the more there is.
// With the URL of a ChromaDB server, which the caller started, its vectors are there, in a collection of their own that
// stays there.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <thread>

#include <fmt/format.h>

#include <vitrine/engine.hpp>

#include "core/content_hash.hpp"
#include "engine/vision_parts.hpp"
#include "images/codec.hpp"
#include "storage/file_blob_store.hpp"
#include "storage/image_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/sqlite_database.hpp"
#include "storage/vector_outbox_repository.hpp"
#include "storage/vector_repository.hpp"

namespace {

using namespace vitrine;
using SteadyClock = std::chrono::steady_clock;

constexpr int dimensions = 365; // the builtin engine's
constexpr int turns = 6;        // of cleaning up beside queries; as many ages of expired pictures
constexpr int youngest_days = 400, apart_days = 50;
constexpr int page = 500;

double seconds_since(SteadyClock::time_point begin) {
    return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

Embedding unit_vector(std::mt19937& random) {
    std::normal_distribution<float> value;
    Embedding vector(dimensions);
    float squares = 0.0F;
    for (float& one : vector) {
        one = value(random);
        squares += one * one;
    }
    for (float& one : vector) one /= std::sqrt(squares);
    return vector;
}

/// An original with its file and one labelled crop, as the pipeline leaves it; the crop.
ImageId add_picture(Transaction& tx, const std::string& name, const ModelVersions& models, std::mt19937& random,
                    Timestamp made) {
    const ImageId original = image_repository::find_or_add_original(tx,
                                                                    {.sha256 = sha256_hex(name),
                                                                     .media_type = "image/png",
                                                                     .bytes = static_cast<std::int64_t>(name.size()),
                                                                     .width = 100,
                                                                     .height = 100},
                                                                    made);
    const auto crops = image_repository::save_crops(tx, original, "c", {{.box = {0, 0, 100, 100}, .score = 1}}, made);
    StructuredLabel label;
    label.colors = {"red"};
    LocalFeatures features(200);
    image_repository::save_label(tx, crops.front().id,
                                 {.label = label,
                                  .label_model = models.label,
                                  .vector = unit_vector(random),
                                  .vector_model = models.vector,
                                  .features = features});
    return crops.front().id;
}

void fill(const std::filesystem::path& folder, const ModelVersions& models, int products, int expired, bool elsewhere) {
    const auto database = open_sqlite({.file = folder / "vitrine.db", .durability = Durability::Normal});
    FileBlobStore blobs(folder / "images", Durability::Normal);
    std::mt19937 random(1);
    const Timestamp now = SystemClock().now();
    for (int from = 0; from < products + expired; from += page) {
        for (int i = from; i < std::min(from + page, products + expired); ++i) {
            const std::string name = fmt::format("picture {}", i);
            blobs.put(sha256_hex(name), name);
        }
        database->write([&](Transaction& tx) {
            for (int i = from; i < std::min(from + page, products + expired); ++i) {
                const auto age = std::chrono::days(youngest_days + apart_days * (i % turns));
                const ImageId crop =
                    add_picture(tx, fmt::format("picture {}", i), models, random, i < products ? now : now - age);
                if (i >= products) continue;
                const std::string id = fmt::format("P{}", i);
                const ProductId product = product_repository::save(
                    tx, {.external_id = id, .name = id, .description = {}, .category = {}, .attributes = "{}"}, now);
                const auto link = product_image_repository::replace_primary(
                    tx, {.product_id = product, .image_id = crop, .job_id = {1}}, now);
                if (elsewhere) {
                    vector_outbox_repository::add(tx, link, vector_outbox_repository::Operation::Put, now);
                } else {
                    vector_repository::put(tx, link, models.vector, image_repository::find(tx, crop)->vector);
                }
            }
        });
    }
}

/// Two colours in stripes, another for each number.
std::string drawing(int number) {
    constexpr int side = 96;
    Picture picture{.width = side, .height = side, .rgb = {}};
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            for (int c = 0; c < 3; ++c) {
                picture.rgb.push_back(static_cast<std::uint8_t>((x / 12 % 2 == 0 ? 200 : 20) - number * (c + 1) % 150));
            }
        }
    }
    return encode_jpeg(picture, 90);
}

/// The most memory that this process had resident since the last call, in MiB.
double peak_mib_anew() {
    double peak = 0.0;
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:")) peak = std::stod(line.substr(6)) / 1024;
    }
    std::ofstream("/proc/self/clear_refs") << 5;
    return peak;
}

/// The vectors that were recorded reach the server.
void wait_for_delivery(Engine& engine, int products) {
    const auto begin = SteadyClock::now();
    while (engine.counts().vectors < products) std::this_thread::sleep_for(std::chrono::seconds(1));
    fmt::print("delivered {} vectors in {:.0f} s\n", products, seconds_since(begin));
}

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + std::ssize(values) / 2);
    return values[values.size() / 2];
}

/// Asks one query after the other while `go_on`; the milliseconds that each took.
template <class GoOn>
void ask(Engine& engine, int& number, std::vector<double>& times, GoOn go_on) {
    while (go_on()) {
        const auto begin = SteadyClock::now();
        const JobId job = engine.submit_query(drawing(++number), {});
        engine.wait(job, begin + std::chrono::minutes(1));
        times.push_back(seconds_since(begin) * 1000);
    }
}

/// In turns: queries alone, and beside a clean-up of the next oldest pictures.
void clean_up_beside_queries(Engine& engine) {
    std::vector<double> alone, beside;
    std::int64_t removed = 0;
    double seconds = 0.0;
    int number = 0;
    for (int turn = 0; turn < turns; ++turn) {
        constexpr int queries_alone = 60;
        const auto enough = [&, until = alone.size() + queries_alone] { return alone.size() < until; };
        ask(engine, number, alone, enough);
        CleanupOptions options;
        options.older_than_days = youngest_days + apart_days * (turns - 1 - turn) - apart_days / 2;
        const auto begin = SteadyClock::now();
        const JobId job = engine.start_cleanup(options);
        ask(engine, number, beside, [&] { return !engine.wait(job, SteadyClock::now()); });
        seconds += seconds_since(begin);
        removed += engine.cleanup(options).images; // what is left: nothing
    }
    fmt::print("query alone {:.1f} ms (median of {}), beside the clean-up {:.1f} ms (of {}): {:+.1f} %\n",
               median(alone), alone.size(), median(beside), beside.size(), 100 * (median(beside) / median(alone) - 1));
    const auto runs = engine.lifecycle_runs("cleanup", 2 * turns);
    fmt::print("clean-ups beside queries took {:.1f} s in all; {} left over\n", seconds, removed);
    for (const auto& run : runs) fmt::print("  {}\n", run.report);
}

} // namespace

int main(int argc, char** argv) {
    const int products = argc > 1 ? std::atoi(argv[1]) : 100'000;
    const int expired = argc > 2 ? std::atoi(argv[2]) : 100'000;
    const std::string third = argc > 3 ? argv[3] : "";
    const bool beside_queries = third == "queries";
    const bool elsewhere = third.starts_with("http");
    const bool keeps_folder = argc > 4;
    std::string name = (std::filesystem::temp_directory_path() / "vitrine-bench-XXXXXX").string();
    const std::filesystem::path folder = keeps_folder ? argv[4] : ::mkdtemp(name.data());
    const bool is_filled = std::filesystem::exists(folder / "vitrine.db");
    Config config;
    config.data = folder;
    config.ml.read_text = false;
    if (elsewhere) {
        config.vectors.backend = "chroma";
        config.vectors.url = third;
        config.vectors.collection = fmt::format("bench{:08x}", std::random_device{}());
    }
    const ModelVersions models = open_vision(config).engine->versions();
    if (!is_filled) {
        { Engine creates_the_tables(config); }
        fill(folder, models, products, expired, elsewhere);
        if (keeps_folder) return 0;
    }
    {
        Engine engine(config);
        if (elsewhere) wait_for_delivery(engine, products);
        peak_mib_anew();
        const double before = peak_mib_anew();
        auto begin = SteadyClock::now();
        const CheckReport found = engine.check({});
        fmt::print("check of {} products, {} files: {:.2f} s, {}, {:.0f} MiB at most over the {:.0f} before\n",
                   found.vectors, found.files, seconds_since(begin),
                   found.consistent() ? "consistent" : "not consistent", peak_mib_anew() - before, before);
        if (beside_queries) {
            clean_up_beside_queries(engine);
        } else {
            begin = SteadyClock::now();
            const CleanupReport removed = engine.cleanup({});
            const double seconds = seconds_since(begin);
            fmt::print("cleanup of {} images: {:.1f} s, {:.0f} a second\n", removed.images, seconds,
                       static_cast<double>(removed.images) / seconds);
        }
        begin = SteadyClock::now();
        const bool unchanged = engine.reindex_estimate().unchanged; // the command asks no more
        const double estimated = seconds_since(begin);
        const bool starts = engine.start_reindex().has_value();
        fmt::print("reindex of an unchanged model: {:.2f} s as the command, {:.2f} s by the API's two calls, {}\n",
                   estimated, seconds_since(begin), unchanged && !starts ? "nothing to do" : "something to do");
    }
    if (!keeps_folder) std::filesystem::remove_all(folder);
    return 0;
}
