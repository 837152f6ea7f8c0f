#pragma once

#include <string>

#include <vitrine/lifecycle.hpp>

#include "lifecycle/check_findings.hpp"
#include "lifecycle/lifecycle.hpp"

namespace vitrine {

/// Looks whether the vector store holds the vectors of a page of primary links. Where the next page begins; empty: this
/// was the last. Throws what the store throws.
std::string compare_links(const LifecycleParts& parts, const std::string& from, CheckFindings& findings);

/// Looks whether a page of the store's vectors are those of primary links.
std::string compare_vectors(const LifecycleParts& parts, const std::string& from, CheckFindings& findings);

/// Counts what is still so, and repairs it if `repair`: from the Image rows, with no model call.
void settle_vectors(Transaction& tx, const LifecycleParts& parts, const CheckFindings& findings, bool repair,
                    CheckReport& report);

} // namespace vitrine
