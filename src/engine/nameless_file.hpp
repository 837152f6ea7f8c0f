#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace vitrine {

/// A temporary file that has no name, so that it goes with this, whatever dies. One thread at a time.
class NamelessFile {
public:
    /// In the system's folder for temporary files (TMPDIR). Throws Error(Unavailable), saying what to do, where none
    /// can be written; so does `add` where there is no more room.
    NamelessFile();
    ~NamelessFile();
    NamelessFile(const NamelessFile&) = delete;
    NamelessFile& operator=(const NamelessFile&) = delete;

    void clear();
    void add(std::string_view bytes);
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    friend class SpooledFile;
    [[nodiscard]] void* map() const;

    const std::filesystem::path folder_;
    int file_ = -1;
    std::size_t size_ = 0;
};

} // namespace vitrine
