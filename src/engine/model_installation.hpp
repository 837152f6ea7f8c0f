#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace vitrine {

/// What an installation did.
struct InstalledModels {
    std::vector<std::string> models;  ///< their names
    std::vector<std::string> fetched; ///< files that were copied or downloaded, models.json among them
    std::vector<std::string> present; ///< files that were there already, of the right SHA-256
    std::uint64_t bytes_fetched = 0;
    std::uint64_t bytes_resumed = 0; ///< of an earlier, interrupted download that were used
};

/// Puts the models that `source` describes into `folder`, which is made where it is missing. `source` is a folder with
/// a models.json, or the URL of a models.json, whose files are then fetched from beside it. `sha256` is that of the
/// models.json; empty: it is not checked.
///
/// models.json is written last, so that an interrupted installation leaves no folder that looks whole; calling again
/// goes on where it ended: finished files are not fetched again, and half of a download is continued (Range) where the
/// server can. Every model that comes from a URL must declare its SHA-256, and whatever does not have it is thrown
/// away.
///
/// Throws Error(Configuration) for a models.json that cannot be used, Error(Conflict) when `folder` holds another pack,
/// Error(BadInput) for a file that is not what models.json says, Error(NotFound), and what HttpClient throws.
InstalledModels install_models(const std::string& source, const std::filesystem::path& folder,
                               const std::string& sha256);

} // namespace vitrine
