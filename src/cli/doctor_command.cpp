#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "client/server_doctor.hpp"
#include "core/version.hpp"
#include "engine/doctor.hpp"
#include "engine/json_text.hpp"

namespace vitrine::cli {
namespace {

ExitCode run(const Session& session, bool json) {
    const auto& config = session.config;
    auto checks =
        config.server.url.empty() ? diagnose(config) : diagnose_server(server_address(config, config.server.url));
    checks.insert(checks.begin(), {"program", true, fmt::format("vitrine {}", version)});
    if (json) {
        session.out << checks_json(checks) << '\n';
    } else {
        for (const auto& check : checks) {
            session.out << fmt::format("{:<6} {:<14} {}\n", check.ok ? "ok" : "FAILED", check.name,
                                       one_line(check.detail));
        }
    }
    const auto failed = std::count_if(checks.begin(), checks.end(), [](const Check& check) { return !check.ok; });
    if (failed == 0) return ExitCode::AllDone;
    session.err << fmt::format("vitrine: {} of {} checks failed.\n", failed, checks.size());
    return ExitCode::SomeFailed;
}

} // namespace

Command make_doctor_command(CLI::App& app) {
    const auto json = std::make_shared<bool>(false);
    auto* const parser = app.add_subcommand("doctor", "Check configuration, folders, database, engine and disk");
    parser->add_flag("--json", *json, "Print the checks as one JSON document");
    return {parser, [json](const Session& session) { return run(session, *json); }};
}

} // namespace vitrine::cli
