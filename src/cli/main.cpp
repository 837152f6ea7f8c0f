#include <cstdio>
#include <exception>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "cli/command_line.hpp"

namespace {

std::map<std::string, std::string> vitrine_environment() {
    std::map<std::string, std::string> variables;
    for (char** entry = environ; entry && *entry; ++entry) {
        const std::string_view text = *entry;
        const auto equals = text.find('=');
        if (!text.starts_with("VITRINE_") || equals == std::string_view::npos) continue;
        variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return variables;
}

/// A key that stands on the command line can be read by everybody on this machine (ps) until it is written over.
void hide_api_key(int argc, char** argv) {
    constexpr std::string_view option = "--api-key";
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        char* key = nullptr;
        if (argument == option && i + 1 < argc) key = argv[++i];
        if (argument.starts_with(option) && argument.substr(option.size()).starts_with('='))
            key = argv[i] + option.size();
        for (; key != nullptr && *key != '\0'; ++key) *key = '\0';
    }
}

} // namespace

int main(int argc, char** argv) {
    try {
        const std::vector<std::string> arguments(argv + 1, argv + argc);
        hide_api_key(argc, argv);
        return vitrine::cli::run_command_line(arguments, vitrine_environment(), std::cout, std::cerr);
    } catch (const std::exception& error) { // a fault of ours: an Error does not come this far
        std::fprintf(stderr, "vitrine: %s\n", error.what());
        return 1;
    }
}
