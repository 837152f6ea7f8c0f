#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "cli/asked_shop.hpp"
#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "cli/text_table.hpp"
#include "engine/followed_job.hpp"
#include "engine/json_text.hpp"

namespace vitrine::cli {
namespace {

struct Options {
    std::int64_t id = 0;
    std::string state;
    JobFilter filter;
    bool json = false;
};

std::string crops_text(const Job& job) {
    auto text = fmt::format("{}/{}", job.crops_done, job.crops_total);
    if (job.crops_failed > 0) text += fmt::format(" ({} failed)", job.crops_failed);
    return text;
}

std::string state_text(const Job& job) {
    return std::string(to_string(job.state)) + (job.stage.empty() ? "" : ": " + job.stage);
}

std::string duration_text(const Job& job) {
    if (!job.finished_at) return "-";
    return fmt::format("{} ms", (*job.finished_at - job.created_at).count());
}

ExitCode list(const Session& session, const Options& options) {
    const auto shop = ask_shop(session);
    auto filter = options.filter;
    if (!options.state.empty()) filter.state = job_state_from(options.state);
    const auto jobs = shop->jobs(filter);
    if (options.json) {
        session.out << jobs_json(jobs) << '\n';
        return ExitCode::AllDone;
    }
    TextTable table({"ID", "KIND", "STATE", "CROPS", "CREATED", "TOOK", "ERROR"});
    for (const auto& job : jobs) {
        table.add({std::to_string(job.id.value), job.kind, state_text(job), crops_text(job),
                   to_rfc3339(job.created_at).substr(0, 19), duration_text(job),
                   job.errors.empty() ? "" : job.errors.back()});
    }
    table.print(session.out, output_columns());
    return ExitCode::AllDone;
}

JobDetail job_of(Shop& shop, const Options& options) {
    auto detail = shop.job(JobId{options.id});
    if (!detail) {
        throw Error(ErrorCode::NotFound,
                    fmt::format("There is no job {}; vitrine jobs list shows the newest.", options.id));
    }
    return std::move(*detail);
}

void print_job(std::ostream& out, const JobDetail& detail) {
    const auto& job = detail.job;
    out << fmt::format("job {} ({}): {}, {} crops, attempt {}, created {}, took {}\n", job.id.value, job.kind,
                       state_text(job), crops_text(job), job.attempts, to_rfc3339(job.created_at), duration_text(job));
    for (const auto& error : job.errors) out << "error: " << one_line(error) << '\n';
    TextTable table({"TASK", "KIND", "STATE", "ATTEMPTS", "WAITED", "WORKED", "ERROR"});
    for (const auto& task : detail.tasks) {
        table.add({std::to_string(task.id.value), task.kind, std::string(to_string(task.state)),
                   std::to_string(task.attempts), fmt::format("{} ms", task.waited.count()),
                   fmt::format("{} ms", task.worked.count()), task.error});
    }
    table.print(out, output_columns());
}

void print(const Session& session, const Options& options, const JobDetail& detail) {
    if (options.json) {
        session.out << job_json(detail) << '\n';
    } else {
        print_job(session.out, detail);
    }
}

ExitCode show(const Session& session, const Options& options) {
    const auto shop = ask_shop(session);
    print(session, options, job_of(*shop, options));
    return ExitCode::AllDone;
}

// Waits for the end: without a server the work is done by this very process.
ExitCode retry(const Session& session, const Options& options) {
    const auto shop = ask_shop(session);
    shop->retry_job(JobId{options.id});
    follow(*shop, JobId{options.id}, {});
    const auto detail = job_of(*shop, options);
    print(session, options, detail);
    if (detail.job.state == JobState::Succeeded) return ExitCode::AllDone;
    session.err << fmt::format("vitrine: {}\n", one_line(why_not_succeeded(*shop, detail.job.id)));
    return ExitCode::SomeFailed;
}

ExitCode cancel(const Session& session, const Options& options) {
    const auto shop = ask_shop(session);
    const bool cancelled = shop->cancel_job(JobId{options.id});
    const auto detail = job_of(*shop, options);
    print(session, options, detail);
    if (cancelled) return ExitCode::AllDone;
    session.err << fmt::format("vitrine: Job {} had already ended {}.\n", options.id, to_string(detail.job.state));
    return ExitCode::SomeFailed;
}

ExitCode erase(const Session& session, const Options& options) {
    const auto shop = ask_shop(session);
    if (!shop->erase_query(JobId{options.id})) {
        throw Error(ErrorCode::NotFound,
                    fmt::format("There is no query {}; vitrine jobs list --kind query shows the newest.", options.id));
    }
    if (options.json) {
        session.out << fmt::format("{{\"erased\":{}}}\n", options.id);
    } else {
        session.out << fmt::format("erased query {}\n", options.id);
    }
    return ExitCode::AllDone;
}

} // namespace

Command make_jobs_command(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    auto* const parser = app.add_subcommand("jobs", "List, show, retry or cancel jobs");
    parser->require_subcommand(0, 1);
    parser->add_flag("--json", options->json, "Print one JSON document");
    parser->add_option("--state", options->state, "list: only in this state")
        ->check(CLI::IsMember({"queued", "running", "succeeded", "partially_succeeded", "failed", "cancelled"}))
        ->type_name("STATE");
    parser->add_option("--kind", options->filter.kind, "list: only of this kind")
        ->check(CLI::IsMember({"index", "query", "import", "cleanup", "check", "reindex"}))
        ->type_name("KIND");
    parser->add_option("--limit", options->filter.limit, "list: at most so many, newest first")
        ->check(CLI::Range(1, 1000))
        ->type_name("N")
        ->capture_default_str();
    parser->add_subcommand("list", "The newest jobs; the same as no word");
    const auto add = [&](const char* name, const char* about) {
        auto* const action = parser->add_subcommand(name, about);
        action->add_option("id", options->id, "The job's number")->required()->type_name("ID");
        return action;
    };
    auto* const show_parser = add("show", "One job, its steps and their times");
    auto* const retry_parser = add("retry", "Run a failed job again and wait for its end");
    auto* const cancel_parser = add("cancel", "Cancel an unfinished job");
    auto* const erase_parser = add("erase", "Erase a query: its photo, labels, vectors and results");
    return {parser, [=](const Session& session) {
                if (show_parser->parsed()) return show(session, *options);
                if (retry_parser->parsed()) return retry(session, *options);
                if (cancel_parser->parsed()) return cancel(session, *options);
                if (erase_parser->parsed()) return erase(session, *options);
                return list(session, *options);
            }};
}

} // namespace vitrine::cli
