#pragma once

#include <memory>

#include "cli/command.hpp"
#include "engine/shop.hpp"

namespace vitrine::cli {

/// The shop that a command asks: the data folder's, opened by this process.
///
/// Throws what Engine's constructor throws.
std::unique_ptr<Shop> ask_shop(const Session& session);

} // namespace vitrine::cli
