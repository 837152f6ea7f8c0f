#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <vitrine/error.hpp>

namespace vitrine {

/// An open file whose writes can be made to survive power loss. Whatever fails throws Error(Unavailable) that names the
/// file and the system's reason. One thread at a time.
class PosixFile {
public:
    /// A new file; one that is there already is a failure.
    static PosixFile create(const std::filesystem::path& path);

    /// For reading; nothing when there is none.
    static std::optional<PosixFile> open(const std::filesystem::path& path);

    PosixFile(PosixFile&& other) noexcept;
    PosixFile& operator=(PosixFile&&) = delete;
    ~PosixFile(); ///< closes what is still open

    void write(std::string_view bytes);
    [[nodiscard]] std::string read_all();

    /// The next bytes, at most as many as the span holds; 0 at the end.
    [[nodiscard]] std::size_t read(std::span<char> bytes);

    /// Returns when what was written would survive power loss.
    void flush();

    /// After writing: some file systems report a failed write only here.
    void close();

private:
    PosixFile(const std::filesystem::path& path, int descriptor) : path_(path), descriptor_(descriptor) {}

    const std::filesystem::path path_;
    int descriptor_;
};

/// Makes the folder and those above it where they are missing.
void make_folder(const std::filesystem::path& folder);

/// Returns when files made in, renamed into or removed from the folder would be so after power loss.
void flush_folder(const std::filesystem::path& folder);

/// When the name that a file was given by a renaming survives power loss.
enum class NameFlush {
    WithFile,  ///< once the file is flushed after it: ext4, XFS and btrfs log a renaming with the file that it names
    WithFolder ///< once the folder is flushed: all that POSIX promises
};

/// What is known of a file system by its type.
struct FileSystem {
    NameFlush name_flush = NameFlush::WithFolder;
    bool is_local = false; ///< it is on a disk, or in memory, of this machine; one of an unknown type is not
};

/// Of that which holds `folder`, which must exist.
[[nodiscard]] FileSystem file_system_of(const std::filesystem::path& folder);

/// Renames, and replaces what is there.
void rename_over(const std::filesystem::path& from, const std::filesystem::path& to);

/// Renames unless there is a file called `to`, which is told by `false`.
bool rename_if_free(const std::filesystem::path& from, const std::filesystem::path& to);

/// A file's size in bytes; nothing when there is none.
std::optional<std::uint64_t> size_of_file(const std::filesystem::path& path);

/// The error for something that the file system refused: "The image store cannot <what> <path>: <why>; …".
Error file_error(std::string_view what, const std::filesystem::path& path, const std::error_code& why);

} // namespace vitrine
