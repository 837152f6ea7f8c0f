#pragma once

#include <string>
#include <vector>

namespace vitrine::training {

struct Photograph {
    std::string path;
    std::string category;
};

/// The rows of FOLDER/clothing/catalog.csv, whose last two columns are category and image.
/// Throws Error(NotFound) when there is no such file.
std::vector<Photograph> list_photographs(const std::string& folder);

/// Throws Error(NotFound).
std::string read_bytes(const std::string& path);

} // namespace vitrine::training
