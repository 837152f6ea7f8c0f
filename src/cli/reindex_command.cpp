#include <chrono>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "cli/asked_shop.hpp"
#include "cli/command.hpp"
#include "cli/progress_line.hpp"
#include "cli/terminal.hpp"
#include "engine/followed_job.hpp"
#include "lifecycle/run_reports.hpp"

namespace vitrine::cli {
namespace {

struct Options {
    bool estimate = false, rollback = false, drop = false, json = false;
};

/// Waits for the job's end and shows how far it is.
JobState follow_with_progress(Shop& shop, JobId job, std::ostream& err) {
    constexpr std::chrono::milliseconds between{500};
    ProgressLine progress(err, "embedded", shop.job(job)->job.crops_total, errors_go_to_a_terminal());
    for (;;) {
        const auto ended = shop.wait(job, std::chrono::steady_clock::now() + between);
        if (const auto detail = shop.job(job)) progress.show(detail->job.crops_done, "");
        if (ended) return *ended;
    }
}

std::string work_of(const ReindexEstimate& estimate) {
    return fmt::format("{} images, {} labels, {} model calls, about {:.0f} s", estimate.images, estimate.labels,
                       estimate.model_calls, estimate.seconds);
}

void tell(const Session& session, const Options& options, const ReindexEstimate& estimate, bool switched) {
    if (options.json) {
        session.out << reindex_json(estimate, switched && estimate.from != estimate.to) << '\n';
    } else if (estimate.unchanged) {
        session.out << one_line(fmt::format("the catalogue is of the model {} already", estimate.to)) << '\n';
    } else if (options.estimate) {
        session.out << one_line(fmt::format("{} → {}: {}", estimate.from, estimate.to, work_of(estimate))) << '\n';
    } else if (estimate.from == estimate.to) {
        session.out << one_line(fmt::format("{} labels of the model {} were made anew", estimate.labels, estimate.to))
                    << '\n';
    } else {
        session.out << one_line(fmt::format("searches use the model {}", estimate.to)) << '\n';
    }
}

ExitCode finish(const Session& session, Shop& shop, JobId job) {
    if (follow_with_progress(shop, job, session.err) == JobState::Succeeded) return ExitCode::AllDone;
    session.err << fmt::format("vitrine: {}\n", one_line(why_not_succeeded(shop, job)));
    return ExitCode::SomeFailed;
}

ExitCode run(const Session& session, const Options& options) {
    const auto shop = ask_shop(session);
    if (options.rollback || options.drop) {
        const JobId job = options.rollback ? shop->start_reindex_rollback() : shop->start_reindex_drop();
        const ExitCode code = finish(session, *shop, job);
        const auto report = options.json ? shop->newest_report("reindex") : std::nullopt;
        if (report) session.out << *report << '\n';
        if (!options.json && code == ExitCode::AllDone) session.out << (options.drop ? "dropped\n" : "rolled back\n");
        return code;
    }
    const ReindexEstimate estimate = shop->reindex_estimate();
    if (options.estimate || estimate.unchanged) {
        tell(session, options, estimate, false);
        return ExitCode::AllDone;
    }
    session.err << one_line(fmt::format("vitrine: {}", work_of(estimate))) << '\n';
    const auto job = shop->start_reindex();
    const ExitCode code = job ? finish(session, *shop, *job) : ExitCode::AllDone;
    const bool done = code == ExitCode::AllDone;
    if (done || options.json) tell(session, options, estimate, job.has_value() && done);
    return code;
}

} // namespace

Command make_reindex_command(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    auto* const parser = app.add_subcommand("reindex", "Change the catalogue to another model, or back");
    parser->add_flag("--estimate", options->estimate, "Only say what it would take");
    auto* const rollback = parser->add_flag("--rollback", options->rollback, "Back to the model before");
    parser->add_flag("--drop", options->drop, "Drop the model that searches do not use any more")->excludes(rollback);
    parser->add_flag("--json", options->json, "Print one JSON document");
    return {parser, [options](const Session& session) { return run(session, *options); }};
}

} // namespace vitrine::cli
