#pragma once

#include <cstdint>

#include <vitrine/ids.hpp>
#include <vitrine/time.hpp>

#include "storage/database.hpp"
#include "storage/image_reference_repository.hpp"

namespace vitrine {

/// What a removal took with it.
struct RemovedImages {
    std::int64_t originals = 0;
    std::int64_t crops = 0;
    std::int64_t bytes = 0; ///< of the originals' files

    RemovedImages& operator+=(const RemovedImages& other) {
        originals += other.originals;
        crops += other.crops;
        bytes += other.bytes;
        return *this;
    }
};

/// What became of an original that may have lost its last reference.
struct Tidied {
    image_reference_repository::Use use = image_reference_repository::Use::None; ///< None: it is removed, or was gone
    RemovedImages removed;
};

/// Removes the original, its crops with their labels, vectors and features, if nothing refers to it; asks for the
/// removal of its file, which FileRemover carries out after the commit. Kept queries accepted before `queries_since` do
/// not count as references. An original that another process has just now is Busy.
Tidied remove_if_unused(Transaction& tx, ImageId original, Timestamp now, Timestamp queries_since = Timestamp::min());

/// As remove_if_unused; of an original that stays and that no query shows, the crops that neither its last detector nor
/// a link knows any more are removed.
Tidied tidy_image(Transaction& tx, ImageId original, Timestamp now);

} // namespace vitrine
