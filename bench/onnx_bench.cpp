// What the onnx engine costs over its forward passes. docs/performance.md holds its figures.
//
//   onnx_bench [--data DIR] [--pictures N] [--queries N] [--threads N] [--text] [--no-local-features]
//              [--builtin-weight W]
//
// A bare forward pass is OpenCV's alone: pictures of constant numbers, no decoding, no resizing, nothing kept. It is
// taken in two ways, one copy of the network for each thread and one copy that OpenCV spreads over all threads.
//
// 1. Milliseconds a picture of each network, bare and through the engine's Network.
// 2. The import of N catalogue pictures beside as many bare passes, done before and after it in the faster way.
// 3. One query's latency beside the sum of its bare passes, one after the other, each spread over all threads.
//
// Of the import also the processor time is told, which other programs on the machine hardly change.
//
// Counted are the passes that the engine makes: for each crop three views of every embedding network, for each picture
// that is not on a plain ground one of the detector.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>
#include <thread>

#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>

#include <vitrine/engine.hpp>
#include <vitrine/error.hpp>

#include "core/csv_reader.hpp"
#include "engine/catalogue_import.hpp"
#include "engine/local_shop.hpp"
#include "images/codec.hpp"
#include "ml/builtin_engine.hpp"
#include "ml/onnx_engine.hpp"
#include "ml/onnx_models.hpp"

