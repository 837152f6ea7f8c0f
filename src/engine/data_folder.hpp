#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace vitrine {

/// The embedded data folder, owned by one process at a time: an advisory lock (flock) on the file `vitrine.lock` in it,
/// which dies with its process, whatever kills it.
class DataFolder {
public:
    /// Creates the folder if need be and takes the lock. Throws Error(Conflict) naming the process that holds it,
    /// Error(Unavailable) when the folder cannot be created or written.
    explicit DataFolder(std::filesystem::path path);
    ~DataFolder();
    DataFolder(const DataFolder&) = delete;
    DataFolder& operator=(const DataFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

    /// Who holds the folder now ("process 4711, vitrine import"); nothing when nobody does. Creates nothing.
    static std::optional<std::string> holder(const std::filesystem::path& path);

private:
    std::filesystem::path path_;
    int lock_ = -1;
};

} // namespace vitrine
