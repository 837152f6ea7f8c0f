#pragma once

#include <memory>
#include <string>

#include <vitrine/image.hpp>

#include "core/lru_cache.hpp"
#include "core/single_flight.hpp"
#include "images/codec.hpp"
#include "storage/blob_store.hpp"

namespace vitrine {

/// The decoded pixels of originals: decoded once when the photo is accepted and kept for the steps that follow, if any
/// does, so that a photo with many crops is decoded once and not once per crop; decoded again from the stored bytes
/// when the budget pushed it out or the process was restarted. Safe from any thread.
class PictureSource {
public:
    PictureSource(BlobStore& blobs, DecodeLimits limits, std::size_t bytes_max)
        : blobs_(blobs), limits_(limits), cache_(bytes_max) {}

    /// The pixels of `file`, the SHA-256 of whose bytes is `sha256`: those that are kept, or decoded now, and then not
    /// kept. Throws as PictureFile::decode.
    std::shared_ptr<const DecodedPicture> decode(const std::string& sha256, const PictureFile& file);

    /// Keeps them for whoever asks next.
    void keep(const std::string& sha256, std::shared_ptr<const DecodedPicture> decoded);

    /// What was decoded and kept; nullptr when it was not, or was pushed out.
    std::shared_ptr<const DecodedPicture> kept(const std::string& sha256) { return cache_.find(sha256); }

    /// Keeps them no longer: the photo was removed.
    void forget(const std::string& sha256) { cache_.erase(sha256); }

    /// The pixels of a stored original, which are kept; several that ask at once share one reading. Throws
    /// Error(Corrupted) when its bytes are gone or damaged.
    std::shared_ptr<const DecodedPicture> of(const Image& original);

private:
    BlobStore& blobs_;
    const DecodeLimits limits_;
    LruCache<std::string, DecodedPicture> cache_;
    SingleFlight<std::string, std::shared_ptr<const DecodedPicture>> readings_;
};

} // namespace vitrine
