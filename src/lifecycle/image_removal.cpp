#include "lifecycle/image_removal.hpp"

#include "storage/blob_removal_repository.hpp"
#include "storage/image_repository.hpp"
#include "storage/import_repository.hpp"

namespace vitrine {

using image_reference_repository::Use;

Tidied remove_if_unused(Transaction& tx, ImageId original, Timestamp now, Timestamp queries_since) {
    if (!image_repository::hold(tx, original)) {
        const bool gone = !image_repository::find(tx, original);
        return {.use = gone ? Use::None : Use::Busy, .removed = {}};
    }
    const Use use = image_reference_repository::use_of(tx, original, queries_since);
    if (use != Use::None) return {.use = use, .removed = {}};
    const auto removed = image_repository::remove(tx, original);
    if (!removed) return {};
    // A file can be a picture and an archive at once.
    if (!import_repository::needs_file(tx, removed->sha256)) {
        blob_removal_repository::ask(tx, removed->sha256, removed->bytes, now);
    }
    return {.use = Use::None, .removed = {.originals = 1, .crops = removed->crops, .bytes = removed->bytes}};
}

Tidied tidy_image(Transaction& tx, ImageId original, Timestamp now) {
    Tidied tidied = remove_if_unused(tx, original, now);
    if (tidied.use == Use::Kept && !image_reference_repository::is_queried(tx, original)) {
        tidied.removed.crops += image_repository::remove_stale_crops(tx, original);
    }
    return tidied;
}

} // namespace vitrine
