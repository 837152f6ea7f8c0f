// What pictures cost: decode at several sizes, encode, reduce. One synthetic photo, whose detail makes files of about
// the size that phones send.
//
//     build/release/bench/decode_bench

#include <cmath>
#include <random>

#include <benchmark/benchmark.h>

#include "images/codec.hpp"

namespace vitrine {
namespace {

Picture photo(int width, int height) {
    std::mt19937 random(1);
    Picture picture{width, height, {}};
    picture.rgb.reserve(std::size_t(width) * static_cast<std::size_t>(height) * 3);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const double wave = 40.0 * std::sin(x * 0.05) * std::cos(y * 0.03);
            for (int channel = 0; channel < 3; ++channel) {
                const auto grain = static_cast<double>(random() % 16);
                picture.rgb.push_back(static_cast<std::uint8_t>(100.0 + 20.0 * channel + wave + grain));
            }
        }
    }
    return picture;
}

void decode_at(benchmark::State& state, int width, int height) {
    const auto file = encode_jpeg(photo(width, height), 85);
    const DecodeLimits limits{.side_max = static_cast<int>(state.range(0))};
    for (auto _ : state) {
        benchmark::DoNotOptimize(decode(file, limits));
    }
    state.counters["file_bytes"] = static_cast<double>(file.size());
}

void decode_12_megapixels(benchmark::State& state) {
    decode_at(state, 4032, 3024);
}
BENCHMARK(decode_12_megapixels)
    ->ArgName("side_max")
    ->Arg(4096)
    ->Arg(2048)
    ->Arg(1600)
    ->Arg(512)
    ->Unit(benchmark::kMillisecond);

void decode_640x480(benchmark::State& state) {
    decode_at(state, 640, 480);
}
BENCHMARK(decode_640x480)->ArgName("side_max")->Arg(4096)->Arg(256)->Unit(benchmark::kMillisecond);

void header_of_12_megapixels(benchmark::State& state) {
    const auto file = encode_jpeg(photo(4032, 3024), 85);
    for (auto _ : state) {
        benchmark::DoNotOptimize(read_header(file, {}));
    }
}
BENCHMARK(header_of_12_megapixels)->Unit(benchmark::kMicrosecond);

void encode_640x480(benchmark::State& state) {
    const auto picture = photo(640, 480);
    for (auto _ : state) {
        benchmark::DoNotOptimize(encode_jpeg(picture));
    }
}
BENCHMARK(encode_640x480)->Unit(benchmark::kMillisecond);

void thumbnail_of_640x480(benchmark::State& state) {
    const auto picture = photo(640, 480);
    for (auto _ : state) {
        benchmark::DoNotOptimize(thumbnail(picture, 256));
    }
}
BENCHMARK(thumbnail_of_640x480)->Unit(benchmark::kMillisecond);

} // namespace
} // namespace vitrine

BENCHMARK_MAIN();
