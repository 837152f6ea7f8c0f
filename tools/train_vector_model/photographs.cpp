#include "photographs.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

#include <vitrine/error.hpp>

namespace vitrine::training {

std::string read_bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Error(ErrorCode::NotFound, "The file '" + path + "' cannot be read.");
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<Photograph> list_photographs(const std::string& folder) {
    std::istringstream lines(read_bytes(folder + "/clothing/catalog.csv"));
    std::vector<Photograph> photographs;
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
        if (line.ends_with('\r')) line.pop_back();
        const auto last = line.rfind(',');
        const auto second_last = last == std::string::npos ? last : line.rfind(',', last - 1);
        if (second_last == std::string::npos) continue;
        photographs.push_back(
            {folder + "/" + line.substr(last + 1), line.substr(second_last + 1, last - second_last - 1)});
    }
    return photographs;
}

} // namespace vitrine::training
