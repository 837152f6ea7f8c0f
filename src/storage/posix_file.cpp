#include "storage/posix_file.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <fmt/format.h>

namespace vitrine {
namespace {

namespace fs = std::filesystem;

constexpr mode_t file_mode = 0640;

[[noreturn]] void fail(std::string_view what, const fs::path& path) {
    throw file_error(what, path, std::error_code(errno, std::generic_category()));
}

} // namespace

PosixFile PosixFile::create(const fs::path& path) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file_mode);
    if (descriptor < 0) fail("create", path);
    return {path, descriptor};
}

std::optional<PosixFile> PosixFile::open(const fs::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT) return std::nullopt;
    if (descriptor < 0) fail("open", path);
    return PosixFile(path, descriptor);
}

PosixFile::PosixFile(PosixFile&& other) noexcept
    : path_(other.path_), descriptor_(std::exchange(other.descriptor_, -1)) {}

PosixFile::~PosixFile() {
    // Open here after reading, or when an error is on its way already: nothing to report.
    if (descriptor_ >= 0) ::close(descriptor_);
}

void PosixFile::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write", path_);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::string PosixFile::read_all() {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) fail("read", path_);
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        const auto got = read(std::span(bytes).subspan(filled));
        if (got == 0) break;
        filled += got;
    }
    bytes.resize(filled);
    return bytes;
}

std::size_t PosixFile::read(std::span<char> bytes) {
    for (;;) {
        const auto got = ::read(descriptor_, bytes.data(), bytes.size());
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) fail("read", path_);
    }
}

void PosixFile::flush() {
    if (::fsync(descriptor_) != 0) fail("flush", path_);
}

void PosixFile::close() {
    if (::close(std::exchange(descriptor_, -1)) != 0) fail("write", path_);
}

void make_folder(const fs::path& folder) {
    std::error_code why;
    fs::create_directories(folder, why);
    if (why) throw file_error("make the folder", folder, why);
}

void flush_folder(const fs::path& folder) {
    auto opened = PosixFile::open(folder);
    if (!opened) fail("open the folder", folder);
    opened->flush();
}

FileSystem file_system_of(const fs::path& folder) {
    constexpr auto zfs_super_magic = 0x2fc12fc1; // which linux/magic.h lacks
    struct statfs system {};
    if (::statfs(folder.c_str(), &system) != 0) fail("look at", folder);
    switch (system.f_type) {
    case EXT4_SUPER_MAGIC:
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC: return {.name_flush = NameFlush::WithFile, .is_local = true};
    case F2FS_SUPER_MAGIC:
    case OVERLAYFS_SUPER_MAGIC: // a container's own
    case TMPFS_MAGIC:
    case zfs_super_magic: return {.name_flush = NameFlush::WithFolder, .is_local = true};
    default: return {.name_flush = NameFlush::WithFolder, .is_local = false};
    }
}

void rename_over(const fs::path& from, const fs::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) fail("store", to);
}

bool rename_if_free(const fs::path& from, const fs::path& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
    if (errno != EEXIST) fail("store", to);
    return false;
}

std::optional<std::uint64_t> size_of_file(const fs::path& path) {
    std::error_code why;
    const auto size = fs::file_size(path, why);
    if (!why) return size;
    if (why == std::errc::no_such_file_or_directory) return std::nullopt;
    throw file_error("look at", path, why);
}

Error file_error(std::string_view what, const fs::path& path, const std::error_code& why) {
    return {ErrorCode::Unavailable,
            fmt::format("The image store cannot {} {}: {}; check the disk's space and the folder's permissions.", what,
                        path.string(), why.message())};
}

} // namespace vitrine
