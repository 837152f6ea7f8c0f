#pragma once

#include <map>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace vitrine::cli {

/// Declares --attribute NAME=VALUE, which may stand several times, on `parser`.
void add_attribute_option(CLI::App& parser, std::vector<std::string>& given);

/// What was given as names and values. Throws Error(Configuration) for one that is no NAME=VALUE.
std::map<std::string, std::string> attributes_from(const std::vector<std::string>& given);

} // namespace vitrine::cli
