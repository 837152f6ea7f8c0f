#include "client/server_doctor.hpp"

#include <functional>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "client/api_answers.hpp"
#include "client/server_caller.hpp"
#include "core/version.hpp"

namespace vitrine {
namespace {

std::string server(ServerCaller& caller) {
    static_cast<void>(caller.ask({.path = "/healthz"}));
    return fmt::format("{} answers.", caller.url());
}

std::string server_version(ServerCaller& caller) {
    const auto facts = caller.read({.path = "/v1/server"}, api_answers::server_facts_from);
    if (facts.version != version) {
        throw Error(ErrorCode::Conflict, fmt::format("It is vitrine {} and this program is {}; bring both to the same "
                                                     "version.",
                                                     facts.version, version));
    }
    return fmt::format("It is vitrine {} with {} worker threads.", facts.version, facts.workers);
}

std::string api_key(ServerCaller& caller) {
    const auto facts = caller.read({.path = "/v1/server"}, api_answers::server_facts_from);
    return fmt::format("What is asked from here has the scope {}.", facts.scope);
}

std::string stores(ServerCaller& caller) {
    static_cast<void>(caller.ask({.path = "/readyz"}));
    return "Its database and its vectors answer.";
}

std::string contents(ServerCaller& caller) {
    const auto counts = caller.read({.path = "/v1/stats"}, api_answers::counts_from);
    return fmt::format("{} products, {} images, {} links, {} vectors, {} unfinished jobs.", counts.products,
                       counts.images, counts.product_images, counts.vectors, counts.jobs_unfinished);
}

std::string consistency(ServerCaller& caller) {
    const auto runs =
        caller.read({.path = "/v1/maintenance/runs?kind=check&limit=1"}, api_answers::lifecycle_runs_from);
    if (runs.empty() || !runs.front().finished) return "No consistency check has ended yet; vitrine check runs one.";
    const auto when = to_rfc3339(*runs.front().finished).substr(0, 19);
    if (runs.front().state != JobState::Succeeded) {
        throw Error(ErrorCode::Unavailable, fmt::format("The check of {} UTC ended {}; run vitrine check.", when,
                                                        to_string(runs.front().state)));
    }
    const auto report = api_answers::check_report_from(runs.front().report);
    if (report.consistent()) {
        return fmt::format("All was consistent after the check of {} UTC, which repaired {}.", when, report.repaired);
    }
    throw Error(ErrorCode::Unavailable,
                fmt::format("The check of {} UTC found something amiss; run vitrine check --repair.", when));
}

Check checked(const std::string& name, ServerCaller& caller, const std::function<std::string(ServerCaller&)>& look) {
    try {
        return {name, true, look(caller)};
    } catch (const Error& error) { // whatever it is, it is what the person asked to see
        return {name, false, error.what()};
    }
}

} // namespace

std::vector<Check> diagnose_server(const ServerAddress& address) {
    ServerCaller caller(address);
    auto there = checked("server", caller, server);
    if (!there.ok) return {there}; // all the others would say the same
    return {there,
            checked("version", caller, server_version),
            checked("api key", caller, api_key),
            checked("stores", caller, stores),
            checked("contents", caller, contents),
            checked("consistency", caller, consistency)};
}

} // namespace vitrine
