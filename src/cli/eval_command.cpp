#include <fstream>
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
#include "engine/evaluation.hpp"
#include "engine/json_text.hpp"

namespace vitrine::cli {
namespace {

struct Options {
    std::string queries;
    std::string images;
    std::string evidence;
    int top = 10;
    int parallel = 0;
    bool by_box = false;
    bool json = false;
};

EvaluationReport evaluate_with_progress(const Session& session, const Options& options) {
    const Interrupt interrupt; // before the shop: its workers must inherit the blocked signals
    ProgressLine progress(session.err, "answered", count_rows(options.queries), errors_go_to_a_terminal());
    auto csv = open_table(options.queries);
    const auto shop = ask_shop(session);
    if (shop->product_count() == 0) {
        throw Error(ErrorCode::NotFound, "There are no products to search among; import a catalogue first.");
    }
    EvaluationOptions evaluation;
    evaluation.images_folder = images_folder(options.images, options.queries);
    evaluation.top = options.top;
    evaluation.by_box = options.by_box;
    evaluation.queries_in_flight = options.parallel;
    std::ofstream evidence;
    if (!options.evidence.empty()) {
        evidence.open(options.evidence);
        evaluation.evidence = &evidence;
    }
    const auto show = [&](const EvaluationCounts& counts) {
        progress.show(counts.queries, counts.failed > 0 ? fmt::format("{} failed", counts.failed) : "");
    };
    auto report = evaluate(*shop, csv, evaluation, show, interrupt.token());
    if (!options.evidence.empty() && !evidence.flush()) {
        throw Error(
            ErrorCode::Unavailable,
            fmt::format("The evidence could not be written to '{}'; check the folder and the disk.", options.evidence));
    }
    return report;
}

std::string shown(const std::optional<double>& score) {
    return score ? fmt::format("{:.4f}", *score) : "-";
}

void print_table(std::ostream& out, const EvaluationReport& report) {
    const auto& scores = report.scores;
    out << fmt::format("queries   {:>8}   answered {}, failed {}, {:.1f} s\n", report.queries, report.answered,
                       report.failed, report.seconds);
    out << fmt::format("top1      {:>8.4f}   the first product is right\n", scores.top1);
    out << fmt::format("top5      {:>8.4f}   one of the first five is right\n", scores.top5);
    out << fmt::format("mAP       {:>8.4f}   mean average precision of the ranking\n", scores.map);
    out << fmt::format("recall5   {:>8}   wanted products among the first five\n", shown(scores.recall5));
    out << fmt::format("category  {:>8}   the first product is of the right category\n", shown(scores.category_top1));
    out << fmt::format("latency   {:>5.0f} ms   half of the answers; 95 %: {:.0f} ms, 99 %: {:.0f} ms\n",
                       report.latency_ms.p50, report.latency_ms.p95, report.latency_ms.p99);
}

ExitCode run(const Session& session, const Options& options) {
    try {
        const auto report = evaluate_with_progress(session, options);
        print_row_errors(session.err, options.queries, report.errors, report.errors_left_out);
        if (report.interrupted) {
            session.err << "vitrine: The evaluation was stopped; its figures are of what was answered until then.\n";
        }
        if (options.json) {
            session.out << evaluation_json(report) << '\n';
        } else {
            print_table(session.out, report);
        }
        return report.failed > 0 || report.interrupted ? ExitCode::SomeFailed : ExitCode::AllDone;
    } catch (const Error& error) {
        if (error.code() != ErrorCode::BadInput) throw;
        throw Error(error.code(), fmt::format("{}: {}", options.queries, error.what())); // the header's fault
    }
}

} // namespace

Command make_eval_command(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    auto* const parser = app.add_subcommand("eval", "Measure retrieval quality and latency on labelled photos");
    parser->add_option("queries", options->queries, "CSV: image,product_ids ('|' between several) or image,category")
        ->required()
        ->type_name("QUERIES.csv");
    parser
        ->add_option("--images", options->images, "What the column image is relative to; the CSV's folder unless given")
        ->type_name("DIR");
    parser->add_option("--top", options->top, "Products asked for by each query")
        ->check(CLI::Range(1, 1000))
        ->type_name("K")
        ->capture_default_str();
    parser->add_option("--parallel", options->parallel, "Queries at one time; one per worker thread unless given")
        ->check(CLI::Range(1, 256))
        ->type_name("N");
    parser
        ->add_option("--evidence", options->evidence,
                     "Write what spoke for every candidate, for scripts/choose-weights; best with a large --top")
        ->type_name("FILE.csv");
    parser->add_flag("--boxes", options->by_box,
                     "Ask about each box of the column boxes ('x y width height', '|' between several, in the order of "
                     "product_ids) by itself");
    parser->add_flag("--json", options->json, "Print the figures as one JSON document");
    return {parser, [options](const Session& session) { return run(session, *options); }};
}

} // namespace vitrine::cli
