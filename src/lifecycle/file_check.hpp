#pragma once

#include <string>

#include <vitrine/lifecycle.hpp>

#include "lifecycle/check_findings.hpp"
#include "lifecycle/lifecycle.hpp"

namespace vitrine {

/// Looks whether the files of a page of originals are there. Where the next page begins; empty: this was the last.
/// Throws what the image store throws.
std::string compare_images(const LifecycleParts& parts, const std::string& from, CheckFindings& findings);

/// Looks whether the files of one of the store's 256 shelves are those of originals, of the size that their rows say
/// and, with `hash`, of the hash that their name says.
std::string compare_files(const LifecycleParts& parts, const std::string& from, bool hash, CheckFindings& findings);

/// Counts what is still so and, if `repair`, asks for the removal of orphans. Damaged files are told and left: a person
/// may still see something in them.
void settle_files(Transaction& tx, const LifecycleParts& parts, const CheckFindings& findings, bool repair,
                  CheckReport& report);

} // namespace vitrine
