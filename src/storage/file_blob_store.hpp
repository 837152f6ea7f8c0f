#pragma once

#include <array>
#include <atomic>
#include <filesystem>

#include "storage/blob_store.hpp"
#include "storage/database.hpp"
#include "storage/posix_file.hpp"

namespace vitrine {

/// Who else may write to a folder of blobs.
enum class FolderUse {
    Shared,    ///< any number of processes
    SoleOwner, ///< this process alone: what an earlier one left half written is removed at once
};

/// Blobs in a folder of a POSIX file system: the key abcd… is the file ab/abcd…, written under `incoming/` first
/// and renamed when it is whole. Any number of processes may share the folder; all members are safe from any thread.
///
/// A process that dies while it writes leaves a file in `incoming/` that nobody reads; whoever opens the folder an hour
/// later removes it, the sole owner at once. A removal may be undone by power loss: the consistency check finds such a
/// file.
class FileBlobStore final : public BlobStore {
public:
    /// Makes the folder where there is none. With Durability::Normal, `put` returns before the bytes would survive
    /// power loss. Throws Error(Unavailable) when the folder cannot be made or written to.
    explicit FileBlobStore(std::filesystem::path folder, Durability durability = Durability::Full,
                           FolderUse use = FolderUse::Shared);

    /// As BlobStore says. A file of another size already there under `key` is damaged, and replaced.
    /// This and all below throw Error(BadInput) for a key that is not 64 lower-case hex digits.
    void put(const std::string& key, std::string_view bytes) override;
    [[nodiscard]] bool is_local() const noexcept override { return file_system_.is_local; }

    [[nodiscard]] std::optional<std::string> get(const std::string& key) override;
    void put_from(const std::string& key, const BlobSource& source) override;
    [[nodiscard]] bool get_into(const std::string& key, const BlobSink& sink) override;
    [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& key) override;
    bool remove(const std::string& key) override;
    void list(const std::function<bool(const std::string& key, std::uint64_t bytes)>& visit) override;
    void list_shelf(int shelf, const std::function<bool(const std::string& key, std::uint64_t bytes)>& visit) override;

private:
    [[nodiscard]] std::filesystem::path shelf_of(const std::string& key) const;
    [[nodiscard]] std::filesystem::path path_of(const std::string& key) const { return shelf_of(key) / key; }
    void make_shelf(const std::string& key);
    bool visit_files(const std::filesystem::path& shelf,
                     const std::function<bool(const std::string& key, std::uint64_t bytes)>& visit) const;

    /// Stores what `write` writes, where there is no file of that size yet.
    void store(const std::string& key, std::uint64_t bytes, const std::function<void(PosixFile&)>& write);
    struct Incoming {
        std::filesystem::path path;
        PosixFile file; ///< written, neither flushed nor closed
    };
    [[nodiscard]] Incoming write_incoming(const std::function<void(PosixFile&)>& write);

    /// One flush for the bytes and their name, where NameFlush::WithFile. False when the name was taken meanwhile.
    [[nodiscard]] bool give_name_and_flush(Incoming incoming, const std::filesystem::path& path) const;
    /// The bytes first, so that what was there is replaced by what lasts; the name is not flushed yet.
    void flush_and_replace(Incoming incoming, const std::filesystem::path& path) const;
    void flush_stored(const std::filesystem::path& path) const;
    void remove_leftovers(FolderUse use) const;

    const std::filesystem::path folder_;
    const std::filesystem::path incoming_;
    const Durability durability_;
    const std::string writer_; ///< tells this store's incoming files from any other's
    FileSystem file_system_;   ///< that holds the folder

    std::atomic<std::uint64_t> writes_{0};
    std::array<std::atomic<bool>, 256> shelf_made_{}; ///< by the key's first two digits: known to be there, durably
};

} // namespace vitrine
