#pragma once

namespace vitrine {

/// What `vitrine --version`, `vitrine doctor` and a server say; the same as CMakeLists.txt's project version.
constexpr const char* version = "0.1.0";

} // namespace vitrine
