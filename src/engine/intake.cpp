#include "engine/intake.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "core/product_rules.hpp"
#include "engine/query_rules.hpp"
#include "engine/stored_bytes.hpp"
#include "engine/stored_file.hpp"
#include "pipeline/subjects.hpp"
#include "storage/blob_removal_repository.hpp"
#include "storage/image_reference_repository.hpp"
#include "storage/image_repository.hpp"
#include "storage/import_repository.hpp"
#include "storage/job_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"

namespace vitrine {
namespace {

/// Until then its successor is indexed, most often, and has released it anew.
constexpr Milliseconds look_at_replaced{10'000};

/// Whether a look at a smaller scale, which finds the same damage, is worth a second decoding: JPEG's decoder skips
/// most of its work there, and others none.
bool is_sooner_glanced_at(const PictureHeader& header) {
    constexpr std::int64_t large = 4'000'000;
    return header.media_type == "image/jpeg" && std::int64_t{header.width} * header.height >= large;
}

constexpr int glance_side = 512;

constexpr int index_priority = 0;
constexpr int query_priority = 100; ///< a person waits for it: it goes before a bulk import

[[noreturn]] void refuse_unknown(const std::string& external_id) {
    throw Error(ErrorCode::NotFound, fmt::format("There is no product {:.200}; create it first.", external_id));
}

/// Whether the product's present primary crop was cut from `original` and made by the present models.
bool is_indexed(Transaction& tx, ProductId product, const Image& original, const ModelVersions& versions) {
    const auto primary = product_image_repository::primary_of(tx, product);
    if (!primary) return false;
    const auto crop = image_repository::find(tx, primary->image_id);
    if (!crop || crop->vector_model != versions.vector || crop->label_model != versions.label) return false;
    const bool same_detector = original.crop_model == versions.crop || crop->crop_model == versions.crop;
    const bool same_picture = crop->original_id == original.id && same_detector;
    return same_picture || primary->chosen_by == ChosenBy::Person;
}

using Stored = std::optional<product_repository::StoredProduct>;

/// What is already there or on its way of exactly this product with exactly these bytes; nothing when there is work.
std::optional<AddedProduct> already_accepted(Transaction& tx, const Stored& stored,
                                             const ProductDescription& description, const std::string& sha256,
                                             const ModelVersions& versions, const IndexingOptions& options) {
    if (!stored || !stored->image_id || !stored->job_id || !same_description(stored->product, description)) return {};
    const auto original = image_repository::find(tx, *stored->image_id);
    if (!original || original->sha256 != sha256) return {};
    if (!options.keep_persons_choice) return {};
    const auto job = job_repository::find(tx, *stored->job_id);
    if (job && !is_final(job->state))
        return AddedProduct{.product = stored->product, .job = job->id, .unchanged = false};
    if (!is_indexed(tx, stored->product.id, *original, versions)) return {};
    return AddedProduct{.product = stored->product, .job = std::nullopt, .unchanged = true};
}

/// The picture that was accepted for the product before may have lost its last reference once this one's job is done.
void release_replaced(Transaction& tx, const Stored& before, ImageId original, Timestamp now) {
    if (!before || !before->image_id || *before->image_id == original) return;
    image_reference_repository::release(tx, *before->image_id, now + look_at_replaced);
}

} // namespace

template <class Begun>
struct Intake::Prepared {
    PictureHeader header;
    Begun begun;
    std::shared_ptr<StoredBytes> stored;
};

template <class Begin, class Accept, class FlushOf>
auto Intake::check_store_and_commit(const std::string& sha256, std::string_view bytes, bool decode_at_once, Begin begin,
                                    Accept accept, FlushOf flush_of) {
    const CountedCaller caller(callers_);
    bool is_begun = false;
    const auto commit = [&](bool may_begin) {
        return store_and_commit(
            parts_.database, sha256,
            [&](bool again, const std::optional<ImageId>& original) {
                if (again) parts_.pictures.forget(sha256);
                Checked checked = check_and_store(sha256, bytes, decode_at_once, original);
                auto begun = may_begin ? begin(checked, caller) : decltype(begin(checked, caller)){};
                is_begun = begun.is_begun();
                if (!begun.has_labels) { // its steps may need the pixels, and these bytes are at hand
                    if (checked.is_known()) checked.decoded = decode_or_glance(sha256, checked.file, decode_at_once);
                    if (checked.decoded) parts_.pictures.keep(sha256, checked.decoded);
                }
                checked.decoded.reset(); // not to be held while the disk is waited for
                // With a head start, and where no other photo is being accepted, a disk of this machine is awaited
                // while the rows are written. Steps' writes wait for it, too.
                const bool may_wait_inside = is_begun && caller.is_alone() && parts_.blobs.is_local();
                auto stored = std::make_shared<StoredBytes>(std::move(checked.stored));
                if (!may_wait_inside) stored->expect();
                return Prepared{checked.file.header(), std::move(begun), std::move(stored)};
            },
            [&](Transaction& tx, const auto& prepared, auto known_removal) {
                const ImageId original = save_original(tx, sha256, prepared.header, bytes);
                keep_file(tx, sha256, known_removal);
                auto accepted = accept(tx, original, prepared.begun);
                prepared.stored->expect(); // before the row is committed
                return accepted;
            },
            [&](const auto& prepared) { return flush_of(prepared.begun); });
    };
    try {
        return commit(true);
    } catch (const Error& error) {
        // What a step's effects were refused for is said of its job and not of the photo: without the head start there
        // is a job. Where the photo itself was refused it is so again.
        if (!is_begun || error.retryable()) throw;
    }
    return commit(false);
}

HeadStarts::Photo Intake::photo_of(const Checked& checked) {
    const PictureHeader& header = checked.file.header();
    return {.decoded = *checked.decoded, .width = header.width, .height = header.height};
}

ImageId Intake::save_original(Transaction& tx, const std::string& sha256, const PictureHeader& header,
                              std::string_view bytes) {
    return image_repository::find_or_add_original(tx,
                                                  {.sha256 = sha256,
                                                   .media_type = header.media_type,
                                                   .bytes = static_cast<std::int64_t>(bytes.size()),
                                                   .width = header.width,
                                                   .height = header.height},
                                                  now());
}

Intake::Checked Intake::check_and_store(const std::string& sha256, std::string_view bytes, bool decode_at_once,
                                        const std::optional<ImageId>& original) {
    const PictureFile file(bytes, parts_.limits);
    // A row is committed after its file is safe. One that was lost since, and that another caller is just storing anew,
    // may not be on the disk yet: the consistency check tells.
    if (original && parts_.blobs.size_of(sha256) == bytes.size())
        return {.file = file, .decoded = nullptr, .original = original, .stored = {}};
    auto stored = writers_.run([this, sha256, bytes] { parts_.blobs.put(sha256, bytes); });
    try {
        auto decoded = decode_or_glance(sha256, file, decode_at_once);
        return {.file = file, .decoded = std::move(decoded), .original = original, .stored = std::move(stored)};
    } catch (const Error& refused) {
        stored.wait();
        if (!refused.retryable()) remove_refused(sha256, bytes);
        throw;
    }
}

std::shared_ptr<const DecodedPicture> Intake::decode_or_glance(const std::string& sha256, const PictureFile& file,
                                                               bool decode_at_once) {
    if (decode_at_once || !is_sooner_glanced_at(file.header())) return parts_.pictures.decode(sha256, file);
    static_cast<void>(file.decode(std::min(parts_.limits.side_max, glance_side)));
    return nullptr;
}

void Intake::remove_refused(const std::string& sha256, std::string_view bytes) {
    try {
        // A row may need the file all the same: of an import, or of a photo that was accepted by wider limits.
        const bool unneeded = parts_.database.write([&](Transaction& tx) {
            if (image_repository::has_original(tx, sha256) || import_repository::needs_file(tx, sha256)) return false;
            blob_removal_repository::ask(tx, sha256, static_cast<std::int64_t>(bytes.size()), now());
            return true;
        });
        if (unneeded) parts_.remove_asked_files();
    } catch (const Error&) {
        // What was wrong with the picture is the better answer; a file without a row harms nobody.
    }
}

AddedProduct Intake::add_product(const ProductDescription& description, std::string_view image_bytes,
                                 const IndexingOptions& options, const Note& note) {
    check(description);
    return index(
        description.external_id, image_bytes, options, [&](const Stored&) { return description; }, note);
}

AddedProduct Intake::add_image(const std::string& external_id, std::string_view image_bytes,
                               const IndexingOptions& options) {
    return index(external_id, image_bytes, options, [&](const Stored& stored) -> ProductDescription {
        if (!stored) refuse_unknown(external_id);
        return stored->product;
    });
}

AddedProduct Intake::index(const std::string& external_id, std::string_view image_bytes, const IndexingOptions& options,
                           const Describe& describe, const Note& note) {
    const std::string sha256 = sha256_hex(image_bytes);
    const ModelVersions versions = parts_.vision.versions();
    const auto find = [&](Transaction& tx) { return product_repository::find_by_external_id(tx, external_id); };
    const auto known = [&](Transaction& tx, const Stored& stored) {
        return already_accepted(tx, stored, describe(stored), sha256, versions, options);
    };
    const auto known_and_noted = [&](Transaction& tx, const Stored& stored) {
        auto there = known(tx, stored);
        if (there && note) note(tx, *there, false);
        return there;
    };
    const auto hold_and_find = [&](Transaction& tx) {
        product_repository::hold_external_id(tx, external_id);
        return find(tx);
    };
    const Stored before = parts_.database.look(find);
    if (before) {
        auto there = parts_.database.read([&](Transaction& tx) { return known(tx, find(tx)); });
        if (there && note)
            there = parts_.database.write([&](Transaction& tx) { return known_and_noted(tx, hold_and_find(tx)); });
        if (there) return *there;
    }

    const std::string name = describe(before).name; // throws where there must be a product
    const auto begin = [&](const Checked& checked, const CountedCaller&) {
        // What was processed before needs no model, and its crop step rides as it is.
        if (checked.original)
            return HeadStarts::BegunIndexing{.has_labels = parts_.head_starts.has_all_labels(*checked.original)};
        if (!options.is_awaited || !checked.decoded) return HeadStarts::BegunIndexing{};
        return parts_.head_starts.begin_indexing(photo_of(checked), name);
    };
    const auto accept = [&](Transaction& tx, ImageId original, const HeadStarts::BegunIndexing& begun) {
        Stored stored;
        std::optional<Product> product;
        // Mostly nobody has the id, and then nobody need be asked.
        if (!before) product = product_repository::add(tx, describe(before), now());
        const bool is_new = product.has_value();
        if (!is_new) {
            stored = hold_and_find(tx);
            if (auto accepted = known_and_noted(tx, stored)) return *accepted;
            product = save_row(tx, stored, describe(stored));
        }
        release_replaced(tx, stored, original, now());
        if (!options.keep_persons_choice) forget_persons_choice(tx, product->id, original);
        const bool is_begun = begun.is_begun() && product->name == name;
        const JobId job = accept_indexing(tx, product->id, original, external_id,
                                          is_begun ? begun.of(product->id, is_new) : HeadStarts::Begun{});
        AddedProduct added{.product = std::move(*product), .job = job, .created = !stored.has_value()};
        if (note) note(tx, added, true);
        return added;
    };
    return check_store_and_commit(sha256, image_bytes, options.decode_at_once, begin, accept,
                                  [](const auto&) { return Flush::First; });
}

AddedProduct Intake::save_product(const ProductDescription& description) {
    check(description);
    return parts_.database.write([&](Transaction& tx) {
        product_repository::hold_external_id(tx, description.external_id);
        return save(tx, product_repository::find_by_external_id(tx, description.external_id), description);
    });
}

AddedProduct Intake::update_product(const std::string& external_id, const ProductChange& change) {
    return parts_.database.write([&](Transaction& tx) {
        product_repository::hold_external_id(tx, external_id);
        const auto stored = product_repository::find_by_external_id(tx, external_id);
        if (!stored) refuse_unknown(external_id);
        ProductDescription description = stored->product;
        if (change.name) description.name = *change.name;
        if (change.description) description.description = *change.description;
        if (change.category) description.category = *change.category;
        if (change.attributes) description.attributes = *change.attributes;
        check(description);
        return save(tx, stored, description);
    });
}

AddedProduct Intake::reindex_product(const std::string& external_id, const IndexingOptions& options) {
    return parts_.database.write([&](Transaction& tx) { return reindex_product(tx, external_id, options); });
}

AddedProduct Intake::reindex_product(Transaction& tx, const std::string& external_id, const IndexingOptions& options) {
    product_repository::hold_external_id(tx, external_id);
    const auto stored = product_repository::find_by_external_id(tx, external_id);
    if (!stored) refuse_unknown(external_id);
    if (!stored->image_id) {
        throw Error(ErrorCode::Conflict,
                    fmt::format("Product {:.200} has no picture yet; add one to index it.", external_id));
    }
    if (!options.keep_persons_choice) forget_persons_choice(tx, stored->product.id, *stored->image_id);
    const JobId job = accept_indexing(tx, stored->product.id, *stored->image_id, external_id);
    return AddedProduct{.product = stored->product, .job = job};
}

Product Intake::save_row(Transaction& tx, const Stored& stored, const ProductDescription& description) {
    if (!stored) {
        if (auto added = product_repository::add(tx, description, now())) return std::move(*added);
    }
    const ProductId product = product_repository::save(tx, description, now());
    if (stored && stored->product.category != description.category) {
        if (const auto primary = product_image_repository::primary_of(tx, product))
            parts_.vectors.words_changed(tx, primary->id);
    }
    return product_repository::find(tx, product)->product;
}

AddedProduct Intake::save(Transaction& tx, const Stored& stored, const ProductDescription& description) {
    if (stored && same_description(stored->product, description))
        return {.product = stored->product, .job = std::nullopt, .unchanged = true};
    AddedProduct saved{
        .product = save_row(tx, stored, description), .job = std::nullopt, .created = !stored.has_value()};
    const ProductId product = saved.product.id;
    if (!stored || !stored->image_id || stored->product.name == description.name) return saved;
    const auto primary = product_image_repository::primary_of(tx, product);
    // The crops are there and labelled: this job calls no model but to match words.
    if (!primary || primary->chosen_by == ChosenBy::Machine) {
        saved.job = accept_indexing(tx, product, *stored->image_id, description.external_id);
    }
    return saved;
}

void Intake::forget_persons_choice(Transaction& tx, ProductId product, ImageId original) {
    product_image_repository::give_back_choice(tx, product);
    image_repository::forget_corrections(tx, original);
}

JobId Intake::accept_indexing(Transaction& tx, ProductId product, ImageId original, const std::string& external_id,
                              const HeadStarts::Begun& begun) {
    const CropSubject crop{.image_id = original, .then = step_kind::select_primary, .region = std::nullopt};
    NewJob index; // member by member: GCC 12 takes the whole for uninitialised
    index.kind = job_kind::index;
    index.subject = to_json(IndexingSubject{.product_id = product, .image_id = original, .external_id = external_id});
    index.priority = index_priority;
    const JobId job = accept(tx, std::move(index), crop, begun, Flush::First);
    product_repository::set_accepted(tx, product, original, job);
    image_reference_repository::note_job(tx, job, original, false);
    return job;
}

JobId Intake::submit_query(std::string_view image_bytes, const QueryOptions& options) {
    check(options);
    if (options.box) {
        const auto header = read_header(image_bytes, parts_.limits);
        check_box(*options.box, header.width, header.height);
    }
    const std::string sha256 = sha256_hex(image_bytes);
    const QuerySubject subject{.image_id = {},
                               .top = options.top,
                               .scope = scope_of(options),
                               .region = options.box,
                               .score_min = options.min_score};
    const auto begin = [&](const Checked& checked, const CountedCaller& caller) {
        if (options.box) return HeadStarts::Begun{};
        if (const auto original = checked.original)
            return options.told_when_ended
                       ? parts_.head_starts.begin_known_query(*original, subject)
                       : HeadStarts::Begun{.has_labels = parts_.head_starts.has_all_labels(*original)};
        if (!options.told_when_ended || !checked.decoded) return HeadStarts::Begun{};
        return parts_.head_starts.begin_query(photo_of(checked), subject, caller);
    };
    // What has a head start may end with this transaction.
    const auto flush_of = [&](const HeadStarts::Begun& begun) {
        return options.told_when_ended && !begun.is_begun() ? Flush::Soon : Flush::First;
    };
    const auto accept = [&](Transaction& tx, ImageId original, const HeadStarts::Begun& begun) {
        return accept_query(tx, original, subject, options.request_key, begun);
    };
    return check_store_and_commit(sha256, image_bytes, options.decode_at_once, begin, accept, flush_of);
}

JobId Intake::accept_query(Transaction& tx, ImageId original, QuerySubject subject, const std::string& request_key,
                           const HeadStarts::Begun& begun) {
    subject.image_id = original;
    const CropSubject crop{.image_id = original, .then = step_kind::query_all_crops, .region = subject.region};
    NewJob query; // member by member: GCC 12 takes the whole for uninitialised
    query.kind = job_kind::query;
    query.subject = to_json(subject);
    query.priority = query_priority;
    query.idempotency_key = request_key;
    const JobId job = accept(tx, std::move(query), crop, begun, begun.is_begun() ? Flush::First : Flush::Soon);
    image_reference_repository::note_job(tx, job, original, true);
    return job;
}

JobId Intake::accept(Transaction& tx, NewJob job, const CropSubject& crop, const HeadStarts::Begun& begun,
                     Flush flush) {
    job.first.kind = step_kind::crop;
    job.first.subject = to_json(crop);
    job.first.head_start = begun.crop;
    if (begun.is_begun()) job.begun_at = begun.at;
    return parts_.accept(tx, job, flush);
}

} // namespace vitrine
