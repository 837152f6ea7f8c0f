#include "storage/file_blob_store.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <random>
#include <system_error>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "core/sha256.hpp"
#include "storage/blob_key.hpp"
#include "storage/checked_source.hpp"

namespace vitrine {
namespace {

namespace fs = std::filesystem;

constexpr auto leftover_age = std::chrono::hours(1); // no upload of some megabytes takes that long
constexpr std::size_t piece_bytes = 64 << 10;

Error damaged(const fs::path& path) {
    return {ErrorCode::Corrupted,
            fmt::format("The stored image {} is damaged; remove the file and add the picture again.", path.string())};
}

bool is_lower_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::size_t shelf_number(const std::string& key) {
    std::size_t number = 0;
    std::from_chars(key.data(), key.data() + 2, number, 16);
    return number;
}

// Calls `visit` with each entry until it returns false; an entry or folder that vanishes meanwhile is not an error.
bool for_each_entry(const fs::path& folder, const std::function<bool(const fs::directory_entry&)>& visit) {
    std::error_code why;
    fs::directory_iterator entry(folder, why);
    for (; !why && entry != fs::directory_iterator(); entry.increment(why)) {
        if (!visit(*entry)) return false;
    }
    if (why && why != std::errc::no_such_file_or_directory) throw file_error("list", folder, why);
    return true;
}

bool for_each_shelf(const fs::path& folder, const std::function<bool(const fs::directory_entry&)>& visit) {
    return for_each_entry(folder, [&](const fs::directory_entry& entry) {
        const auto name = entry.path().filename().string();
        std::error_code unreadable; // what cannot be looked at is no shelf of ours
        return name.size() != 2 || !is_lower_hex(name) || !entry.is_directory(unreadable) || visit(entry);
    });
}

/// What cannot be removed now is a leftover, which a later opening or the consistency check removes.
void remove_or_leave(const fs::path& path) {
    std::error_code left;
    fs::remove(path, left);
}

} // namespace

FileBlobStore::FileBlobStore(fs::path folder, Durability durability, FolderUse use)
    : folder_(std::move(folder)), incoming_(folder_ / "incoming"), durability_(durability),
      writer_(fmt::format("{}-{:08x}", ::getpid(), std::random_device()())) {
    make_folder(incoming_);
    if (::access(incoming_.c_str(), W_OK | X_OK) != 0)
        throw file_error("write to", incoming_, std::error_code(errno, std::generic_category()));
    file_system_ = file_system_of(folder_);
    remove_leftovers(use);
}

void FileBlobStore::put(const std::string& key, std::string_view bytes) {
    store(key, bytes.size(), [&](PosixFile& file) { file.write(bytes); });
}

void FileBlobStore::put_from(const std::string& key, const BlobSource& source) {
    store(key, source.bytes, [&](PosixFile& file) {
        CheckedSource checked(key, source);
        std::vector<char> piece(piece_bytes);
        while (const auto got = checked.read(piece)) file.write({piece.data(), got});
    });
}

void FileBlobStore::store(const std::string& key, std::uint64_t bytes, const std::function<void(PosixFile&)>& write) {
    check_blob_key(key);
    const auto path = path_of(key);
    auto there = size_of_file(path);
    if (there != bytes) {
        make_shelf(key);
        Incoming incoming = write_incoming(write);
        if (!there && file_system_.name_flush == NameFlush::WithFile) {
            if (give_name_and_flush(std::move(incoming), path)) return;
            // Another writer was sooner.
        } else {
            flush_and_replace(std::move(incoming), path);
        }
    }
    // Also when it was there: its writer may not have come to its flushes yet.
    if (durability_ == Durability::Full) flush_stored(path);
}

bool FileBlobStore::give_name_and_flush(Incoming incoming, const fs::path& path) const {
    bool is_named = false;
    try {
        is_named = rename_if_free(incoming.path, path);
        if (is_named && durability_ == Durability::Full) incoming.file.flush();
        incoming.file.close();
    } catch (const Error&) {
        // What may get lost keeps no name that a later writer would take for a stored blob.
        remove_or_leave(is_named ? path : incoming.path);
        throw;
    }
    if (!is_named) remove_or_leave(incoming.path);
    return is_named;
}

void FileBlobStore::flush_and_replace(Incoming incoming, const fs::path& path) const {
    try {
        if (durability_ == Durability::Full) incoming.file.flush();
        incoming.file.close();
        rename_over(incoming.path, path);
    } catch (const Error&) {
        remove_or_leave(incoming.path);
        throw;
    }
}

void FileBlobStore::flush_stored(const fs::path& path) const {
    // Where names are flushed with folders, the file was flushed before it got its name.
    if (file_system_.name_flush == NameFlush::WithFolder) return flush_folder(path.parent_path());
    // Removed meanwhile: as if that had come right after this.
    if (auto file = PosixFile::open(path)) file->flush();
}

std::optional<std::string> FileBlobStore::get(const std::string& key) {
    check_blob_key(key);
    const auto path = path_of(key);
    auto file = PosixFile::open(path);
    if (!file) return std::nullopt;
    auto bytes = file->read_all();
    if (sha256_hex(bytes) != key) throw damaged(path);
    return bytes;
}

bool FileBlobStore::get_into(const std::string& key, const BlobSink& sink) {
    check_blob_key(key);
    const auto path = path_of(key);
    auto file = PosixFile::open(path);
    if (!file) return false;
    sink.begin();
    Sha256 hash;
    std::vector<char> piece(piece_bytes);
    while (const auto got = file->read(piece)) {
        hash.add({piece.data(), got});
        sink.take({piece.data(), got});
    }
    if (hash.hex() != key) throw damaged(path);
    return true;
}

std::optional<std::uint64_t> FileBlobStore::size_of(const std::string& key) {
    check_blob_key(key);
    return size_of_file(path_of(key));
}

bool FileBlobStore::remove(const std::string& key) {
    check_blob_key(key);
    const auto path = path_of(key);
    std::error_code why;
    const bool removed = fs::remove(path, why);
    if (why) throw file_error("remove", path, why);
    return removed;
}

void FileBlobStore::list(const std::function<bool(const std::string& key, std::uint64_t bytes)>& visit) {
    for_each_shelf(folder_, [&](const auto& shelf) { return visit_files(shelf, visit); });
}

void FileBlobStore::list_shelf(int shelf,
                               const std::function<bool(const std::string& key, std::uint64_t bytes)>& visit) {
    visit_files(folder_ / fmt::format("{:02x}", shelf), visit);
}

bool FileBlobStore::visit_files(const fs::path& shelf,
                                const std::function<bool(const std::string& key, std::uint64_t bytes)>& visit) const {
    return for_each_entry(shelf, [&](const fs::directory_entry& file) {
        const auto key = file.path().filename().string();
        if (!is_blob_key(key) || file.path() != path_of(key)) return true;
        const auto bytes = size_of_file(file.path());
        return !bytes || visit(key, *bytes);
    });
}

fs::path FileBlobStore::shelf_of(const std::string& key) const {
    return folder_ / key.substr(0, 2);
}

// Two threads may both make it; that does no harm.
void FileBlobStore::make_shelf(const std::string& key) {
    auto& made = shelf_made_[shelf_number(key)];
    if (made) return;
    make_folder(shelf_of(key));
    if (durability_ == Durability::Full) flush_folder(folder_);
    made = true;
}

FileBlobStore::Incoming FileBlobStore::write_incoming(const std::function<void(PosixFile&)>& write) {
    const auto path = incoming_ / fmt::format("{}-{}", writer_, writes_++);
    Incoming incoming{.path = path, .file = PosixFile::create(path)};
    try {
        write(incoming.file);
    } catch (...) { // a source may throw anything
        remove_or_leave(path);
        throw;
    }
    return incoming;
}

void FileBlobStore::remove_leftovers(FolderUse use) const {
    const fs::file_time_type::duration age = use == FolderUse::SoleOwner ? std::chrono::hours(0) : leftover_age;
    const auto oldest_kept = fs::file_time_type::clock::now() - age;
    for_each_entry(incoming_, [&](const fs::directory_entry& file) {
        std::error_code why;
        const auto written = file.last_write_time(why);
        // Gone meanwhile, or another process' to remove: either way the next opening looks again.
        if (!why && written <= oldest_kept) fs::remove(file.path(), why);
        return true;
    });
}

} // namespace vitrine
