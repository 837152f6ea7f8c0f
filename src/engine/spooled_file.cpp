#include "engine/spooled_file.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& folder, int error) {
    throw Error(ErrorCode::Unavailable,
                fmt::format("No temporary file can be written in {} ({}); make room there, or set TMPDIR.",
                            folder.string(), std::generic_category().message(error)));
}

/// A temporary file without a name.
class NamelessFile {
public:
    explicit NamelessFile(std::filesystem::path folder) : folder_(std::move(folder)) {
        auto name = (folder_ / "vitrine-XXXXXX").string();
        file_ = ::mkostemp(name.data(), O_CLOEXEC);
        if (file_ < 0) refuse(folder_, errno);
        ::unlink(name.c_str());
    }
    ~NamelessFile() { ::close(file_); }
    NamelessFile(const NamelessFile&) = delete;
    NamelessFile& operator=(const NamelessFile&) = delete;

    void clear() {
        if (::ftruncate(file_, 0) != 0 || ::lseek(file_, 0, SEEK_SET) != 0) refuse(folder_, errno);
        size_ = 0;
    }

    void add(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto written = ::write(file_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) refuse(folder_, errno);
            bytes.remove_prefix(static_cast<std::size_t>(written));
            size_ += static_cast<std::size_t>(written);
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    [[nodiscard]] void* map() const {
        void* const mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file_, 0);
        if (mapped == MAP_FAILED) refuse(folder_, errno);
        return mapped;
    }

private:
    const std::filesystem::path folder_;
    int file_ = -1;
    std::size_t size_ = 0;
};

} // namespace

SpooledFile::SpooledFile(BlobStore& blobs, const std::string& key) {
    NamelessFile file(std::filesystem::temp_directory_path());
    const bool found =
        blobs.get_into(key, {.begin = [&] { file.clear(); }, .take = [&](std::string_view piece) { file.add(piece); }});
    if (!found) throw Error(ErrorCode::NotFound, fmt::format("There is no stored file {}.", key));
    size_ = file.size();
    if (size_ > 0) mapped_ = file.map();
}

SpooledFile::~SpooledFile() {
    if (mapped_ != nullptr) ::munmap(mapped_, size_);
}

} // namespace vitrine
