// How long comparing a crop's words with a product's takes. Run: build/release/bench/phrase_bench
#include <benchmark/benchmark.h>

#include "core/lexical_match.hpp"
#include "core/text_overlap.hpp"

namespace {

using vitrine::PreparedPhrase;

constexpr auto name = "Arla Lactose Medium Fat Milk";
constexpr auto description =
    "Lactose-free skimmed milk made from Swedish milk from Arlagårdar. The product is designed for adults and children "
    "with lactose intolerance and is therefore free from lactose. The skimmed milk has a delicious full-bodied milk "
    "flavor and is a popular choice for breakfast cereals, porridge or as a drink for the meal.";
constexpr auto label = "dark blue, white striped carton";
constexpr auto printed = "Arla SOMMAR MELLANMJOLK LAKTOSFRI FRAN SVENSKA GARDAR";

void prepare_a_name(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(PreparedPhrase(name));
}
BENCHMARK(prepare_a_name);

void prepare_a_description(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(PreparedPhrase(description));
}
BENCHMARK(prepare_a_description);

void match_prepared_phrases(benchmark::State& state) {
    const PreparedPhrase target(name);
    const PreparedPhrase candidate(label);
    for (auto _ : state) benchmark::DoNotOptimize(vitrine::lexical_match(target, candidate));
}
BENCHMARK(match_prepared_phrases);

void overlap_of_prepared_phrases(benchmark::State& state) {
    const PreparedPhrase read(printed);
    const PreparedPhrase product_name(name);
    const PreparedPhrase product_description(description);
    for (auto _ : state) {
        benchmark::DoNotOptimize(vitrine::text_overlap(read, product_name, product_description));
    }
}
BENCHMARK(overlap_of_prepared_phrases);

} // namespace

BENCHMARK_MAIN();
