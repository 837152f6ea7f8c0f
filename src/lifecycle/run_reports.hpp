#pragma once

#include <string>

#include <vitrine/lifecycle.hpp>

// What runs are about and what they report, as the JSON texts of jobs, tasks and lifecycle_runs. A report is what
// `--json` prints, its keys in the order of the contract. Reading one back throws Error(Corrupted) when it is not what
// was written.

namespace vitrine {

namespace run_kind {
inline constexpr auto cleanup = "cleanup";
inline constexpr auto check = "check";
} // namespace run_kind

std::string to_json(const CleanupReport& report);
std::string to_json(const CheckReport& report);
std::string to_json(const ReindexReport& report);
std::string to_json(const ReindexEstimate& estimate);

/// What `vitrine reindex --json` prints.
std::string reindex_json(const ReindexEstimate& estimate, bool switched);

CleanupReport cleanup_report_from(const std::string& json);
CheckReport check_report_from(const std::string& json);
ReindexEstimate reindex_estimate_from(const std::string& json);

} // namespace vitrine
