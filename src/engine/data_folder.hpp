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

    /// Where the process that holds the folder serves it.
    struct Server {
        std::string url;      ///< "http://127.0.0.1:8080"
        std::string instance; ///< what the server there calls itself (GET /healthz): another's address is of no use

        friend bool operator==(const Server&, const Server&) = default;
    };

    /// Tells everybody who finds the folder held where it is served, until `withdraw` or the end of this process, at
    /// which the next owner writes over it. Not for several threads at once. A disk that is full or failing keeps them
    /// from knowing and is no error.
    void announce(const Server& server) const;
    void withdraw() const;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

    /// Who holds the folder now ("process 4711, vitrine import"); nothing when nobody does. Creates nothing.
    static std::optional<std::string> holder(const std::filesystem::path& path);

    /// Where the folder is served by the process that holds it now; nothing when nobody holds it, or its holder serves
    /// nothing. Creates nothing.
    static std::optional<Server> server(const std::filesystem::path& path);

private:
    std::filesystem::path path_;
    std::string holder_; ///< the first line of the lock file
    int lock_ = -1;
};

} // namespace vitrine
