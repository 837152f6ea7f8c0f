#pragma once

#include <string>
#include <vector>

#include <vitrine/config.hpp>

namespace vitrine {

/// One thing that was looked at.
struct Check {
    std::string name; ///< "database"
    bool ok = false;
    std::string detail; ///< one sentence
};

/// Looks at everything that a run with this configuration needs: configuration, data folder, free disk, database, image
/// store, engine, libraries, contents. Changes and creates nothing but a probe in an S3 store, which it removes, and
/// works while another process holds the data folder. Never throws for what it looks at: that becomes a check that is
/// not ok.
std::vector<Check> diagnose(const Config& config);

} // namespace vitrine
