// What finding products by words, by attributes and by neither takes in a large catalogue: pages of 20 as the HTTP API
// asks for them, without HTTP.
//
//     build/release/bench/word_search_bench [products=100000] [database=sqlite|postgres]
//
// Names are of three words of a vocabulary in which a few are frequent and most are rare, as in a shop. Prints the
// median and the 95th percentile of each question, with how many products it finds. Figures: docs/performance.md.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "engine/product_page.hpp"
#include "storage/postgres_database.hpp"
#include "storage/postgres_test_server.hpp"
#include "storage/product_repository.hpp"
#include "storage/sqlite_database.hpp"

namespace vitrine {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int words = 20'000;
constexpr int batch = 500;

/// The n-th word, "baba" and so on: pronounceable, and no two share a stem.
std::string word(int n) {
    static constexpr std::string_view consonants = "bdfgklmnprtvz", vowels = "aeiou";
    std::string text;
    for (int i = 0; i < 4; ++i) {
        text += consonants[static_cast<std::size_t>(n) % consonants.size()];
        n /= static_cast<int>(consonants.size());
        text += vowels[static_cast<std::size_t>(n) % vowels.size()];
        n /= static_cast<int>(vowels.size());
    }
    return text;
}

/// Rank 1 is chosen most often (Zipf).
int some_word(std::mt19937& random) {
    const double u = std::uniform_real_distribution<double>(0.0, 1.0)(random);
    return static_cast<int>(std::pow(static_cast<double>(words), u)) - 1;
}

void fill(Database& database, int products) {
    std::mt19937 random(1);
    const Timestamp now = SystemClock().now();
    for (int from = 0; from < products; from += batch) {
        database.write([&](Transaction& tx) {
            for (int i = from; i < std::min(from + batch, products); ++i) {
                product_repository::save(
                    tx,
                    {.external_id = fmt::format("SKU-{}", i),
                     .name = fmt::format("{} {} {}", word(some_word(random)), word(some_word(random)),
                                         word(some_word(random))),
                     .description = fmt::format("{} with {} and {}", word(some_word(random)), word(some_word(random)),
                                                word(some_word(random))),
                     .category = fmt::format("kind {}", i % 50),
                     .attributes = fmt::format(R"({{"brand":"{}","size":{}}})", word(some_word(random)), i % 40)},
                    now);
            }
        });
    }
}

struct Question {
    const char* name;
    ProductFilter filter;
};

std::size_t found_in_all(Database& database, ProductFilter filter) {
    filter.limit = 1000;
    std::size_t found = 0;
    for (;;) {
        const auto page = product_page(database, filter);
        found += page.products.size();
        if (page.next_cursor.empty()) return found;
        filter.cursor = page.next_cursor;
    }
}

void measure(Database& database, const Question& question) {
    constexpr int times = 60;
    std::vector<double> took_ms;
    auto filter = question.filter;
    filter.limit = 20;
    for (int i = 0; i < times; ++i) {
        const auto begin = SteadyClock::now();
        const auto page = product_page(database, filter);
        took_ms.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - begin).count());
        filter.cursor = page.next_cursor; // the pages follow each other, and begin anew after the last
    }
    std::ranges::sort(took_ms);
    fmt::print("{:<44} {:>7} found  median {:>8.2f} ms  p95 {:>8.2f} ms\n", question.name,
               found_in_all(database, question.filter), took_ms[times / 2], took_ms[times * 95 / 100]);
}

int run(int products, bool postgres) {
    std::string pattern = (std::filesystem::temp_directory_path() / "vitrine-bench-XXXXXX").string();
    const std::filesystem::path folder = ::mkdtemp(pattern.data());
    std::optional<testing_support::PostgresServer> server;
    if (postgres) server.emplace(testing_support::PostgresServer::Flush::Yes);
    {
        const std::unique_ptr<Database> database =
            server ? open_postgres({.url = server->new_database()})
                   : open_sqlite({.file = folder / "vitrine.db", .durability = Durability::Normal});
        const auto begin = SteadyClock::now();
        fill(*database, products);
        const double seconds = std::chrono::duration<double>(SteadyClock::now() - begin).count();
        fmt::print("{} products written in {:.1f} s, {:.0f} a second\n", products, seconds, products / seconds);
        const auto name = [](int n) { return word(n - 1); };
        for (const Question& question : {
                 Question{"no words", {}},
                 Question{"a category", {.text = {}, .category = "kind 7"}},
                 Question{"a rare word", {.text = name(9'000), .category = {}}},
                 Question{"a word of a hundredth", {.text = name(60), .category = {}}},
                 Question{"the most frequent word", {.text = name(1), .category = {}}},
                 Question{"a beginning of two letters", {.text = name(1).substr(0, 2), .category = {}}},
                 Question{"two frequent words", {.text = name(1) + ' ' + name(2), .category = {}}},
                 Question{"a frequent and a rare word", {.text = name(1) + ' ' + name(9'000), .category = {}}},
                 Question{"an attribute", {.text = {}, .category = {}, .attributes = {{"size", "7"}}}},
                 Question{"the most frequent word and an attribute",
                          {.text = name(1), .category = {}, .attributes = {{"size", "7"}}}},
                 Question{"the most frequent word in a category", {.text = name(1), .category = "kind 7"}},
             }) {
            measure(*database, question);
        }
        const auto asked = SteadyClock::now();
        const auto names = attribute_names(*database, "", 100);
        const auto values = attribute_values(*database, "brand", "", 100);
        fmt::print("{} names and {} values of attributes: {:.2f} ms\n", names.texts.size(), values.texts.size(),
                   std::chrono::duration<double, std::milli>(SteadyClock::now() - asked).count());
    }
    std::filesystem::remove_all(folder);
    return 0;
}

} // namespace
} // namespace vitrine

int main(int argc, char** argv) {
    const bool postgres = argc > 2 && std::string_view(argv[2]) == "postgres";
    return vitrine::run(argc > 1 ? std::atoi(argv[1]) : 100'000, postgres);
}
