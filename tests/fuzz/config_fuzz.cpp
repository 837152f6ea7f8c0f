// A configuration file from anywhere: refused in one sentence, or whole and checked. The environment and --set go
// through the same table of keys; here each line of the input is also one setting.

#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include <vitrine/config.hpp>
#include <vitrine/error.hpp>

#include "fuzz_target.hpp"

namespace {

void load(const vitrine::ConfigSources& sources) {
    try {
        const auto config = vitrine::load_config(sources);
        promise(config.server.max_pixels > 0 && config.pipeline.max_crops > 0, "a configuration has possible values");
    } catch (const vitrine::Error& error) {
        promise(error.code() == vitrine::ErrorCode::Configuration, "a configuration is refused as such");
        promise(std::string_view(error.what()).size() > 10, "a refusal says why");
    }
}

std::filesystem::path file_with(std::string_view text) {
    auto path =
        std::filesystem::temp_directory_path() / ("vitrine-config-fuzz-" + std::to_string(::getpid()) + ".toml");
    std::ofstream(path, std::ios::binary) << text;
    return path;
}

} // namespace

std::vector<std::string> fuzz_seeds() {
    return {"[server]\nlisten = \"127.0.0.1:8080\"\nmax_pixels = 1000000\n[ml]\nengine = \"builtin\"\n"
            "[ml.limits]\nconcurrency = 4\nrequests_per_second = 2.5\n",
            "server.api_keys=a,b\npipeline.max_crops=4\nlog.level=\"debug\"\n",
            "[pipeline]\nmin_crop_fraction = 0.5 # half\n"};
}

void fuzz_one(std::string_view bytes) {
    const auto file = file_with(bytes);
    load({.file = file, .environment = {}, .settings = {}, .data = {}});
    std::filesystem::remove(file);

    vitrine::ConfigSources settings;
    std::istringstream lines{std::string(bytes)};
    for (std::string line; std::getline(lines, line);) {
        settings.settings.push_back(line);
    }
    load(settings);
}
