// ChromaDB on this machine, without and with the outbox in front: writes one by one and in batches, base64 against
// numbers, queries of one and of several vectors, and what concurrent finishers get.
//
//     build/release/bench/chroma_bench --url http://127.0.0.1:8000 [--vectors 2000] [--dimensions 512]
//
// Every figure is made with a collection of its own, on a real server that the caller started; collections stay there.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <vitrine/error.hpp>

#include "storage/image_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/sqlite_database.hpp"
#include "vectors/chroma_client.hpp"
#include "vectors/chroma_store.hpp"

namespace {

using namespace vitrine;
using SteadyClock = std::chrono::steady_clock;

struct Options {
    std::string url;
    int vectors = 2'000;
    int dimensions = 512;
};

double seconds_since(SteadyClock::time_point start) {
    return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

std::vector<Embedding> random_vectors(const Options& options) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<Embedding> vectors(static_cast<std::size_t>(options.vectors));
    for (auto& vector : vectors) {
        vector.resize(static_cast<std::size_t>(options.dimensions));
        for (float& value : vector) value = normal(random);
    }
    return vectors;
}

std::string unique_name(const std::string& what) {
    return fmt::format("bench-{}-{:08x}", what, std::random_device{}());
}

/// How many vectors a second upserts of `batch` reach.
double upserts(ChromaClient& client, const std::vector<Embedding>& vectors, std::size_t batch, bool base64,
               std::size_t count_max) {
    const auto collection = client.find_or_make(unique_name("upsert"), "bench", vectors.front().size());
    const auto count = std::min(vectors.size(), count_max);
    const auto start = SteadyClock::now();
    for (std::size_t from = 0; from < count; from += batch) {
        std::vector<chroma::Record> records;
        for (std::size_t i = from; i < std::min(from + batch, count); ++i) {
            records.push_back({.id = {static_cast<std::int64_t>(i) + 1},
                               .vector = vectors[i],
                               .product_id = fmt::format("P{:06}", i),
                               .category = "Things",
                               .colours = {"red"}});
        }
        client.upsert(collection.id, records, base64);
    }
    return static_cast<double>(count) / seconds_since(start);
}

void report_bodies(const std::vector<Embedding>& vectors) {
    std::vector<chroma::Record> records;
    for (std::size_t i = 0; i < 100 && i < vectors.size(); ++i) {
        records.push_back({.id = {static_cast<std::int64_t>(i) + 1},
                           .vector = vectors[i],
                           .product_id = "P",
                           .category = {},
                           .colours = {}});
    }
    for (const bool base64 : {false, true}) {
        constexpr int rounds = 50;
        std::size_t bytes = 0;
        const auto start = SteadyClock::now();
        for (int i = 0; i < rounds; ++i) bytes = chroma::upsert_body(records, base64).size();
        fmt::print("{:<44} {:>10.0f} bytes a vector, {:.1f} µs to write it\n",
                   base64 ? "body with base64" : "body with numbers",
                   static_cast<double>(bytes) / static_cast<double>(records.size()),
                   seconds_since(start) * 1e6 / rounds / static_cast<double>(records.size()));
    }
}

/// The median time of a query of the first `count` vectors, and a line.
void report_query(ChromaClient& client, const std::string& collection, const std::vector<Embedding>& vectors,
                  std::size_t count, int k) {
    std::vector<double> times;
    for (std::size_t round = 0; round < 100; ++round) {
        const auto from = round * count % (vectors.size() - count);
        const auto start = SteadyClock::now();
        (void)client.query(collection, std::span(vectors).subspan(from, count), k, {});
        times.push_back(seconds_since(start) * 1e3);
    }
    std::ranges::sort(times);
    fmt::print("{:<44} {:>10.2f} ms median, {:.2f} ms p95\n",
               fmt::format("one query of {} vectors, {} neighbours each", count, k), times[times.size() / 2],
               times[times.size() * 95 / 100]);
}

/// Vectors a second from `finishers` threads that each commit link and intent, wait until the vector is searchable, and
/// go on, as a job does; with `waiting` false they only commit, and the last delivery ends the time.
double through_outbox(const Options& options, const std::vector<Embedding>& vectors, int finishers, bool waiting,
                      std::size_t count_max) {
    std::string name = (std::filesystem::temp_directory_path() / "vitrine-bench-XXXXXX").string();
    const std::filesystem::path folder = ::mkdtemp(name.data());
    double rate = 0.0;
    {
        const auto database = open_sqlite({.file = folder / "vitrine.db"});
        const SystemClock clock;
        ChromaStoreOptions store_options;
        store_options.address.url = options.url;
        store_options.family = unique_name("outbox");
        const auto store = make_chroma_store(*database, clock, store_options);
        const auto delivery = store->start_delivery({});
        const auto count = std::min(vectors.size(), count_max);
        std::atomic<std::size_t> next = 0;
        const auto start = SteadyClock::now();
        std::vector<std::jthread> threads;
        for (int i = 0; i < finishers; ++i) {
            threads.emplace_back([&] {
                for (auto at = next++; at < count; at = next++) {
                    const auto id = database->write([&](Transaction& tx) {
                        const auto product = product_repository::save(
                            tx, {.external_id = fmt::format("P{}", at), .name = "thing"}, clock.now());
                        const auto original = image_repository::find_or_add_original(tx,
                                                                                     {.sha256 = fmt::format("{}", at),
                                                                                      .media_type = "image/png",
                                                                                      .bytes = 1,
                                                                                      .width = 9,
                                                                                      .height = 9},
                                                                                     clock.now());
                        const auto crop = image_repository::save_crops(
                            tx, original, "c", {{.box = {0, 0, 9, 9}, .score = 1.0}}, clock.now());
                        image_repository::save_label(tx, crop.front().id,
                                                     {.label = {},
                                                      .label_model = "l",
                                                      .vector = vectors[at],
                                                      .vector_model = "bench",
                                                      .features = {}});
                        const auto link = product_image_repository::replace_primary(
                            tx, {.product_id = product, .image_id = crop.front().id, .job_id = {1}}, clock.now());
                        store->put(tx, {link, "bench", vectors[at]});
                        return link;
                    });
                    while (waiting && store->standing(id).state != VectorStanding::State::Searchable) {
                        std::this_thread::sleep_for(std::chrono::milliseconds(1)); // a job sleeps in the queue instead
                    }
                }
            });
        }
        threads.clear();
        (void)delivery->wait_until_idle(SteadyClock::now() + std::chrono::minutes(5));
        rate = static_cast<double>(count) / seconds_since(start);
    }
    std::filesystem::remove_all(folder);
    return rate;
}

void report(const std::string& what, double rate) {
    fmt::print("{:<44} {:>10.0f} vectors/s\n", what, rate);
}

void run(const Options& options) {
    const auto vectors = random_vectors(options);
    ChromaClient client({.url = options.url}, {});
    fmt::print("ChromaDB {} at {}, {} vectors of {} dimensions\n", client.version(), client.host(), options.vectors,
               options.dimensions);
    report_bodies(vectors);
    report("upserts of 1, numbers", upserts(client, vectors, 1, false, 200));
    report("upserts of 1, base64", upserts(client, vectors, 1, true, 200));
    for (const std::size_t batch : {10, 50, 100, 200, 500}) {
        report(fmt::format("upserts of {}, numbers", batch), upserts(client, vectors, batch, false, vectors.size()));
        report(fmt::format("upserts of {}, base64", batch), upserts(client, vectors, batch, true, vectors.size()));
    }
    for (const int finishers : {1, 2, 8, 32, 128}) {
        report(fmt::format("outbox, {} finishers that wait", finishers),
               through_outbox(options, vectors, finishers, true, static_cast<std::size_t>(finishers) * 100));
    }
    report("outbox, 8 finishers that do not wait", through_outbox(options, vectors, 8, false, vectors.size()));

    const auto collection = client.find_or_make(unique_name("query"), "bench", vectors.front().size());
    std::vector<chroma::Record> records;
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        records.push_back({.id = {static_cast<std::int64_t>(i) + 1},
                           .vector = vectors[i],
                           .product_id = "P",
                           .category = {},
                           .colours = {}});
    }
    for (std::size_t from = 0; from < records.size(); from += 500) {
        client.upsert(collection.id,
                      std::span(records).subspan(from, std::min<std::size_t>(500, records.size() - from)), true);
    }
    for (const int k : {10, 160}) {
        for (const std::size_t count : {1, 4, 8}) report_query(client, collection.id, vectors, count, k);
    }
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("ChromaDB, without and with the outbox in front");
    app.add_option("--url", options.url, "a server that may be filled")->required();
    app.add_option("--vectors", options.vectors)->check(CLI::Range(100, 1'000'000));
    app.add_option("--dimensions", options.dimensions)->check(CLI::Range(2, 4'096));
    CLI11_PARSE(app, argc, argv);
    try {
        run(options);
    } catch (const Error& error) {
        fmt::print(stderr, "chroma_bench: {}\n", error.what());
        return 1;
    }
    return 0;
}
