#include <condition_variable>
#include <memory>
#include <mutex>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/patient_start.hpp"

namespace vitrine::cli {
namespace {

void wait_for(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any asked;
    std::unique_lock lock(mutex);
    asked.wait(lock, stop, [] { return false; });
}

/// Works until SIGTERM or Ctrl-C; then lets running steps end and hands the rest back. A second one ends it at once,
/// and its tasks run elsewhere when their leases end. A database that is away is waited for.
ExitCode run(const Session& session, int workers) {
    Config config = session.config;
    if (!config.database.url.starts_with("postgresql://")) {
        throw Error(ErrorCode::Configuration,
                    "vitrine worker shares a PostgreSQL database with others; set database.url "
                    "to postgresql://… (an embedded database has one process, vitrine serve).");
    }
    if (workers > 0) config.jobs.workers = workers;
    const Interrupt interrupt;
    {
        const auto engine = start_patiently(config, interrupt.token(), session.err);
        if (!engine) return ExitCode::AllDone;
        engine->start_schedules();
        session.err << "vitrine: working; Ctrl-C or SIGTERM ends it when the running steps have ended.\n" << std::flush;
        wait_for(interrupt.token());
        session.err << "vitrine: stopping.\n" << std::flush;
    }
    return ExitCode::AllDone;
}

} // namespace

Command make_worker_command(CLI::App& app) {
    const auto workers = std::make_shared<int>(0);
    auto* const parser = app.add_subcommand("worker", "Work on the jobs of a shared database until stopped");
    parser->add_option("--workers", *workers, "Worker threads; jobs.workers unless given")
        ->type_name("N")
        ->check(CLI::Range(1, 256));
    return {parser, [workers](const Session& session) { return run(session, *workers); }, /*of_this_machine=*/true};
}

} // namespace vitrine::cli
