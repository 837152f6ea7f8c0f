#pragma once

#include <filesystem>

#include "storage/database_contents.hpp"

namespace vitrine {

/// Looks into the file, which must exist, without changing it, while another process may be using it. Throws
/// Error(Corrupted) when it is not one of our databases, Error(Unavailable) when it cannot be opened.
DatabaseContents inspect_sqlite(const std::filesystem::path& file);

} // namespace vitrine
