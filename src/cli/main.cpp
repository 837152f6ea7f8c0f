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

} // namespace

int main(int argc, char** argv) {
    try {
        return vitrine::cli::run_command_line({argv + 1, argv + argc}, vitrine_environment(), std::cout, std::cerr);
    } catch (const std::exception& error) { // a fault of ours: an Error does not come this far
        std::fprintf(stderr, "vitrine: %s\n", error.what());
        return 1;
    }
}
