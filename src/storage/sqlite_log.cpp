#include "storage/sqlite_log.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <vector>

#include <soci/sqlite3/soci-sqlite3.h>

namespace vitrine {

using namespace sqlite_api; // NOLINT(google-build-using-namespace): this whole file speaks SQLite's C interface

namespace {

constexpr std::size_t header_size = 24;                       // of a page in the log
constexpr std::size_t write_max = (std::size_t{1} << 17) - 1; // SQLite's VFS for POSIX takes no more at once

/// A page's header says how large the database is after the transaction, 0 in all but its last one's.
bool ends_transaction(std::span<const std::byte> header) {
    const auto size_after = header.subspan(4, 4);
    return std::ranges::any_of(size_after, [](std::byte byte) { return byte != std::byte{0}; });
}

} // namespace

/// The writes to one log, on their way to the system's file.
class LogWrites {
public:
    explicit LogWrites(sqlite3_file* file) : file_(file) { gathered_.reserve(write_max); }

    void start_gathering() noexcept { gathering_ = true; }
    void stop_gathering() noexcept {
        gathering_ = false;
        gathered_.clear();
    }

    int write(std::span<const std::byte> piece, sqlite3_int64 at) noexcept {
        const bool header = piece.size() == header_size;
        const bool last = header && ends_transaction(piece);
        const bool continues = !gathered_.empty() && at == begin_ + sqlite3_int64(gathered_.size());
        if (last) gathering_ = false; // what comes after it is not held back
        if (!continues || gathered_.size() + piece.size() > write_max) {
            if (const int result = put(); result != SQLITE_OK) return result;
            if (!continues && (!gathering_ || !header)) return write_through(piece, at);
            begin_ = at;
        }
        gathered_.insert(gathered_.end(), piece.begin(), piece.end()); // never more than is reserved
        return last ? put() : SQLITE_OK;
    }

    /// Writes what was gathered. Where that fails it is dropped: SQLite gives the transaction up.
    int put() noexcept {
        if (gathered_.empty()) return SQLITE_OK;
        const int result = write_through(gathered_, begin_);
        gathered_.clear();
        if (result != SQLITE_OK) stop_gathering();
        return result;
    }

private:
    int write_through(std::span<const std::byte> bytes, sqlite3_int64 at) noexcept {
        return file_->pMethods->xWrite(file_, bytes.data(), static_cast<int>(bytes.size()), at);
    }

