#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <vitrine/engine.hpp>
#include <vitrine/error.hpp>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/patient_start.hpp"
#include "server/service.hpp"

namespace vitrine::cli {
namespace {

struct Options {
    std::string listen;
    std::optional<int> workers;
};

Config with_options(Config config, const Options& options) {
    if (!options.listen.empty()) config.server.listen = options.listen;
    if (options.workers) {
        config.jobs.work = *options.workers > 0;
        if (*options.workers > 0) config.jobs.workers = *options.workers;
    }
    if (!config.jobs.work && !config.database.url.starts_with("postgresql://")) {
        throw Error(ErrorCode::Configuration,
                    "Without workers (--workers 0, jobs.work) nobody works on an embedded database, which has one "
                    "process; set database.url to postgresql://… and start vitrine worker beside it.");
    }
    return config;
}

/// Where the other commands of this machine find the server: one that listens on every address has none to be asked at.
std::string address_for_this_machine(const server::Service& service) {
    auto url = service.url();
    for (const auto& [every, this_machine] :
         {std::pair("//0.0.0.0:", "//127.0.0.1:"), std::pair("//[::]:", "//[::1]:")}) {
        if (const auto at = url.find(every); at != std::string::npos)
            url.replace(at, std::string_view(every).size(), this_machine);
    }
    return url;
}

/// Serves until SIGTERM or Ctrl-C; then takes no more requests, lets running requests and steps end and hands the rest
/// back. A second one ends it at once, which the stores survive. A shared database that is away is waited for.
ExitCode run(const Session& session, const Options& options) {
    const Config config = with_options(session.config, options);
    server::check_service(config);
    if (!config.server.api_key.empty() && config.server.api_keys.empty()) {
        session.err << "vitrine: server.api_key is what commands send to a server; this one asks for no key until "
                       "server.api_keys is set.\n";
    }
    const Interrupt interrupt;
    {
        const auto engine = start_patiently(config, interrupt.token(), session.err);
        if (!engine) return ExitCode::AllDone;
        server::Service service(*engine);
        const auto announced = engine->announce_server(address_for_this_machine(service), service.instance());
        engine->start_schedules();
        session.err << fmt::format("vitrine: serving on {}; Ctrl-C or SIGTERM ends it.\n", service.url()) << std::flush;
        std::mutex mutex;
        std::condition_variable_any asked;
        std::unique_lock lock(mutex);
        asked.wait(lock, interrupt.token(), [] { return false; });
        session.err << "vitrine: stopping.\n" << std::flush;
    }
    return ExitCode::AllDone;
}

} // namespace

Command make_serve_command(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    auto* const parser = app.add_subcommand("serve", "Serve the HTTP API and the web page, and work on jobs");
    parser->add_option("--listen", options->listen, "Address and port; server.listen unless given")
        ->type_name("HOST:PORT");
    parser->add_option("--workers", options->workers, "Worker threads, 0 for none; jobs.workers unless given")
        ->type_name("N")
        ->check(CLI::Range(0, 256));
    return {parser, [options](const Session& session) { return run(session, *options); }, /*of_this_machine=*/true};
}

} // namespace vitrine::cli
