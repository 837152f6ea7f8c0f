// How fast and how right the embedded vector store is, for docs/decisions/vector-search.md:
//
//     build/release/bench/vector_bench curves N   exact scan against sketches, for 500 to N vectors
//     build/release/bench/vector_bench store      the whole store on SQLite: open, search, update, memory
//     build/release/bench/vector_bench among N    a search narrowed to some links, for
//     docs/decisions/narrowed-search.md build/release/bench/vector_bench graph N    hnswlib on N of the same vectors
//     (minutes of building) build/release/bench/vector_bench file PATH DIMENSIONS    curves on vectors of a file:
//     float32 rows, as they come
//
// Vectors are ClusteredVectors of 512 dimensions, queries are "other pictures" of them; times are the thread's CPU
// time but where the name says wall; updates are told by the clock.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <unistd.h>

#include <hnswlib/hnswlib.h>

#include "storage/image_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/sqlite_database.hpp"
#include "vectors/clustered_vectors.hpp"
#include "vectors/embedded_store.hpp"
#include "vectors/vector_index.hpp"

namespace vitrine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t always_exact = 1'000'000'000;
constexpr std::size_t always_sketches = 0;
constexpr int queries_each = 200;

double wall_ms(const std::function<void()>& action) {
    const auto begin = std::chrono::steady_clock::now();
    action();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

double thread_cpu_ms() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

// A search is all computing: the thread's own time is its latency on an idle core, whoever else uses the machine.
double cpu_ms(const std::function<void()>& action) {
    const double begin = thread_cpu_ms();
    action();
    return thread_cpu_ms() - begin;
}

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
    return values[values.size() / 2];
}

double resident_mebibytes() {
    std::ifstream status("/proc/self/statm");
    double total = 0.0, resident = 0.0;
    status >> total >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

struct Workload {
    std::vector<Embedding> vectors;
    std::vector<Embedding> queries;
};

enum class Queries { OfThings, OfNothing };

// Queries are other pictures of the things, or pictures of what is not in the catalogue.
Workload clustered(std::size_t rows, const Clusters& clusters, Queries kind = Queries::OfThings) {
    ClusteredVectors source(clusters);
    Workload work{source.next(rows), {}};
    std::mt19937 random(7);
    const auto unrelated = source.next(queries_each * clusters.cluster_size);
    for (std::size_t i = 0; i < queries_each; ++i) {
        work.queries.push_back(kind == Queries::OfThings ? source.like(work.vectors[random() % rows])
                                                         : unrelated[i * clusters.cluster_size]);
    }
    return work;
}

// Real vectors, shuffled; the last are the queries.
Workload from_file(const std::string& path, std::size_t dimensions) {
    Workload work;
    std::ifstream file(path, std::ios::binary);
    Embedding row(dimensions);
    while (file.read(reinterpret_cast<char*>(row.data()), static_cast<std::streamsize>(dimensions * sizeof(float)))) {
        work.vectors.push_back(row);
    }
    std::ranges::shuffle(work.vectors, std::mt19937(7));
    for (int i = 0; i < queries_each && !work.vectors.empty(); ++i) {
        work.queries.push_back(std::move(work.vectors.back()));
        work.vectors.pop_back();
    }
    return work;
}

struct Timed {
    double median_ms = 0.0;
    double slowest_ms = 0.0;
    std::vector<std::vector<VectorHit>> hits;
};

Timed search_each(const VectorIndex& index, const std::vector<Embedding>& queries, std::size_t k) {
    Timed timed;
    std::vector<double> times;
    for (const auto& query : queries) {
        times.push_back(cpu_ms([&] { timed.hits.push_back(index.search(std::span(&query, 1), k).front()); }));
    }
    timed.median_ms = median(times);
    timed.slowest_ms = *std::ranges::max_element(times);
    return timed;
}

// A hit as near as the true k-th neighbour counts, whichever of equals it is.
double recall(const std::vector<std::vector<VectorHit>>& found, const std::vector<std::vector<VectorHit>>& truth) {
    std::size_t right = 0, all = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const double limit = truth[i].back().distance + 1e-6;
        right += static_cast<std::size_t>(
            std::ranges::count_if(found[i], [limit](const VectorHit& hit) { return hit.distance <= limit; }));
        all += truth[i].size();
    }
    return static_cast<double>(right) / static_cast<double>(all);
}

