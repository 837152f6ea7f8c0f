#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/asked_shop.hpp"
#include "cli/command.hpp"
#include "lifecycle/run_reports.hpp"

namespace vitrine::cli {
namespace {

struct Options {
    CleanupOptions cleanup;
    int days = -1; ///< below 0: not given
    bool json = false;
};

ExitCode run(const Session& session, const Options& options) {
    CleanupOptions asked = options.cleanup;
    if (options.days >= 0) asked.older_than_days = options.days;
    const auto shop = ask_shop(session);
    const CleanupReport report = shop->cleanup(asked);
    if (options.json) {
        session.out << to_json(report) << '\n';
    } else {
        session.out << fmt::format("{} {} images with {} crops, {:.1f} MB, last handed in before {} UTC\n",
                                   report.dry_run ? "would remove" : "removed", report.images, report.crops,
                                   static_cast<double>(report.bytes) / 1e6, to_rfc3339(report.cutoff).substr(0, 19));
    }
    return ExitCode::AllDone;
}

} // namespace

Command make_cleanup_command(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    auto* const parser = app.add_subcommand("cleanup", "Remove the photos of old queries");
    parser->add_flag("--dry-run", options->cleanup.dry_run, "Only say what would be removed");
    parser->add_option("--older-than-days", options->days, "In place of retention.query_images_months")
        ->type_name("N")
        ->check(CLI::Range(0, 36'500));
    parser->add_flag("--json", options->json, "Print one JSON document");
    return {parser, [options](const Session& session) { return run(session, *options); }};
}

} // namespace vitrine::cli
