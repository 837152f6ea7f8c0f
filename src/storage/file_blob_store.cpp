#include "storage/file_blob_store.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <random>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"

namespace vitrine {
namespace {

namespace fs = std::filesystem;

constexpr auto leftover_age = std::chrono::hours(1); // no upload of some megabytes takes that long

[[noreturn]] void fail(std::string_view what, const fs::path& path, const std::error_code& why) {
    throw Error(ErrorCode::Unavailable,
                fmt::format("The image store cannot {} {}: {}; check the disk's space and the folder's permissions.",
                            what, path.string(), why.message()));
}

[[noreturn]] void fail(std::string_view what, const fs::path& path) {
    fail(what, path, std::error_code(errno, std::generic_category()));
}

class File {
public:
    File(const fs::path& path, int flags) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0640)) {}
    ~File() {
        // Only reached open when an error is already on its way, or after reading.
        if (is_open()) ::close(descriptor_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    /// Some file systems report a failed write only here.
    [[nodiscard]] bool close() noexcept { return ::close(std::exchange(descriptor_, -1)) == 0; }

private:
    int descriptor_;
};

bool is_lower_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_key(std::string_view text) {
    return text.size() == 64 && is_lower_hex(text);
}

// Before any path is made of it, so that no key leads out of the folder.
void check_key(const std::string& key) {
    if (!is_key(key))
        throw Error(ErrorCode::BadInput, "A stored image's key must be 64 lower-case hex digits (a SHA-256).");
}

std::size_t shelf_number(const std::string& key) {
    std::size_t number = 0;
    std::from_chars(key.data(), key.data() + 4, number, 16);
    return number;
}

void write_all(const File& file, const fs::path& path, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(file.descriptor(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write", path);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::string read_all(const File& file, const fs::path& path) {
    struct stat status {};
    if (::fstat(file.descriptor(), &status) != 0) fail("read", path);
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        const auto got = ::read(file.descriptor(), bytes.data() + filled, bytes.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail("read", path);
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    bytes.resize(filled);
    return bytes;
}

std::optional<std::uint64_t> size_of(const fs::path& path) {
    std::error_code why;
    const auto size = fs::file_size(path, why);
    if (!why) return size;
    if (why == std::errc::no_such_file_or_directory) return std::nullopt;
    fail("look at", path, why);
}

void make_folder(const fs::path& folder) {
    std::error_code why;
    fs::create_directories(folder, why);
    if (why) fail("make the folder", folder, why);
}

// Calls `visit` with each entry until it returns false; an entry or folder that vanishes meanwhile is not an error.
bool for_each_entry(const fs::path& folder, const std::function<bool(const fs::directory_entry&)>& visit) {
    std::error_code why;
    fs::directory_iterator entry(folder, why);
    for (; !why && entry != fs::directory_iterator(); entry.increment(why)) {
        if (!visit(*entry)) return false;
    }
    if (why && why != std::errc::no_such_file_or_directory) fail("list", folder, why);
    return true;
}

bool for_each_shelf(const fs::path& folder, const std::function<bool(const fs::directory_entry&)>& visit) {
    return for_each_entry(folder, [&](const fs::directory_entry& entry) {
        const auto name = entry.path().filename().string();
        std::error_code unreadable; // what cannot be looked at is no shelf of ours
        return name.size() != 2 || !is_lower_hex(name) || !entry.is_directory(unreadable) || visit(entry);
    });
}

} // namespace

FileBlobStore::FileBlobStore(fs::path folder, Durability durability, FolderUse use)
    : folder_(std::move(folder)), incoming_(folder_ / "incoming"), durability_(durability),
      writer_(fmt::format("{}-{:08x}", ::getpid(), std::random_device()())) {
    make_folder(incoming_);
    if (::access(incoming_.c_str(), W_OK | X_OK) != 0) fail("write to", incoming_);
    remove_leftovers(use);
}

void FileBlobStore::put(const std::string& key, std::string_view bytes) {
    check_key(key);
    const auto path = path_of(key);
    if (size_of(path) != bytes.size()) {
        make_shelf(key);
        const auto incoming = write_incoming(bytes);
        std::error_code why;
        fs::rename(incoming, path, why);
        if (why) {
            std::error_code kept; // then it is a leftover, removed by a later opening
            fs::remove(incoming, kept);
            fail("store", path, why);
        }
    }
    // Also when it was there: its writer may not have come to this line yet.
    flush_folder(path.parent_path());
}

std::optional<std::string> FileBlobStore::get(const std::string& key) {
    check_key(key);
    const auto path = path_of(key);
    const File file(path, O_RDONLY);
    if (!file.is_open() && errno == ENOENT) return std::nullopt;
    if (!file.is_open()) fail("open", path);
    auto bytes = read_all(file, path);
    if (sha256_hex(bytes) != key) {
        throw Error(
            ErrorCode::Corrupted,
            fmt::format("The stored image {} is damaged; remove the file and add the picture again.", path.string()));
    }
    return bytes;
}

bool FileBlobStore::exists(const std::string& key) {
    check_key(key);
    return size_of(path_of(key)).has_value();
}

bool FileBlobStore::remove(const std::string& key) {
    check_key(key);
    const auto path = path_of(key);
    std::error_code why;
    const bool removed = fs::remove(path, why);
    if (why) fail("remove", path, why);
    return removed;
}

void FileBlobStore::list(const std::function<bool(const std::string& key, std::uint64_t bytes)>& visit) {
    const auto visit_file = [&](const fs::directory_entry& file) {
        const auto key = file.path().filename().string();
        if (!is_key(key) || file.path() != path_of(key)) return true;
        const auto bytes = size_of(file.path());
        return !bytes || visit(key, *bytes);
    };
    for_each_shelf(folder_, [&](const auto& row) {
        return for_each_shelf(row, [&](const auto& shelf) { return for_each_entry(shelf, visit_file); });
    });
}

fs::path FileBlobStore::shelf_of(const std::string& key) const {
    return folder_ / key.substr(0, 2) / key.substr(2, 2);
}

// Two threads may both make it; that does no harm.
void FileBlobStore::make_shelf(const std::string& key) {
    auto& made = shelf_made_[shelf_number(key)];
    if (made) return;
    const auto shelf = shelf_of(key);
    make_folder(shelf);
    flush_folder(shelf.parent_path());
    flush_folder(folder_);
    made = true;
}

fs::path FileBlobStore::write_incoming(std::string_view bytes) {
    auto path = incoming_ / fmt::format("{}-{}", writer_, writes_++);
    try {
        File file(path, O_WRONLY | O_CREAT | O_EXCL);
        if (!file.is_open()) fail("create", path);
        write_all(file, path, bytes);
        if (durability_ == Durability::Full && ::fsync(file.descriptor()) != 0) fail("flush", path);
        if (!file.close()) fail("write", path);
    } catch (const Error&) {
        std::error_code also_gone; // what cannot be removed now is a leftover, removed by a later opening
        fs::remove(path, also_gone);
        throw;
    }
    return path;
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

void FileBlobStore::flush_folder(const fs::path& folder) const {
    if (durability_ == Durability::Normal) return;
    const File opened(folder, O_RDONLY | O_DIRECTORY);
    if (!opened.is_open() || ::fsync(opened.descriptor()) != 0) fail("flush the folder", folder);
}

} // namespace vitrine
