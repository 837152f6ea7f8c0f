#pragma once

#include <iosfwd>
#include <memory>
#include <stop_token>

#include <vitrine/engine.hpp>

namespace vitrine::cli {

/// The engine of a program that runs for as long as it is let: where a shared database cannot be reached yet (after a
/// power cut everything starts at once), it says so on `err`, waits and tries again, with longer and longer pauses of
/// at most half a minute. nullptr when `stop` was asked for meanwhile.
///
/// Throws what will not pass by itself at once, such as a wrong password; and everything where the database is
/// embedded: then it is this machine that is at fault.
std::unique_ptr<Engine> start_patiently(const Config& config, const std::stop_token& stop, std::ostream& err);

} // namespace vitrine::cli
