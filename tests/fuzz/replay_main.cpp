// Runs a fuzz target without a fuzzer: its seeds, and mutations of them that are the same every time.
//
//     <name>_fuzz_replay                  all of that
//     <name>_fuzz_replay FILE...          these inputs alone, to see a crash again
//     <name>_fuzz_replay --seeds FOLDER   writes the seeds there, for libFuzzer to start from

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "fuzz_target.hpp"

namespace {

constexpr int mutations_per_seed = 500;
constexpr std::array<unsigned char, 8> telling_bytes{0x00, 0x01, 0x7F, 0x80, 0xFF, '"', '\n', '{'};

class Mutator {
public:
    std::string mutated(std::string bytes) {
        for (auto steps = 1 + below(4); steps > 0; --steps) {
            mutate(bytes);
        }
        return bytes;
    }

private:
    // Not std::uniform_int_distribution, whose numbers differ between standard libraries.
    std::size_t below(std::size_t limit) { return random_() % limit; }

    void mutate(std::string& bytes) {
        if (bytes.empty()) {
            bytes += static_cast<char>(below(256));
            return;
        }
        const auto at = below(bytes.size());
        const auto length = 1 + below(std::min<std::size_t>(bytes.size() - at, 16));
        switch (below(7)) {
        case 0: bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8))); break;
        case 1: bytes[at] = static_cast<char>(telling_bytes[below(telling_bytes.size())]); break;
        case 2: bytes.erase(at, length); break;
        case 3: bytes.insert(at, bytes.substr(at, length)); break;
        case 4: bytes.resize(at); break;
        case 5: bytes.insert(at, 1, static_cast<char>(below(256))); break;
        default:
            bytes.replace(at, length, length, static_cast<char>(telling_bytes[below(telling_bytes.size())]));
            break;
        }
    }

    std::mt19937_64 random_{20'240'229};
};

void replay_seeds() {
    Mutator mutator;
    fuzz_one("");
    for (const auto& seed : fuzz_seeds()) {
        fuzz_one(seed);
        for (int i = 0; i < mutations_per_seed; ++i) {
            fuzz_one(mutator.mutated(seed));
        }
    }
}

void replay_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    promise(in.is_open(), "the file named on the command line can be read");
    fuzz_one(std::string(std::istreambuf_iterator<char>(in), {}));
}

void write_seeds(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    int number = 0;
    for (const auto& seed : fuzz_seeds()) {
        std::ofstream(folder / ("seed-" + std::to_string(number++)), std::ios::binary) << seed;
    }
}

} // namespace

int main(int count, char** arguments) {
    if (count == 3 && std::string_view(arguments[1]) == "--seeds") {
        write_seeds(arguments[2]);
    } else if (count > 1) {
        std::for_each(arguments + 1, arguments + count, [](const char* path) { replay_file(path); });
    } else {
        replay_seeds();
    }
}