void print_curve_row(const Workload& work) {
    const std::size_t rows = work.vectors.size();
    const std::size_t dimensions = work.vectors.front().size();
    VectorIndex exact(dimensions, always_exact);
    VectorIndex sketched(dimensions, always_sketches);
    for (std::size_t i = 0; i < rows; ++i) {
        exact.load({static_cast<std::int64_t>(i + 1)}, work.vectors[i]);
        sketched.load({static_cast<std::int64_t>(i + 1)}, work.vectors[i]);
    }
    sketched.finish_loading();
    for (const std::size_t k : {10U, 50U}) {
        const auto truth = search_each(exact, work.queries, k);
        const auto found = search_each(sketched, work.queries, k);
        std::printf("%8zu %4zu %12.3f %12.3f %12.3f %8.4f\n", rows, k, truth.median_ms, found.median_ms,
                    found.slowest_ms, recall(found.hits, truth.hits));
        std::fflush(stdout);
    }
}

void print_curve_titles(const std::string& title) {
    std::printf("\n%s\n%8s %4s %12s %12s %12s %8s\n", title.c_str(), "vectors", "k", "exact_ms", "sketches_ms",
                "slowest_ms", "recall");
}

void print_all_curves(std::size_t rows_max) {
    const auto curve = [&](const std::string& title, const Clusters& clusters, Queries kind) {
        print_curve_titles(title);
        for (std::size_t rows = 500; rows < rows_max; rows *= 2) print_curve_row(clustered(rows, clusters, kind));
        print_curve_row(clustered(rows_max, clusters, kind));
    };
    const Clusters close{.cluster_size = 500, .common = 2.0, .spread = 0.5, .decay = 0.5};
    curve("clusters of 50", {}, Queries::OfThings);
    curve("clusters of 50, queries of what is not there", {}, Queries::OfNothing);
    curve("close clusters of 500", close, Queries::OfThings);
    curve("no clusters, all directions alike", {.cluster_size = 1, .common = 0.0, .decay = 0.0}, Queries::OfNothing);
}

void print_graph(const std::string& title, const Workload& work) {
    const std::size_t rows = work.vectors.size();
    const std::size_t dimensions = work.vectors.front().size();
    VectorIndex exact(dimensions, always_exact);
    for (std::size_t i = 0; i < rows; ++i) exact.load({static_cast<std::int64_t>(i)}, work.vectors[i]);
    const auto truth = search_each(exact, work.queries, 10);

    hnswlib::InnerProductSpace space(dimensions);
    hnswlib::HierarchicalNSW<float> graph(&space, rows, 16, 200);
    const double build_ms = cpu_ms([&] {
        for (std::size_t i = 0; i < rows; ++i) graph.addPoint(work.vectors[i].data(), i);
    });
    std::printf("%s: %zu vectors, M=16, ef_construction=200, built in %.1f s\n", title.c_str(), rows,
                build_ms / 1000.0);
    for (const std::size_t ef : {20U, 50U, 100U, 200U}) {
        graph.setEf(ef);
        std::vector<double> times;
        std::vector<std::vector<VectorHit>> found;
        for (const auto& query : work.queries) {
            std::vector<VectorHit> hits;
            times.push_back(cpu_ms([&] {
                for (auto queue = graph.searchKnn(query.data(), 10); !queue.empty(); queue.pop()) {
                    hits.push_back({{static_cast<std::int64_t>(queue.top().second)}, queue.top().first});
                }
            }));
            found.push_back(std::move(hits));
        }
        std::printf("  ef=%-4zu median %.3f ms, recall %.4f\n", ef, median(times), recall(found, truth.hits));
    }
}

// A SQLite database of its own in the temporary folder.
class House {
public:
    House() : folder_(fs::temp_directory_path() / ("vitrine_vector_bench_" + std::to_string(getpid()))) {
        fs::create_directories(folder_);
        database = open_sqlite({.file = folder_ / "vitrine.db"});
        store = make_embedded_store(*database);
    }
    ~House() {
        store.reset();
        database.reset();
        fs::remove_all(folder_);
    }
    House(const House&) = delete;
    House& operator=(const House&) = delete;

    ProductImageId add_link(Transaction& tx) {
        const auto name = std::to_string(++links_);
        const auto product = product_repository::save(tx, {.external_id = name, .name = name}, Timestamp{});
        const auto image = image_repository::find_or_add_original(
            tx, {.sha256 = name, .media_type = "image/png", .bytes = 1, .width = 1, .height = 1}, Timestamp{});
        return product_image_repository::replace_primary(tx, {.product_id = product, .image_id = image, .job_id = {1}},
                                                         Timestamp{});
    }

    std::unique_ptr<Database> database;
    std::unique_ptr<VectorStore> store;

private:
    fs::path folder_;
    int links_ = 0;
};

