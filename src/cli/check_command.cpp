#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/asked_shop.hpp"
#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "lifecycle/run_reports.hpp"

namespace vitrine::cli {
namespace {

struct Options {
    CheckOptions check;
    bool json = false;
};

void print(std::ostream& out, const CheckReport& report) {
    out << fmt::format("{} links, {} vectors, {} files\n", report.product_images, report.vectors, report.files);
    const std::pair<const char*, std::int64_t> faults[] = {
        {"vectors missing", report.missing_vectors},  {"vectors without a link", report.orphan_vectors},
        {"vectors damaged", report.wrong_dimensions}, {"vectors of another model", report.wrong_models},
        {"files missing", report.missing_files},      {"files without an image", report.orphan_files},
        {"files damaged", report.corrupted_files}};
    for (const auto& [what, count] : faults) {
        if (count > 0) out << fmt::format("{:>8} {}\n", count, what);
    }
    if (report.repaired > 0) out << fmt::format("{:>8} repaired\n", report.repaired);
    for (const auto& example : report.examples) out << one_line(example) << '\n';
    out << (report.consistent() ? "consistent\n" : "not consistent\n");
}

ExitCode run(const Session& session, const Options& options) {
    const auto shop = ask_shop(session);
    const CheckReport report = shop->check(options.check);
    if (options.json) {
        session.out << to_json(report) << '\n';
    } else {
        print(session.out, report);
    }
    if (report.consistent()) return ExitCode::AllDone;
    session.err << (options.check.repair
                        ? "vitrine: Not all could be repaired; hand the named photos in again.\n"
                        : "vitrine: Something is amiss; vitrine check --repair mends what can be mended.\n");
    return ExitCode::SomeFailed;
}

} // namespace

Command make_check_command(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    auto* const parser = app.add_subcommand("check", "Compare vectors and files with the database");
    parser->add_flag("--repair", options->check.repair, "Put missing vectors, remove what nothing refers to");
    parser->add_flag("--hash-files", options->check.hash_files, "Also read every file and compare its hash: slow");
    parser->add_flag("--json", options->json, "Print one JSON document");
    return {parser, [options](const Session& session) { return run(session, *options); }};
}

} // namespace vitrine::cli