    sqlite3_file* const file_;
    bool gathering_ = false;
    std::vector<std::byte> gathered_;
    sqlite3_int64 begin_ = 0; ///< where in the file it belongs
};

namespace {

/// An open log, in memory that SQLite gives and takes; the system's file lies behind it.
struct LogFile : sqlite3_file {
    LogWrites* writes; ///< owned: from open_log to close
};
static_assert(sizeof(LogFile) % alignof(std::max_align_t) == 0, "the system's file lies behind it");

LogWrites& writes_of(sqlite3_file* file) {
    return *static_cast<LogFile*>(file)->writes;
}

sqlite3_file* system_file_of(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(static_cast<LogFile*>(file) + 1);
}

/// Calls a method of the system's file, which is to know all that was written.
template <auto Method, class... Arguments>
int after_put(sqlite3_file* file, Arguments... arguments) {
    if (const int result = writes_of(file).put(); result != SQLITE_OK) return result;
    sqlite3_file* system = system_file_of(file);
    return (system->pMethods->*Method)(system, arguments...);
}

template <auto Method, class... Arguments>
int pass_on(sqlite3_file* file, Arguments... arguments) {
    sqlite3_file* system = system_file_of(file);
    return (system->pMethods->*Method)(system, arguments...);
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) noexcept {
    return writes_of(file).write({static_cast<const std::byte*>(data), std::size_t(size)}, at);
}

// What is still gathered belongs to a transaction that did not come to its end.
int close(sqlite3_file* file) noexcept {
    const std::unique_ptr<LogWrites> writes(static_cast<LogFile*>(file)->writes);
    return pass_on<&sqlite3_io_methods::xClose>(file);
}

constexpr sqlite3_io_methods log_methods = {
    .iVersion = 1, // logs are neither locked nor mapped through their own file
    .xClose = close,
    .xRead = after_put<&sqlite3_io_methods::xRead, void*, int, sqlite3_int64>,
    .xWrite = write,
    .xTruncate = after_put<&sqlite3_io_methods::xTruncate, sqlite3_int64>,
    .xSync = after_put<&sqlite3_io_methods::xSync, int>,
    .xFileSize = after_put<&sqlite3_io_methods::xFileSize, sqlite3_int64*>,
    .xLock = pass_on<&sqlite3_io_methods::xLock, int>,
    .xUnlock = pass_on<&sqlite3_io_methods::xUnlock, int>,
    .xCheckReservedLock = pass_on<&sqlite3_io_methods::xCheckReservedLock, int*>,
    .xFileControl = pass_on<&sqlite3_io_methods::xFileControl, int, void*>,
    .xSectorSize = pass_on<&sqlite3_io_methods::xSectorSize>,
    .xDeviceCharacteristics = pass_on<&sqlite3_io_methods::xDeviceCharacteristics>,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open_log(sqlite3_vfs* system, const char* name, sqlite3_file* file, int flags, int* flags_out) noexcept {
    sqlite3_file* below = system_file_of(file);
    file->pMethods = nullptr; // nothing to close where opening fails
    try {
        auto writes = std::make_unique<LogWrites>(below);
        const int result = system->xOpen(system, name, below, flags, flags_out);
        if (result != SQLITE_OK) {
            if (below->pMethods != nullptr) below->pMethods->xClose(below);
            return result;
        }
        static_cast<LogFile*>(file)->writes = writes.release();
        file->pMethods = &log_methods;
        return SQLITE_OK;
    } catch (const std::bad_alloc&) {
        return SQLITE_NOMEM;
    }
}

/// SQLite's VFS for POSIX but for the opening of logs. Its other methods get this object for their own, of which they
/// read nothing that is changed here.
struct GatheringVfs : sqlite3_vfs {
    explicit GatheringVfs(sqlite3_vfs* below) : sqlite3_vfs(*below), system(below) {
        iVersion = std::min(below->iVersion, 3); // what there is a place for here
        zName = "vitrine";
        pNext = nullptr;
        szOsFile = static_cast<int>(sizeof(LogFile)) + below->szOsFile;
        xOpen = open;
    }

    static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) noexcept {
        sqlite3_vfs* system = static_cast<GatheringVfs*>(vfs)->system;
        if ((flags & SQLITE_OPEN_WAL) != 0) return open_log(system, name, file, flags, flags_out);
        return system->xOpen(system, name, file, flags, flags_out);
    }

    sqlite3_vfs* const system;
};

/// nullptr where SQLite refuses.
const GatheringVfs* register_vfs() {
    sqlite3_vfs* system = sqlite3_vfs_find("unix");
    if (system == nullptr) return nullptr;
    static GatheringVfs vfs(system); // SQLite keeps the pointer
    return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK ? &vfs : nullptr;
}

/// The connection's log, nullptr where nothing was ever written; nothing where SQLite does not tell.
std::optional<sqlite3_file*> log_of(sqlite3* connection) {
    sqlite3_file* file = nullptr;
    if (sqlite3_file_control(connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) != SQLITE_OK) return std::nullopt;
    return file == nullptr || file->pMethods == nullptr ? nullptr : file;
}

/// Those to its log, where our VFS has opened it.
LogWrites* writes_of(sqlite3* connection) {
    sqlite3_file* const file = log_of(connection).value_or(nullptr);
    return file != nullptr && file->pMethods == &log_methods ? &writes_of(file) : nullptr;
}

} // namespace

const char* gathering_vfs() noexcept {
    static const GatheringVfs* const vfs = register_vfs();
    return vfs == nullptr ? nullptr : vfs->zName;
}

bool flush_log(sqlite3* connection) noexcept {
    const auto log = log_of(connection);
    if (!log || *log == nullptr) return log.has_value();
    return (*log)->pMethods->xSync(*log, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY) == SQLITE_OK;
}

GatheredCommit::GatheredCommit(sqlite3* connection) noexcept : log_(writes_of(connection)) {
    if (log_ != nullptr) log_->start_gathering();
}

GatheredCommit::~GatheredCommit() {
    if (log_ != nullptr) log_->stop_gathering();
}

} // namespace vitrine
