// How many photographed codes are read, whether any is read wrong, and what a picture costs with and without codes.
// Run: build/release/bench/barcode_bench ../shared/data
// Times are of computing on one thread, so that a busy machine measures the same.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <opencv2/core/utility.hpp>

#include "core/csv_reader.hpp"
#include "images/codec.hpp"
#include "ml/barcode_reader.hpp"
#include "ml/thread_time.hpp"

namespace {

namespace fs = std::filesystem;
using namespace vitrine;

std::string bytes_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

struct Reading {
    std::vector<Barcode> codes;
    double milliseconds = 0.0;
};

Reading timed_reading(const BarcodeReader& reader, const fs::path& path) {
    const auto picture = decode(bytes_of(path), {}).picture;
    const auto begin = ThreadTime::now();
    Reading reading{reader.read(picture), 0.0};
    reading.milliseconds = std::chrono::duration<double, std::milli>(ThreadTime::now() - begin).count();
    return reading;
}

void print_times(const std::string& what, std::vector<double> times) {
    if (times.empty()) return;
    std::ranges::sort(times);
    double sum = 0.0;
    for (const double time : times) sum += time;
    const auto at = [&](double share) {
        return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
    };
    std::cout << what << ": " << times.size() << " pictures, ms mean " << sum / static_cast<double>(times.size())
              << ", median " << at(0.5) << ", 90 % " << at(0.9) << ", 99 % " << at(0.99) << "\n";
}

struct Tally {
    int right = 0;
    int all = 0;
};

void measure_codes(const BarcodeReader& reader, const fs::path& data) {
    std::ifstream in(data / "barcodes.csv", std::ios::binary);
    CsvReader rows(in);
    std::map<std::string, Tally> tallies;
    std::vector<double> times;
    int wrong = 0;
    while (const auto row = rows.next()) {
        const auto& image = row->fields[0];
        const auto& symbology = row->fields[1];
        const auto& expected = row->fields[2];
        const auto reading = timed_reading(reader, data / image);
        times.push_back(reading.milliseconds);
        auto& tally = tallies[symbology];
        ++tally.all;
        const auto is_right = [&](const Barcode& code) { return symbology != "none" && code.text == expected; };
        if (symbology == "none" ? reading.codes.empty() : std::ranges::any_of(reading.codes, is_right))
            ++tally.right;
        else
            std::cout << "  not read: " << image << " " << expected << "\n";
        for (const auto& code : reading.codes) {
            if (is_right(code)) continue;
            ++wrong;
            std::cout << "  otherwise than listed: " << image << " is " << code.text << ", listed as " << expected
                      << "\n";
        }
    }
    for (const auto& [symbology, tally] : tallies) {
        std::cout << symbology << ": " << tally.right << " of " << tally.all << "\n";
    }
    std::cout << "otherwise than listed: " << wrong << "\n";
    print_times("pictures of codes", times);
}

void measure_photos(const BarcodeReader& reader, const fs::path& folder) {
    std::vector<double> times;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const auto reading = timed_reading(reader, entry.path());
        times.push_back(reading.milliseconds);
        for (const auto& code : reading.codes) {
            std::cout << "  a code in " << entry.path() << ": " << code.symbology << " " << code.text << "\n";
        }
    }
    print_times("photos in " + folder.string(), times);
}

} // namespace

int main(int argc, char** argv) {
    const fs::path data = argc > 1 ? argv[1] : "../shared/data";
    if (!fs::exists(data / "barcodes.csv")) {
        std::cerr << "barcode_bench: " << data << " has no barcodes.csv; name the folder of test data.\n";
        return 2;
    }
    cv::setNumThreads(1);
    try {
        const BarcodeReader reader;
        measure_codes(reader, data);
        measure_photos(reader, data / "grocery/queries");
        measure_photos(reader, data / "clothing/catalog");
    } catch (const std::exception& error) {
        std::cerr << "barcode_bench: " << error.what() << "\n";
        return 1;
    }
}
