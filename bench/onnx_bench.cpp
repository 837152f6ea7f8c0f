// What the onnx engine costs over its forward passes. docs/performance.md holds its figures.
//
//   onnx_bench [--data DIR] [--pictures N] [--threads N] [--text]
//
// 1. One network: passes of one picture and of four, from one thread and from several that are joined.
// 2. The import of N catalogue pictures beside the bare forward passes of the same networks on as many threads.
// 3. One query's latency beside the sum of its forward passes.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>
#include <thread>

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <vitrine/engine.hpp>
#include <vitrine/error.hpp>

#include "core/csv_reader.hpp"
#include "engine/catalogue_import.hpp"
#include "engine/local_shop.hpp"
#include "ml/onnx_engine.hpp"
#include "ml/onnx_models.hpp"

namespace {

using namespace vitrine;
using SteadyClock = std::chrono::steady_clock;

struct Options {
    std::string data = "../shared/data";
    int pictures = 40;
    int threads = 2;
    bool text = false;
};

double seconds_of(const std::function<void()>& work) {
    const auto start = SteadyClock::now();
    work();
    return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

/// Runs `passes` forward passes of `pictures` each, spread over `threads`; pictures a second.
double passes_per_second(const LoadedModel& model, int threads, int pictures, int passes) {
    const std::vector<float> input(static_cast<std::size_t>(pictures) * model.network->input_values(), 0.1F);
    std::atomic<int> left{passes};
    const double seconds = seconds_of([&] {
        std::vector<std::jthread> running;
        for (int t = 0; t < threads; ++t) {
            running.emplace_back([&] {
                while (left-- > 0) (void)model.network->run(input);
            });
        }
    });
    return passes * pictures / seconds;
}

void measure_networks(const OnnxModels& models, int threads) {
    fmt::print("| network | 1 picture a pass | 3 pictures a pass | {} threads, joined |\n| --- | --- | --- | --- |\n",
               threads);
    for (const auto& model : models.models) {
        fmt::print("| {} | {:.1f} | {:.1f} | {:.1f} |\n", model.spec.name, passes_per_second(model, 1, 1, 24),
                   passes_per_second(model, 1, 3, 8), passes_per_second(model, threads, 1, 24));
        std::cout.flush();
    }
}

/// Seconds of the forward passes that describe one crop: three views of every embedding network.
double seconds_per_crop(const OnnxModels& models, int threads, int crops) {
    std::vector<const LoadedModel*> embeddings;
    for (const auto& model : models.models) {
        for (const auto& output : model.spec.outputs) {
            if (!std::holds_alternative<EmbeddingOutput>(output.meaning)) continue;
            embeddings.push_back(&model);
            break;
        }
    }
    std::atomic<int> left{crops};
    return seconds_of([&] {
               std::vector<std::jthread> running;
               for (int t = 0; t < threads; ++t) {
                   running.emplace_back([&] {
                       while (left-- > 0) {
                           for (const auto* model : embeddings) {
                               (void)model->network->run(std::vector<float>(3 * model->network->input_values(), 0.1F));
                           }
                       }
                   });
               }
           }) /
           crops;
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Error(ErrorCode::NotFound, "The file '" + path + "' cannot be read; give --data.");
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string first_rows(const std::string& text, int rows) {
    std::istringstream in(text);
    std::string result, line;
    for (int i = 0; i <= rows && std::getline(in, line); ++i) result += line + '\n';
    return result;
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app;
    app.add_option("--data", options.data);
    app.add_option("--pictures", options.pictures);
    app.add_option("--threads", options.threads);
    app.add_flag("--text", options.text);
    CLI11_PARSE(app, argc, argv);
    try {
        const auto models = load_onnx_models(options.data + "/models");
        use_processors_in_networks();
        measure_networks(*models, options.threads);

        const auto folder = std::filesystem::temp_directory_path() / fmt::format("vitrine-onnx-bench-{}", ::getpid());
        Config config;
        config.data = folder;
        config.ml.engine = "onnx";
        config.ml.models = options.data + "/models";
        config.ml.read_text = options.text;
        config.jobs.workers = options.threads;
        config.server.max_pixels = 100'000'000;
        {
            Engine engine(config);
            LocalShop shop(engine);
            std::istringstream csv(first_rows(read_file(options.data + "/clothing/catalog.csv"), options.pictures));
            ImportOptions import;
            import.images_folder = options.data;
            const double bare_before = seconds_per_crop(*models, options.threads, options.pictures);
            const double seconds =
                seconds_of([&] { (void)import_catalogue(shop, csv, import, [](const auto&) {}, {}); });
            const double bare_after = seconds_per_crop(*models, options.threads, options.pictures);
            int crops = 0;
            for (const auto& job : engine.jobs({.state = {}, .kind = {}, .before = {}, .limit = 1000}))
                crops += job.crops_total;
            const double bare = (bare_before + bare_after) / 2 * crops;
            fmt::print("\nimport of {} pictures ({} crops): {:.2f} s; bare forward passes of as many crops: {:.2f} s; "
                       "ratio {:.3f}\n",
                       options.pictures, crops, seconds, bare, bare / seconds);

            std::vector<double> ratios;
            for (const auto& entry : std::filesystem::directory_iterator(options.data + "/clothing/queries")) {
                if (ratios.size() == 15) break;
                const auto bytes = read_file(entry.path().string());
                JobId job;
                const double latency = seconds_of([&] {
                    job = engine.submit_query(bytes, {});
                    (void)engine.wait(job, SteadyClock::now() + std::chrono::minutes(5));
                });
                const int crops_of_query = engine.job(job)->job.crops_total;
                const double passes =
                    seconds_per_crop(*models, std::min(options.threads, crops_of_query), crops_of_query) *
                    crops_of_query;
                ratios.push_back(latency / passes);
            }
            std::sort(ratios.begin(), ratios.end());
            fmt::print("one query's latency over its forward passes, of {}: median {:.2f}, best {:.2f}, worst {:.2f}\n",
                       ratios.size(), ratios[ratios.size() / 2], ratios.front(), ratios.back());
        }
        std::filesystem::remove_all(folder);
    } catch (const Error& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
