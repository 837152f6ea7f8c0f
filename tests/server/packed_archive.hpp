#pragma once

#include <string>
#include <vector>

namespace vitrine::test {

/// What goes into an archive.
struct PackedFile {
    std::string path;
    std::string bytes;
    std::string link_to = {}; ///< not empty: a symbolic link to it
};

enum class Packing { Zip, EncryptedZip, Tar, GzippedTar };

/// The files in an archive, as another program would pack them.
std::string packed(Packing packing, const std::vector<PackedFile>& files);

} // namespace vitrine::test
