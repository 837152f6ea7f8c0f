#pragma once

#include <string>
#include <vector>

#include <vitrine/import.hpp>

namespace vitrine {

/// The import with its job and its failed rows. Its keys are those of `vitrine import --json`, and more.
std::string import_overview_json(const ImportOverview& import);

/// A page of rows; the cursor of the next one is the last line, null after the last row.
std::string import_rows_json(const std::vector<ImportRow>& rows, int limit);

} // namespace vitrine
