#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <vitrine/engine.hpp>

#include "core/counted_caller.hpp"
#include "core/standing_threads.hpp"
#include "jobs/queue.hpp"
#include "ml/vision_engine.hpp"
#include "pipeline/head_starts.hpp"
#include "pipeline/picture_source.hpp"
#include "storage/blob_store.hpp"
#include "storage/database.hpp"
#include "storage/product_repository.hpp"
#include "vectors/vector_store.hpp"

namespace vitrine {

/// Accepts products and photos: checks everything before anything is stored, stores the bytes, then commits the rows
/// and the job in one transaction. If the process dies between the two, a file without a row is left, which the same
/// photo handed in again takes up, or the consistency check removes. The same photo may be being removed at the same
/// time: then it is stored once more (docs/decisions/removing-files.md). Safe from any thread.
class Intake {
public:
    struct Parts {
        Database& database;
        BlobStore& blobs;
        PictureSource& pictures;
        HeadStarts& head_starts;
        VisionEngine& vision;
        VectorStore& vectors;
        const Clock& clock;
        DecodeLimits limits;
        /// WorkerPool::accept; takes part in the transaction.
        std::function<JobId(Transaction&, const NewJob&, Flush)> accept;
        std::function<void()> remove_asked_files; ///< FileRemover::remove_all
    };

    explicit Intake(Parts parts) : parts_(std::move(parts)) {}

    /// Called in the transaction that accepts a product, or finds it accepted, and then its job, if there is one, is
    /// not new; may run twice, as every write. What it throws undoes the whole.
    using Note = std::function<void(Transaction&, const AddedProduct&, bool is_new)>;

    /// As Engine::add_product.
    AddedProduct add_product(const ProductDescription& description, std::string_view image_bytes,
                             const IndexingOptions& options = {}, const Note& note = {});

    /// As Engine::save_product.
    AddedProduct save_product(const ProductDescription& description);

    /// As Engine::update_product.
    AddedProduct update_product(const std::string& external_id, const ProductChange& change);

    /// As Engine::add_image.
    AddedProduct add_image(const std::string& external_id, std::string_view image_bytes,
                           const IndexingOptions& options = {});

    /// As Engine::reindex_product.
    AddedProduct reindex_product(const std::string& external_id, const IndexingOptions& options);

    /// The same in the caller's transaction.
    AddedProduct reindex_product(Transaction& tx, const std::string& external_id, const IndexingOptions& options);

    /// As Engine::submit_query.
    JobId submit_query(std::string_view image_bytes, const QueryOptions& options);

private:
    [[nodiscard]] Timestamp now() const { return parts_.clock.now(); }

    void remove_refused(const std::string& sha256, std::string_view bytes);

    /// A photo that is no danger.
    struct Checked {
        PictureFile file;
        std::shared_ptr<const DecodedPicture> decoded; ///< nullptr: it was glanced at, or is known
        std::optional<ImageId> original;               ///< of it; nothing: there was none a moment ago
        Awaited<void> stored;                          ///< once its bytes are; not valid: they were

        /// Its row and its file are there: it was decoded once.
        [[nodiscard]] bool is_known() const noexcept { return !stored.valid(); }
    };

    /// The header is checked first; then, of what is not known, the disk and the decoder work at the same time.
    Checked check_and_store(const std::string& sha256, std::string_view bytes, bool decode_at_once,
                            const std::optional<ImageId>& original);
    /// The pixels; nullptr where a glance finds what is damaged sooner, and is enough.
    std::shared_ptr<const DecodedPicture> decode_or_glance(const std::string& sha256, const PictureFile& file,
                                                           bool decode_at_once);

    /// A photo of whose job the work may have begun.
    template <class Begun>
    struct Prepared;

    [[nodiscard]] static HeadStarts::Photo photo_of(const Checked& checked);

    /// Stores the photo's bytes, does ahead what can be done (`begin`), and commits the photo's row and what `accept`
    /// makes, as safe as `flush_of` says of what was begun. Where that is refused, once more with nothing begun. What
    /// `accept` returned.
    template <class Begin, class Accept, class FlushOf>
    auto check_store_and_commit(const std::string& sha256, std::string_view bytes, bool decode_at_once, Begin begin,
                                Accept accept, FlushOf flush_of);
    ImageId save_original(Transaction& tx, const std::string& sha256, const PictureHeader& header,
                          std::string_view bytes);
    JobId accept_query(Transaction& tx, ImageId original, QuerySubject subject, const std::string& request_key,
                       const HeadStarts::Begun& begun);
    JobId accept(Transaction& tx, NewJob job, const CropSubject& crop, const HeadStarts::Begun& begun, Flush flush);

    using Stored = std::optional<product_repository::StoredProduct>;

    /// The product's row alone; `stored` is what was there. The vector store hears of another category.
    Product save_row(Transaction& tx, const Stored& stored, const ProductDescription& description);

    /// Saves a description that may differ from what is stored; another name chooses the primary crop anew.
    AddedProduct save(Transaction& tx, const Stored& stored, const ProductDescription& description);

    using Describe = std::function<ProductDescription(const Stored&)>;

    /// Makes the bytes the picture of the product of this id, which `describe` describes in each transaction.
    AddedProduct index(const std::string& external_id, std::string_view image_bytes, const IndexingOptions& options,
                       const Describe& describe, const Note& note = {});
    void forget_persons_choice(Transaction& tx, ProductId product, ImageId original);

    JobId accept_indexing(Transaction& tx, ProductId product, ImageId original, const std::string& external_id,
                          const HeadStarts::Begun& begun = {});

    /// As many as the threads that import add at one time.
    static constexpr std::size_t writers_kept = 16;

    Parts parts_;
    std::atomic<int> callers_ = 0;          ///< whose photos are being accepted
    StandingThreads writers_{writers_kept}; ///< of the pictures' files
};

} // namespace vitrine
