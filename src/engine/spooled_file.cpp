#include "engine/spooled_file.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <vitrine/error.hpp>

namespace vitrine {

SpooledFile::SpooledFile(BlobStore& blobs, const std::string& key) {
    NamelessFile file;
    const bool found =
        blobs.get_into(key, {.begin = [&] { file.clear(); }, .take = [&](std::string_view piece) { file.add(piece); }});
    if (!found) throw Error(ErrorCode::NotFound, fmt::format("There is no stored file {}.", key));
    map(file);
}

SpooledFile::SpooledFile(const NamelessFile& file) {
    map(file);
}

SpooledFile::~SpooledFile() {
    if (mapped_ != nullptr) ::munmap(mapped_, size_);
}

void SpooledFile::map(const NamelessFile& file) {
    size_ = file.size();
    if (size_ > 0) mapped_ = file.map();
}

} // namespace vitrine
