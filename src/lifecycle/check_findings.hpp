#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <vitrine/ids.hpp>

namespace vitrine {

/// What some pages of a consistency check found, before it is looked at once more in the transaction that records and
/// repairs it.
struct CheckFindings {
    std::int64_t links = 0;   ///< looked at
    std::int64_t vectors = 0; ///< looked at
    std::int64_t files = 0;   ///< looked at

    std::vector<ProductImageId> missing_vectors;
    std::vector<ProductImageId> orphan_vectors;
    std::vector<ProductImageId> wrong_dimensions;
    std::vector<ProductImageId> wrong_models;

    struct File {
        std::string sha256;
        std::int64_t bytes = 0;
        ImageId image; ///< 0: none
    };
    std::vector<File> missing_files;
    std::vector<File> orphan_files;
    std::vector<File> corrupted_files;
};

} // namespace vitrine
