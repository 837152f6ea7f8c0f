#include "engine/import_row.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "engine/described_product.hpp"
#include "engine/parallel_repeat.hpp"
#include "storage/job_repository.hpp"

namespace vitrine {
namespace {

namespace imports = import_repository;

/// Somebody else has begun or cancelled the row meanwhile.
[[noreturn]] void refuse_begun() {
    throw Error(ErrorCode::Cancelled, "The row does not wait any more.");
}

/// The row moves as what was accepted says, in the same transaction.
void note(Transaction& tx, JobId import, std::int64_t line, const AddedProduct& added, bool is_new) {
    bool moved = false;
    if (!added.job) {
        moved = imports::end_waiting(tx, import, line, ImportRowState::Unchanged, "");
    } else if (const auto state = job_repository::hold(tx, *added.job); state && !is_final(*state)) {
        moved = imports::begin_indexing(tx, import, line, *added.job, is_new);
    } else {
        throw Error(ErrorCode::Unavailable, "The product's indexing job has just ended.");
    }
    if (!moved) refuse_begun();
}

/// The tar in a gzipped one: to unpack it for every batch of rows takes a tenth of a second and more for each.
std::shared_ptr<const SpooledFile> unpacked(const SpooledFile& gzipped, const ArchiveLimits& limits) {
    NamelessFile tar;
    unpack_gzip(gzipped.bytes(), limits, [&tar](std::string_view piece) { tar.add(piece); });
    return std::make_shared<const SpooledFile>(tar);
}

} // namespace

std::optional<Timestamp> ImportRows::begin_all(const imports::Import& import, const std::vector<Row>& rows,
                                               const Tries& tries, const std::stop_token& stop) {
    std::vector<Row> with_url, in_archive;
    for (const auto& row : rows) (is_picture_url(row.image) ? with_url : in_archive).push_back(row);
    if (!in_archive.empty()) begin_from_archive(import, in_archive, stop);
    if (with_url.empty()) return std::nullopt;
    return begin_from_urls(import.job, with_url, tries, stop);
}

void ImportRows::forget(JobId import) {
    const std::lock_guard lock(mutex_);
    if (spooled_of_ == import) spooled_.reset();
}

std::shared_ptr<const SpooledFile> ImportRows::archive_of(const imports::Import& import) {
    const std::lock_guard lock(mutex_);
    if (spooled_ && spooled_of_ == import.job) return spooled_;
    spooled_.reset(); // its room may be needed
    spooled_ = std::make_shared<const SpooledFile>(parts_.blobs, import.upload.value_or(""));
    if (is_gzipped(spooled_->bytes())) spooled_ = unpacked(*spooled_, parts_.archives);
    spooled_of_ = import.job;
    return spooled_;
}

void ImportRows::begin_from_archive(const imports::Import& import, const std::vector<Row>& rows,
                                    const std::stop_token& stop) {
    std::map<std::string, std::vector<Row>, std::less<>> by_path;
    for (const auto& row : rows) by_path[row.image].push_back(row);
    const auto archive = archive_of(import);
    walk_archive(archive->bytes(), parts_.archives, [&](ArchiveFile& file) {
        if (stop.stop_requested()) return false;
        if (const auto wanted = by_path.extract(file.path())) begin_from(file, import.job, wanted.mapped());
        return !by_path.empty();
    });
    if (stop.stop_requested()) return;
    for (const auto& [path, lacking] : by_path) {
        for (const auto& row : lacking) {
            fail(import.job, row, fmt::format("The archive holds no file {:.200}.", path));
        }
    }
}

void ImportRows::begin_from(ArchiveFile& file, JobId import, const std::vector<Row>& rows) {
    std::string picture;
    try {
        picture = file.read(parts_.downloads.bytes_max);
    } catch (const Error& error) {
        for (const auto& row : rows) fail(import, row, error.what());
        return;
    }
    for (const auto& row : rows) begin(import, row, picture);
}

std::optional<Timestamp> ImportRows::begin_from_urls(JobId import, const std::vector<Row>& rows, const Tries& tries,
                                                     const std::stop_token& stop) {
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::optional<Timestamp> patience; // guarded by mutex until the threads are joined
    repeat_in_parallel(std::min(tries.at_once, static_cast<int>(rows.size())), [&] {
        const std::size_t at = next++;
        if (at >= rows.size() || stop.stop_requested()) return false;
        if (const auto asked = begin_from_url(import, rows[at], tries.is_last_try, stop)) {
            const std::lock_guard lock(mutex);
            patience = std::max(patience.value_or(*asked), *asked);
        }
        return true;
    });
    return patience;
}

std::optional<Timestamp> ImportRows::begin_from_url(JobId import, const Row& row, bool is_last_try,
                                                    const std::stop_token& stop) {
    std::string picture;
    try {
        picture = downloads_.fetch(row.image, stop, parts_.clock.now());
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Cancelled) throw;
        if (!error.retryable() || is_last_try) {
            fail(import, row, error.what());
            return std::nullopt;
        }
        parts_.database.write([&](Transaction& tx) { imports::note_trouble(tx, import, row.line, error.what()); });
        return error.retry_after() ? std::optional(parts_.clock.now() + *error.retry_after()) : std::nullopt;
    }
    begin(import, row, picture);
    return std::nullopt;
}

void ImportRows::begin(JobId import, const Row& row, std::string_view picture) {
    try {
        parts_.intake.add_product(product_description_from(row.product), picture, {},
                                  [&](Transaction& tx, const AddedProduct& added, bool is_new) {
                                      note(tx, import, row.line, added, is_new);
                                  });
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Cancelled) return;
        if (error.retryable()) throw;
        fail(import, row, error.what());
    }
}

void ImportRows::fail(JobId import, const Row& row, const std::string& why) {
    parts_.database.write(
        [&](Transaction& tx) { imports::end_waiting(tx, import, row.line, ImportRowState::Failed, why); });
}

} // namespace vitrine
