#include "engine/nameless_file.hpp"

#include <cerrno>
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

} // namespace

NamelessFile::NamelessFile() : folder_(std::filesystem::temp_directory_path()) {
    auto name = (folder_ / "vitrine-XXXXXX").string();
    file_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (file_ < 0) refuse(folder_, errno);
    ::unlink(name.c_str());
}

NamelessFile::~NamelessFile() {
    ::close(file_);
}

void NamelessFile::clear() {
    if (::ftruncate(file_, 0) != 0 || ::lseek(file_, 0, SEEK_SET) != 0) refuse(folder_, errno);
    size_ = 0;
}

void NamelessFile::add(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(file_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) refuse(folder_, errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
        size_ += static_cast<std::size_t>(written);
    }
}

void* NamelessFile::map() const {
    void* const mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file_, 0);
    if (mapped == MAP_FAILED) refuse(folder_, errno);
    return mapped;
}

} // namespace vitrine
