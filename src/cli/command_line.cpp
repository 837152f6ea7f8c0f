#include "cli/command_line.hpp"

#include <algorithm>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <vitrine/config.hpp>
#include <vitrine/error.hpp>

#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "core/version.hpp"
#include "engine/json_text.hpp"

namespace vitrine::cli {
namespace {

/// The options that stand before any command.
struct GlobalOptions {
    std::string config;
    std::string data;
    std::string server;
    std::string api_key;
    std::string api_key_file;
    std::vector<std::string> settings;
};

void declare(CLI::App& app, GlobalOptions& options) {
    app.fallthrough(); // the same options may stand after the command too
    app.require_subcommand(1);
    app.set_version_flag("--version", fmt::format("vitrine {}", version));
    app.add_option("--config", options.config, "Configuration file (TOML)")->type_name("FILE");
    app.add_option("--data", options.data, "Data folder; vitrine-data unless given")->type_name("DIR");
    app.add_option("--server", options.server,
                   "Ask this running server instead of the data folder; server.url unless given")
        ->type_name("URL");
    app.add_option("--api-key", options.api_key, "For that server; better VITRINE_SERVER_API_KEY or --api-key-file")
        ->type_name("KEY");
    app.add_option("--api-key-file", options.api_key_file, "A file whose first line is that key")->type_name("FILE");
    app.add_option("--set", options.settings, "One configuration value; goes over file and environment")
        ->type_name("SECTION.KEY=VALUE")
        ->allow_extra_args(false);
}

std::vector<Command> make_commands(CLI::App& app) {
    return {make_import_command(app),   make_add_command(app),    make_search_command(app), make_eval_command(app),
            make_products_command(app), make_jobs_command(app),   make_serve_command(app),  make_worker_command(app),
            make_models_command(app),   make_doctor_command(app), make_check_command(app),  make_cleanup_command(app),
            make_reindex_command(app)};
}

ConfigSources sources_of(const CLI::App& app, const GlobalOptions& options,
                         const std::map<std::string, std::string>& environment) {
    ConfigSources sources;
    if (app.count("--config") > 0) sources.file = options.config;
    if (app.count("--data") > 0) sources.data = options.data;
    sources.environment = environment;
    sources.settings = options.settings;
    return sources;
}

/// What stands on the command line goes over the configuration.
void apply(const GlobalOptions& options, Config& config) {
    if (!options.server.empty()) {
        if (!options.server.starts_with("http://") && !options.server.starts_with("https://")) {
            throw Error(ErrorCode::Configuration, "--server takes a URL that starts with http:// or https://.");
        }
        config.server.url = options.server;
    }
    if (!options.api_key_file.empty()) {
        config.server.api_key.clear();
        config.server.api_key_file = options.api_key_file;
    }
    if (!options.api_key.empty()) config.server.api_key = options.api_key;
}

/// One command line on its way: what is parsed, and where it answers.
class Run {
public:
    Run(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err)
        : arguments_(arguments), out_(out), err_(err) {
        declare(app_, options_); // before the commands, which inherit its settings
        commands_ = make_commands(app_);
    }

    ExitCode operator()(const std::map<std::string, std::string>& environment) {
        if (const auto ended = parse()) return *ended;
        auto config = load_config(sources_of(app_, options_, environment));
        const auto chosen = std::find_if(commands_.begin(), commands_.end(),
                                         [](const Command& command) { return command.parser->parsed(); });
        if (chosen->of_this_machine && app_.count("--server") > 0) {
            throw Error(ErrorCode::Configuration,
                        fmt::format("vitrine {} is about this machine and asks no server; leave --server out.",
                                    chosen->parser->get_name()));
        }
        apply(options_, config);
        const auto code = chosen->run({config, out_, err_});
        if (!out_.flush()) throw Error(ErrorCode::Unavailable, "The answer could not be written to standard output.");
        return code;
    }

private:
    // Something when all is said already: --help and --version.
    std::optional<ExitCode> parse() {
        try {
            std::vector<std::string> from_the_back(arguments_.rbegin(), arguments_.rend()); // as CLI11 takes them
            app_.parse(std::move(from_the_back));
            return std::nullopt;
        } catch (const CLI::Success& success) {
            app_.exit(success, out_, err_);
            return ExitCode::AllDone;
        } catch (const CLI::ParseError& error) {
            throw Error(ErrorCode::Configuration,
                        fmt::format("{}; vitrine --help tells the usage.", one_line(error.what())));
        }
    }

    const std::vector<std::string>& arguments_;
    std::ostream& out_;
    std::ostream& err_;
    CLI::App app_{"Finds products from photos.", "vitrine"};
    GlobalOptions options_;
    std::vector<Command> commands_;
};

} // namespace

int run_command_line(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment,
                     std::ostream& out, std::ostream& err) {
    try {
        return static_cast<int>(Run(arguments, out, err)(environment));
    } catch (const Error& error) {
        err << "vitrine: " << one_line(error.what()) << '\n';
        if (std::find(arguments.begin(), arguments.end(), "--json") != arguments.end())
            out << error_json(error) << '\n';
        const bool usage = error.code() == ErrorCode::Configuration;
        return static_cast<int>(usage ? ExitCode::WrongUsage : ExitCode::SomeFailed);
    }
}

} // namespace vitrine::cli
