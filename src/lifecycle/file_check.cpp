#include "lifecycle/file_check.hpp"

#include <charconv>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vitrine/error.hpp>

#include "storage/blob_removal_repository.hpp"
#include "storage/consistency_repository.hpp"
#include "storage/image_repository.hpp"
#include "storage/import_repository.hpp"

namespace vitrine {
namespace {

namespace rows = consistency_repository;

constexpr int page_images = 1'000;
constexpr std::size_t page_files = 1'000;
constexpr int shelves = 256;
constexpr std::size_t examples_max = 20;

struct Listed {
    std::string sha256;
    std::int64_t bytes = 0;
};

bool is_damaged(BlobStore& blobs, const std::string& sha256) {
    try {
        // Read through, not kept: a file may be as large as an upload. Gone meanwhile: not damaged.
        static_cast<void>(blobs.get_into(sha256, {.begin = [] {}, .take = [](std::string_view) {}}));
        return false;
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Corrupted) throw;
        return true;
    }
}

void compare(const LifecycleParts& parts, const std::vector<Listed>& files, bool hash, CheckFindings& findings) {
    std::vector<std::string> hashes;
    for (const Listed& file : files) hashes.push_back(file.sha256);
    std::set<std::string> leaving; ///< a removal that is over by the time of the repair would tell nothing any more
    const auto expected = parts.database.read([&](Transaction& tx) {
        auto rows_of = rows::expected_files_of(tx, hashes);
        for (const std::string& sha256 : hashes) {
            if (rows_of.contains(sha256)) continue;
            const auto removal = blob_removal_repository::find(tx, sha256);
            if (removal && !removal->done) leaving.insert(sha256);
        }
        return rows_of;
    });
    for (const Listed& file : files) {
        const auto found = expected.find(file.sha256);
        if (found == expected.end()) {
            // Its row may have gone after the file was listed, and the file with it.
            if (leaving.contains(file.sha256) || !parts.blobs.exists(file.sha256)) continue;
            findings.orphan_files.push_back({.sha256 = file.sha256, .bytes = file.bytes, .image = {}});
        } else if (found->second.bytes != file.bytes || (hash && is_damaged(parts.blobs, file.sha256))) {
            findings.corrupted_files.push_back({.sha256 = file.sha256, .bytes = file.bytes, .image = found->second.id});
        }
    }
    findings.files += static_cast<std::int64_t>(files.size());
}

/// Only originals have files, and what made a photo is not here: somebody has to hand it in again.
void tell(Transaction& tx, CheckReport& report, const CheckFindings::File& file, const char* what) {
    if (report.examples.size() >= examples_max) return;
    constexpr int named_max = 3;
    const auto products = rows::products_of(tx, file.image, named_max);
    const std::string whose = products.empty() ? fmt::format("image {}, a query's photo,", file.image.value)
                                               : fmt::format("image {}, the picture of product {},", file.image.value,
                                                             fmt::join(products, ", "));
    report.examples.push_back(
        fmt::format("The stored file {} of {} {}; hand its photo in again.", file.sha256, whose, what));
}

} // namespace

std::string compare_images(const LifecycleParts& parts, const std::string& from, CheckFindings& findings) {
    ImageId after;
    std::from_chars(from.data(), from.data() + from.size(), after.value);
    const auto images =
        parts.database.read([&](Transaction& tx) { return rows::expected_files(tx, after, page_images); });
    for (const auto& image : images) {
        if (parts.blobs.exists(image.sha256)) continue;
        findings.missing_files.push_back({.sha256 = image.sha256, .bytes = image.bytes, .image = image.id});
    }
    return images.empty() ? "" : fmt::format("{}", images.back().id.value);
}

std::string compare_files(const LifecycleParts& parts, const std::string& from, bool hash, CheckFindings& findings) {
    int shelf = 0;
    std::from_chars(from.data(), from.data() + from.size(), shelf);
    std::vector<Listed> files;
    parts.blobs.list_shelf(shelf, [&](const std::string& sha256, std::uint64_t bytes) {
        files.push_back({.sha256 = sha256, .bytes = static_cast<std::int64_t>(bytes)});
        if (files.size() == page_files) {
            compare(parts, files, hash, findings);
            files.clear();
        }
        return true;
    });
    if (!files.empty()) compare(parts, files, hash, findings);
    return shelf + 1 == shelves ? "" : fmt::format("{}", shelf + 1);
}

void settle_files(Transaction& tx, const LifecycleParts& parts, const CheckFindings& findings, bool repair,
                  CheckReport& report) {
    const Timestamp now = parts.clock.now();
    report.files += findings.files;
    for (const auto& file : findings.missing_files) {
        if (!image_repository::has_original(tx, file.sha256)) continue; // removed meanwhile
        ++report.missing_files;
        tell(tx, report, file, "is missing");
    }
    for (const auto& file : findings.corrupted_files) {
        if (!image_repository::has_original(tx, file.sha256)) continue;
        ++report.corrupted_files;
        tell(tx, report, file, "is damaged");
    }
    for (const auto& file : findings.orphan_files) {
        // A row that came meanwhile, what an import was sent, or a removal that is under way.
        if (image_repository::has_original(tx, file.sha256)) continue;
        if (import_repository::needs_file(tx, file.sha256)) continue;
        const auto removal = blob_removal_repository::find(tx, file.sha256);
        if (removal && !removal->done) continue;
        ++report.orphan_files;
        if (!repair) continue;
        blob_removal_repository::ask(tx, file.sha256, file.bytes, now);
        ++report.repaired;
    }
}

} // namespace vitrine
