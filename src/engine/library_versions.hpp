#pragma once

#include <string>

namespace vitrine {

/// The libraries that this program runs with, in one line: "SQLite 3.40.1, OpenCV 4.6.0, …". Safe from any thread.
std::string library_versions();

} // namespace vitrine
