#include "cli/asked_shop.hpp"

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "client/remote_shop.hpp"
#include "client/server_address.hpp"
#include "engine/data_folder.hpp"
#include "engine/local_shop.hpp"
#include "engine/parts.hpp"

namespace vitrine::cli {
namespace {

std::string who_holds(const Config& config) {
    return DataFolder::holder(config.data).value_or("a process that has just ended");
}

/// The server that serves the data folder, once it has said itself that it is the one.
std::unique_ptr<Shop> holder_of_folder(const Config& config, const DataFolder::Server& server) {
    const auto address = server_address(config, server.url);
    const ServerCall question{.path = "/healthz"};
    std::string instance;
    try {
        instance = ServerCaller(address).read(question, api_answers::instance_from);
    } catch (const Error& error) {
        throw Error(error.code(), fmt::format("The data folder {} is in use by {}, which does not answer: {}",
                                              config.data.string(), who_holds(config), error.what()));
    }
    if (instance == server.instance) return std::make_unique<RemoteShop>(address);
    throw Error(ErrorCode::Conflict,
                fmt::format("The data folder {} is in use by {}, and another server than its own answers at {}; name "
                            "the right address with --server.",
                            config.data.string(), who_holds(config), server.url));
}

} // namespace

std::unique_ptr<Shop> ask_shop(const Session& session) {
    const auto& config = session.config;
    if (!config.server.url.empty()) return std::make_unique<RemoteShop>(server_address(config, config.server.url));
    if (!database_is_shared(config)) {
        if (const auto server = DataFolder::server(config.data)) return holder_of_folder(config, *server);
    }
    return std::make_unique<LocalShop>(config);
}

} // namespace vitrine::cli
