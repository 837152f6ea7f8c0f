#pragma once

namespace vitrine::cli {

/// What `vitrine --version` and `vitrine doctor` say; the same as CMakeLists.txt's project version.
constexpr const char* version = "0.1.0";

} // namespace vitrine::cli
