#pragma once

#include <memory>

#include "cli/command.hpp"
#include "engine/shop.hpp"

namespace vitrine::cli {

/// The shop that a command asks: the server at server.url (--server); or else the one that serves the data folder now;
/// or else the data folder itself, opened by this process.
///
/// Throws Error(Configuration) for a URL or key file that cannot be used, Error(Conflict) when the data folder is held
/// by a process that cannot be asked, and what Engine's constructor throws.
std::unique_ptr<Shop> ask_shop(const Session& session);

} // namespace vitrine::cli