namespace {

using namespace vitrine;
using SteadyClock = std::chrono::steady_clock;

struct Options {
    std::string data = "../shared/data";
    int pictures = 60;
    int queries = 20;
    int threads = 2;
    bool text = false;
    bool no_local_features = false;
    double builtin_weight = 1.0;
};

double seconds_of(const std::function<void()>& work) {
    const auto start = SteadyClock::now();
    work();
    return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

/// Of this process, all its threads.
double processor_seconds_of(const std::function<void()>& work) {
    const auto used = [] {
        timespec time{};
        ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
    };
    const double start = used();
    work();
    return used() - start;
}

/// Does `work(thread)` `count` times, spread over `threads`; seconds of all.
double in_threads(int threads, int count, const std::function<void(int)>& work) {
    std::atomic<int> left{count};
    return seconds_of([&] {
        std::vector<std::jthread> running;
        for (int t = 0; t < threads; ++t) {
            running.emplace_back([&, t] {
                while (left-- > 0) work(t);
            });
        }
    });
}

/// One network in OpenCV's hands alone.
class BareNetwork {
public:
    BareNetwork(const std::string& data, const LoadedModel& model, int copies)
        : model_(model), outputs_(static_cast<std::size_t>(copies)) {
        for (const auto& output : model.spec.outputs) names_.push_back(output.name);
        for (int i = 0; i < copies; ++i) {
            copies_.push_back(cv::dnn::readNetFromONNX(data + "/models/" + model.spec.file));
            pass(i, 1);
        }
    }

    [[nodiscard]] const LoadedModel& model() const { return model_; }
    [[nodiscard]] bool finds_boxes() const {
        return std::holds_alternative<DetectorOutput>(model_.spec.outputs.front().meaning);
    }

    void pass(int copy, int pictures) {
        const int sizes[] = {pictures, 3, model_.spec.input.height, model_.spec.input.width};
        const cv::Mat input(4, sizes, CV_32F, cv::Scalar(0.1));
        auto& net = copies_[static_cast<std::size_t>(copy)];
        net.setInput(input, model_.spec.input.name);
        net.forward(outputs_[static_cast<std::size_t>(copy)], names_);
    }

private:
    const LoadedModel& model_;
    std::vector<cv::String> names_;
    std::vector<cv::dnn::Net> copies_;
    std::vector<std::vector<cv::Mat>> outputs_; ///< of each copy
};

using BareNetworks = std::vector<std::unique_ptr<BareNetwork>>;

void print_networks(const BareNetworks& networks, int threads) {
    fmt::print("ms a picture, {0} threads\n"
               "| network | bare, one copy on all threads | bare, a copy for each thread | Network, called by one "
               "thread | Network, called by {0} |\n| --- | --- | --- | --- | --- |\n",
               threads);
    constexpr int passes = 24;
    const auto in_ms = [](double seconds) { return 1e3 * seconds / passes; };
    for (const auto& network : networks) {
        auto& through = *network->model().network;
        const std::vector<float> input(through.input_values(), 0.1F);
        use_processors_in_networks();
        const double together = in_threads(1, passes, [&](int) { network->pass(0, 1); });
        const double called_by_one = in_threads(1, passes, [&](int) { (void)through.run(input); });
        const double called_by_all = in_threads(threads, passes, [&](int) { (void)through.run(input); });
        cv::setNumThreads(1);
        const double apart = in_threads(threads, passes, [&](int copy) { network->pass(copy, 1); });
        use_processors_in_networks();
        fmt::print("| {} | {:.1f} | {:.1f} | {:.1f} | {:.1f} |\n", network->model().spec.name, in_ms(together),
                   in_ms(apart), in_ms(called_by_one), in_ms(called_by_all));
        std::cout.flush();
    }
}

/// How many forward passes some work needs.
struct Passes {
    int crops = 0;      ///< three views of every embedding network each
    int detections = 0; ///< one of each detector
};

void make_passes(const BareNetworks& networks, bool detections, int copy) {
    for (const auto& network : networks) {
        if (network->finds_boxes() == detections) network->pass(copy, detections ? 1 : 3);
    }
}

/// Seconds of that many bare passes: a copy for each thread, or else one on all of them.
double bare_seconds(const BareNetworks& networks, const Passes& passes, int copies) {
    if (copies > 1) cv::setNumThreads(1);
    const double crops = in_threads(copies, passes.crops, [&](int copy) { make_passes(networks, false, copy); });
    const double boxes = in_threads(copies, passes.detections, [&](int copy) { make_passes(networks, true, copy); });
    use_processors_in_networks();
    return crops + boxes;
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

/// Whether the engine asks its detector about the picture: not where the outlines before a plain ground convince.
bool asks_detector(Detector& plain, const std::string& bytes) {
    const auto found = plain.detect(decode(bytes, {}).picture).found;
    use_processors_in_networks(); // making the builtin detector took them away
    return found.empty() || found.front().score < 0.5;
}

struct Bench {
    const Options& options;
    Engine& engine;
    const BareNetworks& networks;
    std::shared_ptr<Detector> plain = make_builtin_detector();

    void measure_import() {
        const auto text = first_rows(read_file(options.data + "/clothing/catalog.csv"), options.pictures);
        Passes passes;
        std::istringstream rows(text);
        CsvReader reader(rows, CsvLimits{});
        const auto header = reader.header();
        const auto column = std::ranges::find(header, "image") - header.begin();
        while (const auto row = reader.next()) {
            const auto bytes = read_file(options.data + "/" + row->fields[static_cast<std::size_t>(column)]);
            passes.detections += asks_detector(*plain, bytes) ? 1 : 0;
        }
        std::istringstream csv(text);
        LocalShop shop(engine);
        ImportOptions import;
        import.images_folder = options.data;
        const Passes some{.crops = 20, .detections = 20};
        const auto bare = [&](int copies) { return bare_seconds(networks, some, copies); };
        const double before = std::min(bare(1), bare(options.threads));
        double seconds = 0.0;
        const double processor = processor_seconds_of(
            [&] { seconds = seconds_of([&] { (void)import_catalogue(shop, csv, import, [](const auto&) {}, {}); }); });
        const double after = std::min(bare(1), bare(options.threads));
        for (const auto& job : engine.jobs({.state = {}, .kind = {}, .before = {}, .limit = 1000}))
            passes.crops += job.crops_total;
        const double of_some = (before + after) / 2;
        const double crop_share = 1.0 - bare_seconds(networks, {.crops = 0, .detections = 20}, options.threads) / after;
        const double whole = of_some * (crop_share * passes.crops + (1.0 - crop_share) * passes.detections) / 20;
        fmt::print("\nimport of {} pictures ({} crops described, {} pictures through the detector): {:.2f} s; as many "
                   "bare passes: {:.2f} s; ratio {:.3f}\n",
                   options.pictures, passes.crops, passes.detections, seconds, whole, whole / seconds);
        const double bare_processor =
            processor_seconds_of([&] { (void)bare_seconds(networks, passes, options.threads); });
        fmt::print("processor time: {:.0f} ms a crop, {:.0f} ms of it in as many bare passes; ratio {:.3f}\n",
                   1e3 * processor / passes.crops, 1e3 * bare_processor / passes.crops, bare_processor / processor);
    }

    void measure_queries() {
        std::vector<double> ratios, milliseconds;
        std::vector<std::filesystem::path> files;
        for (const auto& entry : std::filesystem::directory_iterator(options.data + "/clothing/queries"))
            files.push_back(entry.path());
        std::ranges::sort(files);
        files.resize(std::min(files.size(), static_cast<std::size_t>(options.queries)));
        for (const auto& file : files) {
            const auto bytes = read_file(file.string());
            const int detections = asks_detector(*plain, bytes) ? 1 : 0;
            JobId job;
            const double latency = seconds_of([&] {
                job = engine.submit_query(bytes, {});
                (void)engine.wait(job, SteadyClock::now() + std::chrono::minutes(5));
            });
            const Passes passes{.crops = engine.job(job)->job.crops_total, .detections = detections};
            ratios.push_back(latency / bare_seconds(networks, passes, 1));
            milliseconds.push_back(1e3 * latency);
        }
        std::ranges::sort(ratios);
        std::ranges::sort(milliseconds);
        fmt::print("one query's latency over the sum of its bare passes, of {}: median {:.2f}, best {:.2f}, worst "
                   "{:.2f}; median latency {:.0f} ms\n",
                   ratios.size(), ratios[ratios.size() / 2], ratios.front(), ratios.back(),
                   milliseconds[milliseconds.size() / 2]);
    }
};

} // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app;
    app.add_option("--data", options.data);
    app.add_option("--pictures", options.pictures);
    app.add_option("--queries", options.queries);
    app.add_option("--threads", options.threads);
    app.add_flag("--text", options.text);
    app.add_flag("--no-local-features", options.no_local_features);
    app.add_option("--builtin-weight", options.builtin_weight);
    CLI11_PARSE(app, argc, argv);
    try {
        const auto models = load_onnx_models(options.data + "/models");
        use_processors_in_networks();
        BareNetworks networks;
        for (const auto& model : models->models)
            networks.push_back(std::make_unique<BareNetwork>(options.data, model, options.threads));
        print_networks(networks, options.threads);

        const auto folder = std::filesystem::temp_directory_path() / fmt::format("vitrine-onnx-bench-{}", ::getpid());
        Config config;
        config.data = folder;
        config.ml.engine = "onnx";
        config.ml.models = options.data + "/models";
        config.ml.read_text = options.text;
        config.ml.local_features = !options.no_local_features;
        config.ml.builtin_weight = options.builtin_weight;
        config.jobs.workers = options.threads;
        config.server.max_pixels = 100'000'000;
        {
            Engine engine(config);
            Bench bench{.options = options, .engine = engine, .networks = networks};
            bench.measure_import();
            bench.measure_queries();
        }
        std::filesystem::remove_all(folder);
    } catch (const Error& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