void print_store(std::size_t rows) {
    constexpr std::size_t batch = 500;
    const auto work = clustered(rows, {});
    House house;
    std::vector<ProductImageId> links;
    for (std::size_t begin = 0; begin < rows; begin += batch) {
        house.database->write([&](Transaction& tx) {
            for (std::size_t i = begin; i < std::min(rows, begin + batch); ++i) {
                links.push_back(house.add_link(tx));
                house.store->put(tx, {links.back(), "bench", work.vectors[i]});
            }
        });
    }
    house.store.reset();
    const double before = resident_mebibytes();
    double open_ms = 0.0;
    const double open_wall_ms =
        wall_ms([&] { open_ms = cpu_ms([&] { house.store = make_embedded_store(*house.database); }); });
    const double memory = resident_mebibytes() - before;

    std::vector<double> one, four;
    for (std::size_t i = 0; i + 4 <= work.queries.size(); ++i) {
        one.push_back(cpu_ms([&] { (void)house.store->search("bench", {&work.queries[i], 1}, 10); }));
        four.push_back(cpu_ms([&] { (void)house.store->search("bench", {&work.queries[i], 4}, 10); }));
    }
    std::mt19937 random(3);
    const double update_ms = wall_ms([&] {
        for (int group = 0; group < 20; ++group) {
            house.database->write([&](Transaction& tx) {
                for (int i = 0; i < 100; ++i) {
                    house.store->put(tx, {links[random() % rows], "bench", work.vectors[random() % rows]});
                }
            });
        }
    });
    std::printf("%8zu %10.0f %12.0f %12.3f %12.3f %12.0f %10.0f\n", rows, open_ms, open_wall_ms, median(one),
                median(four), 2000.0 / update_ms * 1000.0, memory);
    std::fflush(stdout);
}

/// A search among some of the links, as for a category, against one over everything for so many that some remain.
void print_among(std::size_t rows) {
    const auto work = clustered(rows, {});
    VectorIndex index(work.vectors.front().size(), EmbeddedStoreOptions{}.exact_rows_max);
    for (std::size_t i = 0; i < rows; ++i) index.load({static_cast<std::int64_t>(i) + 1}, work.vectors[i]);
    index.finish_loading();
    const auto time = [&](const auto& search) {
        std::vector<double> times;
        for (std::size_t i = 0; i < 50; ++i) times.push_back(cpu_ms([&] { search(std::span(&work.queries[i], 1)); }));
        return median(times);
    };
    std::printf("%zu vectors\n", rows);
    for (const std::size_t links : {10UL, 1'000UL, 5'000UL, 20'000UL, 50'000UL}) {
        std::vector<ProductImageId> some;
        for (std::size_t i = 0; i < std::min(links, rows); ++i)
            some.push_back({static_cast<std::int64_t>(i * rows / std::min(links, rows)) + 1});
        std::printf("  among %6zu links, the nearest 160: %8.3f ms\n", some.size(),
                    time([&](auto query) { (void)index.search_among(some, query, 160); }));
    }
    for (const std::size_t k : {160UL, 3'010UL, 24'010UL, 100'000UL}) {
        std::printf("  among all, the nearest %6zu: %8.3f ms\n", k,
                    time([&](auto query) { (void)index.search(query, k); }));
    }
}

int run(const std::vector<std::string>& arguments) {
    const std::string what = arguments.empty() ? "" : arguments[0];
    if (what == "curves" && arguments.size() == 2) {
        print_all_curves(std::stoul(arguments[1]));
    } else if (what == "store") {
        std::printf("%8s %10s %12s %12s %12s %12s %10s\n", "vectors", "open_ms", "open_wall_ms", "1_query_ms",
                    "4_queries_ms", "updates/s", "MiB");
        for (const std::size_t rows : {1000U, 10'000U, 100'000U}) print_store(rows);
    } else if (what == "among" && arguments.size() == 2) {
        print_among(std::stoul(arguments[1]));
    } else if (what == "graph" && arguments.size() == 2) {
        const std::size_t rows = std::stoul(arguments[1]);
        print_graph("clusters of 50", clustered(rows, {}));
        print_graph("clusters of 50, queries of what is not there", clustered(rows, {}, Queries::OfNothing));
    } else if (what == "file" && arguments.size() == 3) {
        print_curve_titles(arguments[1]);
        print_curve_row(from_file(arguments[1], std::stoul(arguments[2])));
    } else {
        std::fprintf(stderr, "vector_bench curves N | store | among N | graph N | file PATH DIMENSIONS\n");
        return 2;
    }
    return 0;
}

} // namespace
} // namespace vitrine

int main(int argc, char** argv) {
    return vitrine::run({argv + 1, argv + argc});
}
