#pragma once

#include <functional>
#include <ostream>

#include <vitrine/config.hpp>

namespace CLI {
class App;
}

namespace vitrine::cli {

/// What the shell is told (the contract's exit codes).
enum class ExitCode {
    AllDone = 0,
    SomeFailed = 1, ///< some or all of it failed; said on stderr
    WrongUsage = 2, ///< or wrong configuration
};

/// What a command runs with. With `--json` it writes exactly one JSON document to `out`, and nothing else.
struct Session {
    const Config& config;
    std::ostream& out;
    std::ostream& err;
};

/// One subcommand: what parses it, and what runs once it was parsed. Errors are thrown as vitrine::Error.
struct Command {
    CLI::App* parser = nullptr;
    std::function<ExitCode(const Session&)> run;
    bool of_this_machine = false; ///< it is about this machine's own processes and files: no server is asked
};

// Each declares one subcommand on `app`; the file of the same name has it whole: parse, build the Engine, call, print.
Command make_import_command(CLI::App& app);
Command make_add_command(CLI::App& app);
Command make_search_command(CLI::App& app);
Command make_eval_command(CLI::App& app);
Command make_products_command(CLI::App& app);
Command make_jobs_command(CLI::App& app);
Command make_serve_command(CLI::App& app);
Command make_worker_command(CLI::App& app);
Command make_check_command(CLI::App& app);
Command make_cleanup_command(CLI::App& app);
Command make_models_command(CLI::App& app);
Command make_reindex_command(CLI::App& app);
Command make_doctor_command(CLI::App& app);

} // namespace vitrine::cli
