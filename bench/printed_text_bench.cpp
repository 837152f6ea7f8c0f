// What printed text says about groceries: how often words are read from shop photos, and how much more they overlap
// with the right product's words than with others'. Run: build/release/bench/printed_text_bench ../shared/data
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include <opencv2/core/utility.hpp>

#include "core/csv_reader.hpp"
#include "core/text_overlap.hpp"
#include "images/codec.hpp"
#include "ml/text_reader.hpp"
#include "ml/thread_time.hpp"

namespace {

namespace fs = std::filesystem;
using namespace vitrine;

struct Product {
    std::string id;
    PreparedPhrase name;
    PreparedPhrase description;
};

std::vector<Product> products_of(const fs::path& csv) {
    std::ifstream in(csv, std::ios::binary);
    CsvReader rows(in);
    std::vector<Product> products;
    while (const auto row = rows.next()) {
        products.push_back({row->fields[0], PreparedPhrase(row->fields[1]), PreparedPhrase(row->fields[2])});
    }
    return products;
}

struct Outcome {
    int photos = 0;
    int with_text = 0;
    int right_overlaps = 0;
    int any_overlaps = 0;
    int right_is_best = 0; ///< alone or among equals
    double right_sum = 0.0;
    double wrong_sum = 0.0; ///< of the mean over wrong products
    double milliseconds = 0.0;
};

void add(Outcome& outcome, const std::string& printed, const std::string& right_id,
         const std::vector<Product>& products) {
    const PreparedPhrase words(printed);
    double right = 0.0;
    double best = 0.0;
    double wrong = 0.0;
    for (const auto& product : products) {
        const double overlap = text_overlap(words, product.name, product.description);
        best = std::max(best, overlap);
        (product.id == right_id ? right : wrong) += overlap;
    }
    ++outcome.photos;
    outcome.with_text += printed.empty() ? 0 : 1;
    outcome.right_overlaps += right > 0.0 ? 1 : 0;
    outcome.any_overlaps += best > 0.0 ? 1 : 0;
    outcome.right_is_best += best > 0.0 && right >= best ? 1 : 0;
    outcome.right_sum += right;
    outcome.wrong_sum += wrong / static_cast<double>(products.size() - 1);
}

Outcome measure(const fs::path& data) {
    const auto products = products_of(data / "grocery/catalog.csv");
    const TextReader reader;
    std::ifstream in(data / "grocery/queries.csv", std::ios::binary);
    CsvReader rows(in);
    Outcome outcome;
    while (const auto row = rows.next()) {
        std::ifstream file(data / row->fields[0], std::ios::binary);
        const auto picture = decode(std::string(std::istreambuf_iterator<char>(file), {}), {}).picture;
        const auto begin = ThreadTime::now();
        const auto printed = reader.read(picture);
        outcome.milliseconds += std::chrono::duration<double, std::milli>(ThreadTime::now() - begin).count();
        add(outcome, printed.text, row->fields[1], products);
    }
    return outcome;
}

} // namespace

int main(int argc, char** argv) {
    const fs::path data = argc > 1 ? argv[1] : "../shared/data";
    if (!fs::exists(data / "grocery/queries.csv")) {
        std::cerr << "printed_text_bench: " << data << " has no grocery/queries.csv; name the folder of test data.\n";
        return 2;
    }
    cv::setNumThreads(1);
    try {
        const auto outcome = measure(data);
        const double photos = std::max(1, outcome.photos);
        std::cout << outcome.photos << " photos, " << outcome.milliseconds / photos << " ms each\n"
                  << "with legible words: " << outcome.with_text << "\n"
                  << "with words of any product: " << outcome.any_overlaps << "\n"
                  << "with words of the right product: " << outcome.right_overlaps << "\n"
                  << "of which no product has more: " << outcome.right_is_best << "\n"
                  << "mean overlap with the right product: " << outcome.right_sum / photos << "\n"
                  << "mean overlap with a wrong product: " << outcome.wrong_sum / photos << "\n";
    } catch (const std::exception& error) {
        std::cerr << "printed_text_bench: " << error.what() << "\n";
        return 1;
    }
}
