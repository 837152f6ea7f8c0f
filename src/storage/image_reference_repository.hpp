#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <vitrine/ids.hpp>
#include <vitrine/time.hpp>

#include "storage/database.hpp"

/// What refers to a picture, and which pictures may have lost their last reference. "Image" is an original here: its
/// crops go with it.
namespace vitrine::image_reference_repository {

/// Records, in the transaction that accepts `job`, which picture it works on. Until the job has ended the picture
/// stays; with `kept`, which is for a query's photo, also after that, until its retention ends or the query is erased.
void note_job(Transaction& tx, JobId job, ImageId image, bool kept);

/// The picture that `job` works on; nothing when it was removed.
[[nodiscard]] std::optional<ImageId> image_of(Transaction& tx, JobId job);

/// The unfinished jobs that work on the picture that the link's crop was cut from: the one that made the link and, where
/// the same picture was handed in again meanwhile, those before it, whose link it took over.
[[nodiscard]] std::vector<JobId> unfinished_jobs_of(Transaction& tx, ProductImageId link);

/// How a picture is referred to.
enum class Use {
    None, ///< it may go
    Kept, ///< a product, a link or a kept query refers to it
    Busy, ///< an unfinished job works on it: look again later
};

/// The use of `image` as of now. Kept queries accepted before `queries_since` do not count.
/// On PostgreSQL call `image_repository::hold` first: then nothing can come to refer to it until the transaction ends.
[[nodiscard]] Use use_of(Transaction& tx, ImageId image, Timestamp queries_since = Timestamp::min());

/// Whether a query that is kept works on it.
[[nodiscard]] bool is_queried(Transaction& tx, ImageId image);

/// The originals that the product's links and its last accepted picture come from.
[[nodiscard]] std::vector<ImageId> originals_of(Transaction& tx, ProductId product);

/// An original from before a moment, as retention goes through them.
struct AgedImage {
    ImageId id;
    Timestamp created_at{};
    std::int64_t bytes = 0;
};

/// The originals made before `before`, from the oldest on, after `after` (nothing: from the start), at most `limit`.
[[nodiscard]] std::vector<AgedImage> made_before(Transaction& tx, Timestamp before,
                                                 const std::optional<AgedImage>& after, int limit);

/// How many crops the original has.
[[nodiscard]] std::int64_t crops_of(Transaction& tx, ImageId original);

/// Promises that `image` is looked at from `due` on: it may have lost its last reference.
void release(Transaction& tx, ImageId image, Timestamp due);

/// The pictures to be looked at by `now`, those due first first, at most `limit`.
[[nodiscard]] std::vector<ImageId> due_releases(Transaction& tx, Timestamp now, int limit);

/// It was looked at.
void settle_release(Transaction& tx, ImageId image);

/// When the next picture is to be looked at; nothing when none is.
[[nodiscard]] std::optional<Timestamp> next_release(Transaction& tx);

} // namespace vitrine::image_reference_repository
