#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "cli/asked_shop.hpp"
#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/progress_line.hpp"
#include "cli/table_files.hpp"
#include "cli/terminal.hpp"
#include "engine/catalogue_import.hpp"
#include "engine/json_text.hpp"

namespace vitrine::cli {
namespace {

struct Options {
    std::string catalogue;
    std::string images;
    bool json = false;
};

ImportReport import_with_progress(const Session& session, const Options& options) {
    const Interrupt interrupt; // before the shop: its workers must inherit the blocked signals
    ProgressLine progress(session.err, "imported", count_rows(options.catalogue), errors_go_to_a_terminal());
    auto csv = open_table(options.catalogue);
    const auto shop = ask_shop(session);
    ImportOptions import;
    import.images_folder = images_folder(options.images, options.catalogue);
    const auto show = [&](const ImportCounts& counts) {
        progress.show(counts.finished(), counts.failed > 0 ? fmt::format("{} failed", counts.failed) : "");
    };
    import.waiting = [&](const std::string& why) {
        progress.say(fmt::format("vitrine: {} The import waits and goes on by itself.", one_line(why)));
};
return import_catalogue(*shop, csv, import, show, interrupt.token());
} // namespace

void print_summary(std::ostream& out, const ImportReport& report) {
    out << fmt::format("{} rows: {} indexed, {} unchanged, {} failed in {:.1f} s", report.rows, report.indexed,
                       report.unchanged, report.failed, report.seconds);
    if (report.indexed > 0 && report.seconds > 0) {
        out << fmt::format(" ({:.1f} indexed per second)", static_cast<double>(report.indexed) / report.seconds);
    }
    out << '\n';
}

ExitCode run(const Session& session, const Options& options) {
    try {
        const auto report = import_with_progress(session, options);
        print_row_errors(session.err, options.catalogue, report.errors, report.errors_left_out);
        if (report.interrupted) {
            session.err << "vitrine: The import was stopped; run the same command again to go on where it ended.\n";
        }
        if (options.json) {
            session.out << import_json(report) << '\n';
        } else {
            print_summary(session.out, report);
        }
        return report.failed > 0 || report.interrupted ? ExitCode::SomeFailed : ExitCode::AllDone;
    } catch (const Error& error) {
        if (error.code() != ErrorCode::BadInput) throw;
        throw Error(error.code(), fmt::format("{}: {}", options.catalogue, error.what())); // the header's fault
    }
}

} // namespace vitrine::cli

Command make_import_command(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    auto* const parser = app.add_subcommand("import", "Index a catalogue; run again, it goes on where it was stopped");
    parser
        ->add_option("catalogue", options->catalogue, "CSV: product_id,name,description,category,image and any others")
        ->required()
        ->type_name("CATALOG.csv");
    parser
        ->add_option("--images", options->images, "What the column image is relative to; the CSV's folder unless given")
        ->type_name("DIR");
    parser->add_flag("--json", options->json, "Print the outcome as one JSON document");
    return {parser, [options](const Session& session) { return run(session, *options); }};
}

} // namespace vitrine::cli
