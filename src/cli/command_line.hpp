#pragma once

#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace vitrine::cli {

/// Runs one command line and returns its exit code (command.hpp). `arguments` are without the program's name;
/// `environment` holds the VITRINE_* variables. Throws nothing of ours: every error ends as one sentence on `err` and,
/// with `--json`, as {"error":…,"code":…} on `out`.
int run_command_line(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment,
                     std::ostream& out, std::ostream& err);

} // namespace vitrine::cli
