#include "cli/attribute_filter.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine::cli {

void add_attribute_option(CLI::App& parser, std::vector<std::string>& given) {
    parser.add_option("--attribute", given, "Only products with this attribute; may stand several times")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
}

std::map<std::string, std::string> attributes_from(const std::vector<std::string>& given) {
    std::map<std::string, std::string> attributes;
    for (const auto& attribute : given) {
        const auto equals = attribute.find('=');
        if (equals == std::string::npos || equals == 0) {
            throw Error(ErrorCode::Configuration,
                        fmt::format("--attribute takes NAME=VALUE, not '{:.100}'.", attribute));
        }
        attributes[attribute.substr(0, equals)] = attribute.substr(equals + 1);
    }
    return attributes;
}

} // namespace vitrine::cli
